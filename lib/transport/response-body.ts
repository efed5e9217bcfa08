import type { IncomingMessage } from 'node:http';
import type { ByteSink, ByteSource } from '../domain/ports.ts';
import { TransportError } from '../domain/ports.ts';

/** A response's body as execution reads it: nothing flows before `read`, and a connection that breaks is a `cut`. */
export class ResponseBody implements ByteSource {
  readonly #response: IncomingMessage;
  #sink: ByteSink | undefined;

  constructor(response: IncomingMessage) {
    this.#response = response;
    // Without a listener an error before `read` would be thrown; `read` looks at `errored` instead.
    response.on('error', () => {});
  }

  read(sink: ByteSink): void {
    this.#sink = sink;
    const response = this.#response;
    if (response.errored !== null || response.destroyed) {
      return this.#finish((to) =>
        to.fail(new TransportError('cut', 'the connection broke inside the answer')),
      );
    }
    response.on('data', (chunk: Buffer) => this.#sink?.data(chunk));
    response.on('end', () => this.#finish((to) => to.end()));
    response.on('close', () =>
      this.#finish((to) => to.fail(new TransportError('cut', 'the connection broke inside the answer'))),
    );
  }

  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  destroy(): void {
    this.#sink = undefined;
    this.#response.destroy();
  }

  #finish(tell: (sink: ByteSink) => void): void {
    const sink = this.#sink;
    this.#sink = undefined;
    if (sink !== undefined) tell(sink);
  }
}
