import { Readable } from 'node:stream';
import type { OutputBody } from '../../lib/domain/ports.ts';

/** A response body that the relay writes and the runtime's response stream pulls. */
export class BodyStream extends Readable implements OutputBody {
  #drained: () => void = () => {};
  #gone: () => void = () => {};
  #finished = false;

  /** Begins to write when the first byte is asked for. */
  constructor(pour: (out: OutputBody) => void) {
    // Small: what waits here is what the client has not taken, and the provider should feel it.
    super({ highWaterMark: 64 * 1024 });
    pour(this);
  }

  override _read(): void {
    this.#drained();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#finished) this.#gone();
    callback(error);
  }

  write(chunk: Uint8Array | string): boolean {
    return this.push(chunk);
  }

  end(): void {
    this.#finished = true;
    this.push(null);
  }

  abort(): void {
    this.#finished = true;
    this.destroy();
  }

  onDrain(listener: () => void): void {
    this.#drained = listener;
  }

  onGone(listener: () => void): void {
    this.#gone = listener;
  }
}
