import type { ProviderFault } from '../domain/chat.ts';
import type { ByteSink, ByteSource, Clock, TransportError } from '../domain/ports.ts';
import type { StreamReader, StreamState, StreamStep } from '../dialects/contract.ts';
import { brokenStream, unreadable } from './broken-stream.ts';

/** Some hosts repeat the request before they answer it; a stream that says more than that without content is no answer. */
const maxHeldBytes = 32 * 1024 * 1024;

/** Who reads a stream once it has spoken. */
export interface StreamListener {
  /** Called for everything that arrives, with what it says to the client; a ping says nothing. */
  output(chunk: Uint8Array | string): void;
  /** The answer is complete. */
  done(): void;
  /** The stream broke: an error inside it, a cut, an end without a finish. Nothing follows. */
  failed(fault: ProviderFault): void;
}

/**
 * One provider stream from its first byte. It holds everything back until the first content, so that whatever goes
 * wrong before it can still go to another target; then it stops the flow until somebody listens.
 *
 *   holding --content or finish--> spoken --listen()--> flowing --finish and end--> over
 *      \--fault, cut, end--------------------------------------------------------> over
 */
export class LiveStream implements ByteSink {
  readonly #source: ByteSource;
  readonly #reader: StreamReader;
  readonly #spoken: () => void;
  #held: (Uint8Array | string)[] = [];
  #heldBytes = 0;
  #phase: 'holding' | 'spoken' | 'flowing' | 'over' = 'holding';
  /** What ended the stream between `spoken` and `listen`. */
  #ended: ProviderFault | 'done' | undefined;
  #listener: StreamListener | undefined;
  /** The listener is behind. */
  #halted = false;
  #closed = false;
  #onClosed: (() => void) | undefined;
  readonly #broken: (fault: ProviderFault) => void;

  constructor(
    source: ByteSource,
    reader: StreamReader,
    on: { readonly spoken: () => void; readonly broken: (fault: ProviderFault) => void },
  ) {
    this.#source = source;
    this.#reader = reader;
    this.#spoken = on.spoken;
    this.#broken = on.broken;
  }

  /** Starts the flow. */
  start(): void {
    this.#source.read(this);
  }

  get state(): StreamState {
    return this.#reader.state;
  }

  /** What closes the client's stream after `done`. */
  finish(): string {
    return this.#reader.finish();
  }

  /** Hands over what was held, then everything as it comes. */
  listen(listener: StreamListener): void {
    this.#listener = listener;
    this.#phase = 'flowing';
    const held = this.#held;
    this.#held = [];
    for (const chunk of held) listener.output(chunk);
    if (this.#ended !== undefined) this.#finishWith(this.#ended);
    else if (!this.#halted) this.#source.resume();
  }

  pause(): void {
    this.#halted = true;
    this.#source.pause();
  }

  resume(): void {
    this.#halted = false;
    this.#source.resume();
  }

  /** Gives the stream up; nobody hears of it again. */
  cancel(): void {
    this.#phase = 'over';
    this.#held = [];
    this.#source.destroy();
    this.#close();
  }

  /**
   * After `done`: lets the connection's last bytes come, so that it can be used again, but no longer than `graceMs`.
   * Resolves when nothing of the stream is left.
   */
  release(clock: Clock, graceMs: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.after(graceMs, () => {
        this.#source.destroy();
        resolve();
      });
      this.#onClosed = () => {
        timer.cancel();
        resolve();
      };
      this.#source.resume();
    });
  }

  #close(): void {
    this.#closed = true;
    this.#onClosed?.();
  }

  data(chunk: Uint8Array): void {
    if (this.#phase === 'over') return;
    this.#take(this.#step(chunk));
    // Some hosts leave the connection open after their last word.
    if (this.#reader.state.terminated && this.#reader.state.finished) this.#end('done');
  }

  end(): void {
    this.#close();
    if (this.#phase === 'over') return;
    this.#take(this.#step());
    this.#end(
      this.#reader.state.finished ? 'done' : brokenStream('the stream ended without a finish reason'),
    );
  }

  fail(error: TransportError): void {
    this.#close();
    if (this.#phase === 'over') return;
    this.#end(this.#reader.state.finished ? 'done' : brokenStream(error.message));
  }

  /** Nobody stands above a socket's events to catch what a reader throws: the process would end. */
  #step(chunk?: Uint8Array): StreamStep {
    try {
      return chunk === undefined ? this.#reader.end() : this.#reader.push(chunk);
    } catch (error) {
      return { output: '', fault: unreadable(error) };
    }
  }

  #take(step: StreamStep): void {
    if (this.#phase === 'flowing') this.#listener?.output(step.output);
    else if (step.output.length > 0) this.#hold(step.output);
    if (step.fault !== undefined) return this.#end(step.fault);
    const { content, finished } = this.#reader.state;
    if (this.#phase === 'holding' && (content || finished)) {
      this.#phase = 'spoken';
      this.#source.pause();
      this.#spoken();
    }
  }

  #hold(output: Uint8Array | string): void {
    this.#held.push(output);
    this.#heldBytes += output.length;
    if (this.#heldBytes > maxHeldBytes && this.#phase === 'holding') {
      this.#end(brokenStream(`the stream sent over ${maxHeldBytes} bytes before its first content`));
    }
  }

  #end(how: ProviderFault | 'done'): void {
    if (this.#phase === 'flowing') this.#finishWith(how);
    else if (this.#phase === 'spoken') this.#ended ??= how;
    else if (this.#phase === 'holding') {
      this.#phase = 'over';
      this.#held = [];
      this.#source.destroy();
      this.#broken(how === 'done' ? brokenStream('the stream ended without content') : how);
    }
  }

  #finishWith(how: ProviderFault | 'done'): void {
    this.#phase = 'over';
    const listener = this.#listener;
    this.#listener = undefined;
    if (how === 'done') listener?.done();
    else {
      this.#source.destroy();
      this.#close();
      listener?.failed(how);
    }
  }
}
