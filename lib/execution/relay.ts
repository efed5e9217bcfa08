import type { ProviderFault } from '../domain/chat.ts';
import type { ExecutionSettings } from '../domain/policy.ts';
import { GatewayError } from '../domain/failure.ts';
import type { Clock, OutputBody, Timer } from '../domain/ports.ts';
import type { ClientDialect } from '../dialects/contract.ts';
import { brokenStream } from './broken-stream.ts';
import type { LiveStream } from './live-stream.ts';
import { Outlet, readerGoneAfterMs } from './outlet.ts';
import { redact } from './redact.ts';
import { patienceMs } from './silence.ts';
import type { Transcript } from './transcript.ts';

/** How long a finished provider may take to close its side, so that the connection can be used again. */
const closeGraceMs = 1_000;

export interface RelayEnd {
  /** Absent: the answer is complete. */
  readonly error?: GatewayError;
}

/** What becomes of one stream on its way out. */
export interface Passage {
  /** The provider broke it off. The client waits, kept alive, until `flow` or `fail`. */
  readonly broken?: (fault: ProviderFault) => void;
  /** Everything the client is sent of it. */
  readonly transcript?: Transcript | undefined;
}

/**
 * Carries one stream to one reader, at the reader's pace, from before its first content to the provider's last word.
 *
 *   waiting (keep-alives) --flow()--> flowing --done--> over
 *      ^   \--fail()-------------------/--|-----------/
 *      \----- broken, silent too long ----/
 *
 * A reader that leaves changes nothing for the provider's side: the stream is read on for its usage.
 */
export class Relay {
  readonly #clock: Clock;
  readonly #client: ClientDialect;
  readonly #out: Outlet;
  readonly #ended: (end: RelayEnd) => void;
  /** Resolves when nothing of the stream is left on either side. */
  readonly ended: Promise<RelayEnd>;
  #stream: LiveStream | undefined;
  #passage: Passage = {};
  #settings: ExecutionSettings | undefined;
  #silence: Timer | undefined;
  #over = false;
  #lastByteMs = 0;
  #lastContentMs = 0;
  #contentChars = -1;
  #finishing = false;

  constructor(clock: Clock, client: ClientDialect, out: OutputBody) {
    this.#clock = clock;
    this.#client = client;
    const { promise, resolve } = Promise.withResolvers<RelayEnd>();
    this.ended = promise;
    this.#ended = resolve;
    this.#out = new Outlet(clock, out, client.keepAlive, {
      full: () => this.#stream?.pause(),
      drained: () => this.#resume(),
    });
  }

  /** Says at once that the answer is on its way. */
  sayAlive(): void {
    this.#out.sayAlive();
  }

  /** True: nothing more can be said to the client. */
  get over(): boolean {
    return this.#over;
  }

  get readerGone(): boolean {
    return this.#out.gone;
  }

  /** The stream has spoken: everything it holds and everything to come goes out. */
  flow(stream: LiveStream, settings: ExecutionSettings, passage: Passage = {}): void {
    this.#stream = stream;
    this.#settings = settings;
    this.#passage = passage;
    this.#finishing = false;
    this.#contentChars = -1;
    this.#lastByteMs = this.#lastContentMs = this.#clock.nowMs();
    this.#silence = this.#armSilence(settings.idleTimeoutMs);
    if (this.#out.blocked) stream.pause();
    stream.listen({
      output: (chunk) => this.#output(chunk),
      done: () => this.#complete(stream),
      failed: (fault) => this.#broken(fault),
    });
  }

  /** Ends the client's stream with one clean error event. */
  fail(error: GatewayError): void {
    if (this.#over) return;
    this.#stream?.cancel();
    this.#out.write(this.#client.writeStreamError(error));
    this.#close();
    this.#ended({ error });
  }

  #broken(fault: ProviderFault): void {
    if (this.#over) return;
    this.#silence?.cancel();
    this.#stream?.cancel();
    this.#stream = undefined;
    const { broken } = this.#passage;
    if (broken === undefined) this.fail(interrupted(redact(fault.message)));
    else broken(fault);
  }

  #output(chunk: Uint8Array | string): void {
    const nowMs = this.#clock.nowMs();
    this.#lastByteMs = nowMs;
    if (chunk.length > 0) {
      this.#passage.transcript?.add(chunk);
      this.#out.write(chunk);
    }
    const chars = this.#stream?.state.outputChars ?? 0;
    if (chars !== this.#contentChars) {
      this.#contentChars = chars;
      this.#lastContentMs = nowMs;
    }
    if (this.#stream?.state.finished === true && !this.#finishing) {
      this.#finishing = true;
      this.#silence?.cancel();
      this.#silence = this.#armSilence(this.#patienceMs());
    }
  }

  #complete(stream: LiveStream): void {
    if (this.#over) return;
    this.#out.write(stream.finish());
    this.#close();
    void stream.release(this.#clock, closeGraceMs).then(() => this.#ended({}));
  }

  #resume(): void {
    // The provider was not silent: it was asked to wait.
    this.#lastByteMs = this.#clock.nowMs();
    this.#lastContentMs = this.#lastByteMs;
    if (!this.#over) this.#stream?.resume();
  }

  /** One timer, armed for the earliest moment the stream could be too silent; chunks only note the time. */
  #armSilence(delayMs: number): Timer {
    return this.#clock.after(delayMs, () => {
      const restMs = this.#out.blocked ? readerGoneAfterMs : this.#patienceMs();
      if (restMs > 0) this.#silence = this.#armSilence(restMs);
      else this.#tooSilent();
    });
  }

  #patienceMs(): number {
    const since = { byteMs: this.#lastByteMs, contentMs: this.#lastContentMs };
    return patienceMs(this.#stream?.state, since, this.#settings?.idleTimeoutMs ?? 0, this.#clock.nowMs());
  }

  #tooSilent(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    if (!stream.state.finished) return this.#broken(brokenStream('the stream stalled'));
    stream.cancel();
    this.#complete(stream);
  }

  #close(): void {
    this.#over = true;
    this.#silence?.cancel();
    this.#out.close();
  }
}

/** What the caller reads when an answer breaks off: never a faked finish. */
export const interrupted = (reason: string): GatewayError =>
  new GatewayError('upstream_failed', `the answer was interrupted: ${reason}`);
