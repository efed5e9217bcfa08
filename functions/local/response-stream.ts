import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { type Prelude, PreludeReader } from './prelude.ts';

/**
 * The `responseStream` a streaming handler writes to, on top of a node:http response.
 *
 * As on Lambda, a handler never learns that its caller left: what it writes then is swallowed at once, with no
 * backpressure. Otherwise `write` answers false, and `drain` comes, as the caller reads.
 */
export class LocalResponseStream extends Writable {
  readonly #response: ServerResponse;
  #reader: PreludeReader | undefined;
  #prelude: Prelude | undefined;
  #gone: boolean;
  #bodyBegun = false;
  #waiting: ((error?: Error | null) => void) | undefined;

  constructor(response: ServerResponse) {
    super({ decodeStrings: false });
    this.#response = response;
    this.#gone = response.destroyed;
    const release = (): void => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.();
    };
    response.on('drain', release);
    response.on('finish', release);
    response.on('close', () => {
      this.#gone = true;
      release();
    });
    // A broken stream is reported by the handler's promise; without a listener it would end the process.
    this.on('error', () => {});
  }

  /** Status and headers, before the first byte. Without it the handler's own bytes must begin with a prelude. */
  setPrelude(prelude: Prelude): void {
    if (this.#response.headersSent || this.#reader !== undefined) {
      throw new Error('The response has already begun');
    }
    this.#prelude = prelude;
  }

  /** The content type of the stream itself; callers get the prelude's. */
  setContentType(_contentType: string): void {}

  /** The handler failed. True if nothing had been sent, so that an error can still be answered; else the connection is cut. */
  abandon(): boolean {
    if (!this.destroyed) this.destroy();
    if (this.#gone) return false;
    if (!this.#response.headersSent) return true;
    this.#response.flushHeaders();
    // Everything written so far reaches the caller; the end of the body never does.
    this.#response.socket?.destroySoon();
    return false;
  }

  override _write(
    chunk: string | Uint8Array,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    if (this.#gone) return done();
    try {
      if (this.#prelude === undefined) return this.#writeUnread(chunk, encoding, done);
      if (!this.#response.headersSent) this.#sendHead(this.#prelude);
      this.#send(chunk, encoding, done);
    } catch (error) {
      done(asError(error));
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#gone) return done();
    if (this.#prelude === undefined) return done(new Error('The response ended without a prelude'));
    try {
      if (!this.#response.headersSent) this.#sendHead(this.#prelude);
    } catch (error) {
      return done(asError(error));
    }
    this.#bodyBegun = true;
    this.#waiting = done;
    this.#response.end();
  }

  /** Bytes in which the prelude is still to be found. */
  #writeUnread(
    chunk: string | Uint8Array,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#reader ??= new PreludeReader();
    const found = this.#reader.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    if (found === undefined) return done();
    this.#prelude = found.prelude;
    this.#sendHead(found.prelude);
    this.#send(found.rest, encoding, done);
  }

  #send(chunk: string | Uint8Array, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (chunk.length === 0) return done();
    this.#bodyBegun = true;
    if (this.#response.write(chunk, encoding)) return done();
    this.#waiting = done;
  }

  #sendHead(prelude: Prelude): void {
    this.#response.writeHead(prelude.statusCode ?? 200, responseHeaders(prelude));
    // Headers leave together with a body that is already there, and by themselves where it is not.
    setImmediate(() => {
      if (!this.#gone && !this.#bodyBegun) this.#response.flushHeaders();
    });
  }
}

function responseHeaders(prelude: Prelude): OutgoingHttpHeaders {
  const { headers = {}, multiValueHeaders, cookies } = prelude;
  if (multiValueHeaders === undefined && cookies === undefined) return headers;
  const all: OutgoingHttpHeaders = { ...headers };
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    for (const single of Object.keys(headers)) {
      if (single.toLowerCase() === name.toLowerCase()) delete all[single];
    }
    all[name] = [...values];
  }
  if (cookies !== undefined && cookies.length > 0) all['set-cookie'] = [...cookies];
  return all;
}

const asError = (value: unknown): Error =>
  value instanceof Error ? value : new Error('The response failed');
