import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type Prelude, PreludeReader, wireHeaders } from './prelude.ts';

type Chunk = string | Uint8Array;
type Callback = (error?: Error | null) => void;

/**
 * The `responseStream` a streaming handler writes to, on top of a node:http response. Like Lambda's own, which is a
 * node:http client request (aws-lambda-ric 4), it is a stream by its methods and events and no `Writable`: that would
 * buffer what the response below it buffers already, and its state costs more than all else done here.
 *
 * As on Lambda, a handler never learns that its caller left: what it writes then is swallowed at once, with no
 * backpressure. Otherwise `write` answers false, and `drain` comes, as the caller reads.
 */
export class LocalResponseStream extends EventEmitter implements NodeJS.WritableStream {
  readonly #response: ServerResponse;
  #reader: PreludeReader | undefined;
  #prelude: Prelude | undefined;
  #headDue = false;
  #blocked = false;
  writableEnded = false;
  writableFinished = false;
  destroyed = false;
  errored: Error | null = null;

  constructor(response: ServerResponse) {
    super();
    this.#response = response;
  }

  get writable(): boolean {
    return !this.writableEnded && !this.destroyed;
  }

  /** Status and headers, before the first write. Without it the handler's own bytes must begin with a prelude. */
  setPrelude(prelude: Prelude): void {
    if (this.#response.headersSent || this.#headDue || this.#reader !== undefined) {
      throw new Error('The response has already begun');
    }
    this.#prelude = prelude;
  }

  /** The content type of the stream itself; callers get the prelude's. */
  setContentType(_contentType: string): void {}

  /** The first write, though it be empty, sends the headers. False: wait for `drain` before writing more. */
  write(chunk: Chunk, encoding?: BufferEncoding | Callback, callback?: Callback): boolean {
    if (typeof encoding === 'function') return this.write(chunk, undefined, encoding);
    if (this.writableEnded) {
      this.destroy(new Error('The response was written to after its end'));
      return false;
    }
    try {
      const body = this.#gone ? '' : this.#bodyIn(chunk, encoding);
      if (body.length === 0) {
        this.#beginSoon();
        if (callback !== undefined) process.nextTick(callback);
        return true;
      }
      this.#begin();
      // Whether the caller got it is not for the handler to know.
      if (this.#response.write(body, encoding ?? 'utf8', callback && (() => callback()))) return true;
      this.#awaitDrain();
    } catch (error) {
      this.destroy(asError(error));
    }
    return false;
  }

  end(chunk?: Chunk | (() => void), encoding?: BufferEncoding | (() => void), callback?: () => void): this {
    if (typeof chunk === 'function') return this.end('', undefined, chunk);
    if (typeof encoding === 'function') return this.end(chunk, undefined, encoding);
    if (callback !== undefined) {
      if (this.writableFinished) process.nextTick(callback);
      else this.once('finish', callback);
    }
    if (this.writableEnded || this.destroyed) return this;
    this.writableEnded = true;
    if (this.#gone) {
      process.nextTick(() => this.#finish());
      return this;
    }
    try {
      const body = this.#bodyIn(chunk ?? '', encoding);
      if (this.#prelude === undefined) throw new Error('The response ended without a prelude');
      this.#begin(typeof body === 'string' ? Buffer.byteLength(body, encoding) : body.length);
      // It closes when all has been flushed, or when the caller leaves.
      this.#response.once('close', () => this.#finish());
      this.#response.end(body, encoding ?? 'utf8');
    } catch (error) {
      this.destroy(asError(error));
    }
    return this;
  }

  /** Nothing of what is written from now on is sent. Events follow in a later tick. */
  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.errored = error ?? null;
    process.nextTick(() => {
      // The invocation reports it too; an error nobody hears would end the process.
      if (error !== undefined && this.listenerCount('error') > 0) this.emit('error', error);
      this.emit('close');
    });
    return this;
  }

  /** The handler failed. True if nothing had been sent, so that an error can still be answered; else the connection is cut. */
  abandon(): boolean {
    this.#flushHead();
    this.destroy();
    if (this.#response.destroyed) return false;
    if (!this.#response.headersSent) return true;
    // Everything written so far reaches the caller; the end of the body never does.
    this.#response.flushHeaders();
    this.#response.socket?.destroySoon();
    return false;
  }

  get #gone(): boolean {
    return this.destroyed || this.#response.destroyed;
  }

  /** What of a chunk is body: all of it, once the prelude is known. */
  #bodyIn(chunk: Chunk, encoding?: BufferEncoding): Chunk {
    if (this.#prelude !== undefined) return chunk;
    this.#reader ??= new PreludeReader();
    const found = this.#reader.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    this.#prelude = found?.prelude;
    return found?.rest ?? '';
  }

  /** Headers leave together with a body that comes in the same tick, and by themselves where it does not. */
  #beginSoon(): void {
    if (this.#headDue || this.#prelude === undefined || this.#response.headersSent) return;
    this.#headDue = true;
    process.nextTick(() => this.#flushHead());
  }

  #flushHead(): void {
    if (!this.#headDue || this.#gone || this.#response.headersSent) return;
    try {
      this.#begin();
      this.#response.flushHeaders();
    } catch (error) {
      this.destroy(asError(error));
    }
  }

  #begin(bodyBytes?: number): void {
    const response = this.#response;
    if (response.headersSent || this.#prelude === undefined) return;
    const status = this.#prelude.statusCode ?? 200;
    const lengthless = status === 204 || status === 304 || response.req.method === 'HEAD';
    response.writeHead(status, wireHeaders(this.#prelude, lengthless ? undefined : bodyBytes));
  }

  #awaitDrain(): void {
    if (this.#blocked) return;
    this.#blocked = true;
    const release = (): void => {
      this.#blocked = false;
      this.#response.off('drain', release).off('close', release);
      if (this.writable) this.emit('drain');
    };
    this.#response.on('drain', release).on('close', release);
  }

  #finish(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.writableFinished = true;
    this.emit('finish');
    this.emit('close');
  }
}

const asError = (value: unknown): Error =>
  value instanceof Error ? value : new Error('The response failed');
