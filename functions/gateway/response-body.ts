import type { OutputBody } from '../../lib/domain/ports.ts';
import type { GatewayResponse } from '../../lib/pipeline.ts';

/** Writes a whole body, or has it poured, into the runtime's stream. Resolves when it is flushed, rejects when it is cut. */
export function writeBody(stream: NodeJS.WritableStream, body: GatewayResponse['body']): Promise<void> {
  return new Promise((resolve, reject) => {
    let finished = false;
    stream.once('finish', () => {
      finished = true;
      resolve();
    });
    // Not once: a broken connection may report every write to it, and an error nobody hears ends the process.
    stream.on('error', reject);
    const cut = (): void => {
      // Every stream closes in the end: an error made for nothing costs more than the write did.
      if (!finished) reject(new Error('the response was cut'));
    };
    stream.once('close', cut);
    if (typeof body === 'function') body(new ResponseBody(stream, cut));
    else stream.end(body);
  });
}

/** The runtime's stream as the relay writes it. */
class ResponseBody implements OutputBody {
  readonly #stream: NodeJS.WritableStream;
  readonly #cut: () => void;
  #closed = false;

  constructor(stream: NodeJS.WritableStream, cut: () => void) {
    this.#stream = stream;
    this.#cut = cut;
  }

  write(chunk: Uint8Array | string): boolean {
    return this.#stream.write(chunk);
  }

  end(): void {
    this.#closed = true;
    this.#stream.end();
  }

  /**
   * Fails the invocation and leaves the stream to the runtime, which ends it with an error in its trailers. A stream
   * that was destroyed has no end: the runtime (aws-lambda-ric 4) would wait for it until the function's time-out.
   */
  abort(): void {
    this.#closed = true;
    this.#cut();
  }

  onDrain(listener: () => void): void {
    this.#stream.on('drain', listener);
  }

  onGone(listener: () => void): void {
    this.#stream.once('close', () => {
      if (!this.#closed) listener();
    });
  }
}
