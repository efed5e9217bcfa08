import type { Clock } from '../domain/ports.ts';
import { pointerPk } from './governance-items.ts';
import { Lru } from './lru.ts';

/** Up to this age an item is used as it is. */
const freshMs = 5_000;
/** Up to this age an item that exists is used while it is read again. */
const usableMs = 30_000;
/** While the store cannot be read, customers, teams and virtual keys are used up to this age. */
export const lastKnownMs = 5 * 60_000;
/** After a failed read the store is left alone for this long. */
const pauseMs = 1_000;
/** Virtual keys (and as many unknown ones, and owners) a function instance remembers. */
export const mostRemembered = 10_000;

/** What was last read under one primary key; no item: there was none. */
export interface Slot<T> {
  readonly item: T | undefined;
  readonly readAtMs: number;
}

export type Freshness = 'fresh' | 'usable' | 'unusable';

/** What governance items were when last read, and how far that may still be relied on. */
export class GovernanceCache<T> {
  readonly #clock: Clock;
  readonly #present = new Lru<Slot<T>>(mostRemembered);
  /** Apart, so that a flood of invented keys displaces no real one. */
  readonly #absent = new Lru<Slot<T>>(mostRemembered);
  #pointer: Slot<T> | undefined;
  #pausedUntilMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(pk: string): Slot<T> | undefined {
    if (pk === pointerPk) return this.#pointer;
    return this.#present.get(pk) ?? this.#absent.get(pk);
  }

  set(pk: string, item: T | undefined): void {
    const slot = { item, readAtMs: this.#clock.nowMs() };
    if (pk === pointerPk) {
      this.#pointer = slot;
      return;
    }
    (item === undefined ? this.#present : this.#absent).delete(pk);
    (item === undefined ? this.#absent : this.#present).set(pk, slot);
  }

  /** The store has just failed: the last known values have to do for a moment. */
  pause(): void {
    this.#pausedUntilMs = this.#clock.nowMs() + pauseMs;
  }

  get paused(): boolean {
    const leftMs = this.#pausedUntilMs - this.#clock.nowMs();
    return leftMs > 0 && leftMs <= pauseMs;
  }

  /** Until when all of these, fresh now, stay fresh. */
  freshUntilMs(pks: readonly string[]): number {
    return Math.min(...pks.map((pk) => this.get(pk)?.readAtMs ?? -Infinity)) + freshMs;
  }

  freshness(pk: string): Freshness {
    const slot = this.get(pk);
    if (slot === undefined) return 'unusable';
    const ageMs = this.#clock.nowMs() - slot.readAtMs;
    // A clock that was set back makes an age that says nothing.
    if (ageMs >= 0 && ageMs < freshMs) return 'fresh';
    if (slot.item === undefined) return 'unusable';
    if (ageMs >= 0 && ageMs < usableMs) return 'usable';
    if (!this.paused) return 'unusable';
    return pk === pointerPk || (ageMs >= 0 && ageMs < lastKnownMs) ? 'usable' : 'unusable';
  }
}
