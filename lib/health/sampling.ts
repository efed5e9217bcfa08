/**
 * Which attempts are written down. A route writes about 20 a second over all functions of the region; each attempt
 * written stands for `weight` of them (Horvitz and Thompson, 1952: counting what is drawn with probability p as 1/p
 * leaves every sum right on average). Failures are drawn like all others: otherwise an error rate would need to know
 * how each was drawn.
 */

const writtenPerSecond = 20;

/** For how many attempts one that is written stands; it is drawn with probability 1 / weight. A whole number. */
export const weightOf = (perSecond: number): number => Math.max(1, Math.ceil(perSecond / writtenPerSecond));

const maxRoutes = 10_000;
const slotMs = 1_000;

interface Slots {
  startMs: number;
  count: number;
  before: number;
}

/** How many attempts a second this process itself makes: all there is to go by before the first snapshot. */
export class OwnRates {
  readonly #routes = new Map<string, Slots>();

  /** Counts one attempt; attempts a second, of this second or the last, whichever had more. */
  count(subject: string, nowMs: number): number {
    const startMs = Math.floor(nowMs / slotMs) * slotMs;
    const known = this.#routes.get(subject);
    if (known === undefined) {
      // Callers may name any model of an in-house provider: the table must not grow with what they type.
      if (this.#routes.size >= maxRoutes) this.#routes.clear();
      this.#routes.set(subject, { startMs, count: 1, before: 0 });
      return 1;
    }
    if (known.startMs !== startMs) {
      known.before = startMs - known.startMs === slotMs ? known.count : 0;
      known.startMs = startMs;
      known.count = 0;
    }
    known.count += 1;
    return Math.max(known.before, known.count);
  }
}
