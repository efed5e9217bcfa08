import type { Writable } from 'node:stream';
import type { OutputBody } from '../../lib/domain/ports.ts';
import type { GatewayResponse } from '../../lib/pipeline.ts';

/** Writes a whole body, or has it poured, into the runtime's stream. Resolves when it is flushed, rejects when it is cut. */
export function writeBody(stream: Writable, body: GatewayResponse['body']): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('finish', resolve);
    // Not once: a broken connection may report every write to it, and an error nobody hears ends the process.
    stream.on('error', reject);
    stream.once('close', () => reject(new Error('the response was cut')));
    if (typeof body === 'function') body(new ResponseBody(stream));
    else stream.end(body);
  });
}

/** The runtime's stream as the relay writes it. */
class ResponseBody implements OutputBody {
  readonly #stream: Writable;
  #closed = false;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  write(chunk: Uint8Array | string): boolean {
    // Lambda's stream would write plain bytes as JSON.
    const plain = typeof chunk === 'string' || Buffer.isBuffer(chunk);
    return this.#stream.write(plain ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }

  end(): void {
    this.#closed = true;
    this.#stream.end();
  }

  abort(): void {
    this.#closed = true;
    this.#stream.destroy();
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
