import type { Clock, Timer } from '../../lib/domain/ports.ts';

/** Time that passes only when a test says so. Timers fire in order, each followed by whatever it set off. */
export class ManualClock implements Clock {
  #nowMs: number;
  #timers: { readonly atMs: number; readonly order: number; readonly fire: () => void }[] = [];
  #order = 0;

  constructor(startMs = 1_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fire };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** Timers still armed: none may be left when a request is over. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets `ms` pass, step by step. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (;;) {
      const due = this.#timers
        .filter((timer) => timer.atMs <= untilMs)
        .toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#nowMs = due.atMs;
      due.fire();
      await settle();
    }
    this.#nowMs = untilMs;
  }
}

/** Lets everything that is ready run: promises and callbacks, no time. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
