import type { Clock, OutputBody, Timer } from '../domain/ports.ts';

/** After this much silence a stream says that it is alive; API Gateway gives up after five minutes. */
export const keepAliveAfterMs = 15_000;
/** Lambda does not tell that a client left: a reader that takes nothing for this long is gone. */
export const readerGoneAfterMs = 60_000;

/** The reader's side of a stream: its pace, its patience, whether it is still there. */
export class Outlet {
  readonly #clock: Clock;
  readonly #out: OutputBody;
  readonly #signOfLife: string;
  readonly #on: { readonly full: () => void; readonly drained: () => void };
  #keepAlive: Timer;
  #blocked: Timer | undefined;
  #gone = false;
  #closed = false;
  #lastOutputMs: number;

  /** `full`: the reader is behind; `drained`: it has caught up, or will read no more. */
  constructor(
    clock: Clock,
    out: OutputBody,
    signOfLife: string,
    on: { readonly full: () => void; readonly drained: () => void },
  ) {
    this.#clock = clock;
    this.#out = out;
    this.#signOfLife = signOfLife;
    this.#on = on;
    this.#lastOutputMs = clock.nowMs();
    this.#keepAlive = this.#armKeepAlive(keepAliveAfterMs);
    out.onDrain(() => this.#drained());
    out.onGone(() => this.#leave());
  }

  /** The reader is behind. */
  get blocked(): boolean {
    return this.#blocked !== undefined;
  }

  get gone(): boolean {
    return this.#gone;
  }

  sayAlive(): void {
    this.write(this.#signOfLife);
  }

  write(chunk: Uint8Array | string): void {
    if (this.#gone || chunk.length === 0) return;
    this.#lastOutputMs = this.#clock.nowMs();
    if (this.#out.write(chunk) || this.#blocked !== undefined || this.#closed) return;
    this.#on.full();
    this.#blocked = this.#clock.after(readerGoneAfterMs, () => this.#leave());
  }

  /** Nothing is waited for any more: what is written from now on is the end. */
  close(): void {
    this.#closed = true;
    this.#keepAlive.cancel();
    this.#blocked?.cancel();
    if (!this.#gone) this.#out.end();
  }

  #drained(): void {
    if (this.#blocked === undefined) return;
    this.#blocked.cancel();
    this.#blocked = undefined;
    this.#on.drained();
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#drained();
    this.#out.abort();
  }

  #armKeepAlive(delayMs: number): Timer {
    return this.#clock.after(delayMs, () => {
      const quietMs = this.#clock.nowMs() - this.#lastOutputMs;
      if (quietMs >= keepAliveAfterMs && this.#blocked === undefined) this.sayAlive();
      this.#keepAlive = this.#armKeepAlive(
        quietMs >= keepAliveAfterMs ? keepAliveAfterMs : keepAliveAfterMs - quietMs,
      );
    });
  }
}
