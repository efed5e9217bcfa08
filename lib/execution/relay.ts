import type { ExecutionSettings } from '../domain/policy.ts';
import { GatewayError } from '../domain/failure.ts';
import type { Clock, OutputBody, Timer } from '../domain/ports.ts';
import type { ClientDialect } from '../dialects/contract.ts';
import type { LiveStream } from './live-stream.ts';
import { redact } from './redact.ts';

/** After this much silence a stream says that it is alive; API Gateway gives up after five minutes. */
export const keepAliveAfterMs = 15_000;
/** A tool call's arguments come in bursts; a model that only pings is still thinking. */
const silenceInsideToolCallMs = 240_000;
const pingsAloneMs = 300_000;
/** A finish reason has been seen: only usage and a terminator can follow. */
const afterFinishMs = 5_000;
/** Lambda does not tell that a client left: a reader that takes nothing for this long is gone. */
const readerGoneAfterMs = 60_000;
/** How long a finished provider may take to close its side, so that the connection can be used again. */
const closeGraceMs = 1_000;

export interface RelayEnd {
  /** Absent: the answer is complete. */
  readonly error?: GatewayError;
}

/**
 * Carries one stream to one reader, at the reader's pace, from before its first content to the provider's last word.
 *
 *   waiting (keep-alives) --flow()--> flowing --done | failed | silent too long | deadline--> over
 *        \--fail()----------------------------------------------------------------------------/
 *
 * A reader that leaves changes nothing for the provider's side: the stream is read on for its usage.
 */
export class Relay {
  readonly #clock: Clock;
  readonly #client: ClientDialect;
  readonly #out: OutputBody;
  readonly #ended: (end: RelayEnd) => void;
  /** Resolves when nothing of the stream is left on either side. */
  readonly ended: Promise<RelayEnd>;
  #stream: LiveStream | undefined;
  #settings: ExecutionSettings | undefined;
  #keepAlive: Timer;
  #silence: Timer | undefined;
  #blocked: Timer | undefined;
  #readerGone = false;
  #over = false;
  #lastOutputMs: number;
  #lastByteMs = 0;
  #lastContentMs = 0;
  #contentChars = -1;
  #finishing = false;

  constructor(clock: Clock, client: ClientDialect, out: OutputBody) {
    this.#clock = clock;
    this.#client = client;
    this.#out = out;
    const { promise, resolve } = Promise.withResolvers<RelayEnd>();
    this.ended = promise;
    this.#ended = resolve;
    this.#lastOutputMs = clock.nowMs();
    this.#keepAlive = this.#armKeepAlive(keepAliveAfterMs);
    out.onDrain(() => this.#drained());
    out.onGone(() => this.#leave());
  }

  /** Says at once that the answer is on its way. */
  sayAlive(): void {
    this.#write(this.#client.keepAlive);
  }

  /** The stream has spoken: everything it holds and everything to come goes out. */
  flow(stream: LiveStream, settings: ExecutionSettings, conceal: (message: string) => string = redact): void {
    this.#stream = stream;
    this.#settings = settings;
    this.#lastByteMs = this.#lastContentMs = this.#clock.nowMs();
    this.#silence = this.#armSilence(settings.idleTimeoutMs);
    stream.listen({
      output: (chunk) => this.#output(chunk),
      done: () => this.#complete(stream),
      failed: (fault) => this.fail(interrupted(conceal(fault.message))),
    });
  }

  /** Ends the client's stream with one clean error event. */
  fail(error: GatewayError): void {
    if (this.#over) return;
    this.#stream?.cancel();
    this.#write(this.#client.writeStreamError(error));
    this.#close();
    this.#ended({ error });
  }

  #output(chunk: Uint8Array | string): void {
    const nowMs = this.#clock.nowMs();
    this.#lastByteMs = nowMs;
    if (chunk.length > 0) this.#write(chunk);
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
    this.#write(stream.finish());
    this.#close();
    void stream.release(this.#clock, closeGraceMs).then(() => this.#ended({}));
  }

  #write(chunk: Uint8Array | string): void {
    if (this.#readerGone || chunk.length === 0) return;
    this.#lastOutputMs = this.#clock.nowMs();
    if (this.#out.write(chunk) || this.#blocked !== undefined || this.#over) return;
    this.#stream?.pause();
    this.#blocked = this.#clock.after(readerGoneAfterMs, () => this.#leave());
  }

  #drained(): void {
    if (this.#blocked === undefined) return;
    this.#blocked.cancel();
    this.#blocked = undefined;
    // The provider was not silent: it was asked to wait.
    this.#lastByteMs = this.#clock.nowMs();
    this.#lastContentMs = this.#lastByteMs;
    if (!this.#over) this.#stream?.resume();
  }

  #leave(): void {
    if (this.#readerGone) return;
    this.#readerGone = true;
    this.#drained();
    this.#out.abort();
  }

  #armKeepAlive(delayMs: number): Timer {
    return this.#clock.after(delayMs, () => {
      const quietMs = this.#clock.nowMs() - this.#lastOutputMs;
      if (quietMs >= keepAliveAfterMs && this.#blocked === undefined) this.#write(this.#client.keepAlive);
      this.#keepAlive = this.#armKeepAlive(
        quietMs >= keepAliveAfterMs ? keepAliveAfterMs : keepAliveAfterMs - quietMs,
      );
    });
  }

  /** One timer, armed for the earliest moment the stream could be too silent; chunks only note the time. */
  #armSilence(delayMs: number): Timer {
    return this.#clock.after(delayMs, () => {
      const restMs = this.#blocked === undefined ? this.#patienceMs() : readerGoneAfterMs;
      if (restMs > 0) this.#silence = this.#armSilence(restMs);
      else this.#tooSilent();
    });
  }

  #patienceMs(): number {
    const nowMs = this.#clock.nowMs();
    const state = this.#stream?.state;
    const idleTimeoutMs = this.#settings?.idleTimeoutMs ?? 0;
    const allowedMs = state?.finished
      ? Math.min(afterFinishMs, idleTimeoutMs)
      : state?.insideToolCall
        ? Math.max(silenceInsideToolCallMs, idleTimeoutMs)
        : idleTimeoutMs;
    const bytes = this.#lastByteMs + allowedMs - nowMs;
    const content = this.#lastContentMs + Math.max(pingsAloneMs, idleTimeoutMs) - nowMs;
    return Math.min(bytes, content);
  }

  #tooSilent(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    if (!stream.state.finished) return this.fail(interrupted('the stream stalled'));
    stream.cancel();
    this.#complete(stream);
  }

  #close(): void {
    this.#over = true;
    this.#keepAlive.cancel();
    this.#silence?.cancel();
    this.#blocked?.cancel();
    if (!this.#readerGone) this.#out.end();
  }
}

/** What the caller reads when an answer breaks off: never a faked finish. */
const interrupted = (reason: string): GatewayError =>
  new GatewayError('upstream_failed', `the answer was interrupted: ${reason}`);
