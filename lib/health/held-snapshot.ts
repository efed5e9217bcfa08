import type { HealthStore, StoredSnapshot } from '../domain/health-store.ts';
import type { KeyRest } from '../domain/key-rest.ts';
import type { Clock } from '../domain/ports.ts';
import { HealthTable } from './health-table.ts';
import type { Outages } from './outages.ts';
import type { Snapshot } from './snapshot.ts';
import { parseSnapshot } from './snapshot-text.ts';

/** So long after asking the store nobody asks again. */
const freshMs = 5_000;
/** So old a snapshot is decided by, while the next is read. */
const usableMs = 30_000;
/** Clocks differ, but not by this much. */
const maxAheadMs = 10_000;
/** What nobody has confirmed for longer than any cooldown lasts says nothing about now. */
const forgottenAfterMs = 300_000;

/** The region's last snapshot as this process has it, and when it asks for the next. */
export class HeldSnapshot {
  readonly #store: HealthStore;
  readonly #clock: Clock;
  readonly #outages: Outages;
  readonly #onRests: (rests: readonly KeyRest[]) => void;
  #snapshot: Snapshot | undefined;
  #table: HealthTable | undefined;
  #askedMs = -Infinity;
  #answeredMs = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(
    store: HealthStore,
    clock: Clock,
    outages: Outages,
    onRests: (rests: readonly KeyRest[]) => void,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#outages = outages;
    this.#onRests = onRests;
  }

  get untilMs(): number {
    return this.#snapshot?.untilMs ?? -Infinity;
  }

  /** What runs in the background: wait for it before the invocation ends. */
  get reading(): Promise<void> | undefined {
    return this.#reading;
  }

  /** Undefined: nothing is known yet. */
  get table(): HealthTable | undefined {
    return this.#table;
  }

  /** Starts to read where the last answer is old; a promise only if it is too old to decide by. Never rejects. */
  ready(): Promise<void> | undefined {
    const nowMs = this.#clock.nowMs();
    const ageMs = nowMs - this.#answeredMs;
    if (this.#reading === undefined && ageMs >= freshMs && nowMs - this.#askedMs >= freshMs) {
      this.#askedMs = nowMs;
      this.#reading = this.#read();
    }
    return ageMs < usableMs ? undefined : this.#reading;
  }

  async #read(): Promise<void> {
    const read = await this.#outages.watch('the health snapshot cannot be read', async () => {
      const stored = await this.#store.read();
      this.#answeredMs = this.#clock.nowMs();
      if (stored !== undefined) this.take(stored);
      return true;
    });
    this.#reading = undefined;
    if (read === undefined && this.#clock.nowMs() - this.#answeredMs > forgottenAfterMs) {
      this.#snapshot = undefined;
      this.#table = undefined;
    }
  }

  /** Takes a snapshot unless it is older than the one held, from the future, or none. */
  take(stored: StoredSnapshot): void {
    const nowMs = this.#clock.nowMs();
    if (stored.untilMs < this.untilMs || stored.untilMs > nowMs + maxAheadMs) return;
    this.#onRests(stored.rests);
    const snapshot =
      stored.untilMs === this.untilMs ? this.#snapshot : parseSnapshot(stored.body, stored.untilMs);
    if (snapshot === undefined) return;
    this.#snapshot = snapshot;
    this.#table = new HealthTable(snapshot, nowMs);
  }
}
