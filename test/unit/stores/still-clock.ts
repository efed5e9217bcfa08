import type { Clock } from '../../../lib/domain/ports.ts';

/** A clock that stands still until it is moved, at once and without timers: the stores set none. */
export class StillClock implements Clock {
  #nowMs = 1_800_000_000_000;
  nowMs(): number {
    return this.#nowMs;
  }
  advance(byMs: number): void {
    this.#nowMs += byMs;
  }
  after(): never {
    throw new Error('the stores set no timers');
  }
}
