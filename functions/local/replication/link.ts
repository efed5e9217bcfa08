import type { Clock, Timer } from '../../../lib/domain/ports.ts';
import type { ReplicatedWrite } from './replica.ts';

export interface LinkOptions {
  readonly clock: Clock;
  /** Applies a write at the far end. */
  readonly apply: (write: ReplicatedWrite) => Promise<void>;
  /** A write the far end could not take: a defect, the write is lost there. */
  readonly onFailure: (write: ReplicatedWrite, error: unknown) => void;
}

/** The writes of one item that are under way, oldest first. */
interface Lane {
  readonly waiting: { readonly write: ReplicatedWrite; readonly dueAtMs: number }[];
  timer?: Timer;
  delivery?: Promise<void>;
}

/** Carries writes from one region to another: in order for each item, late, and not at all while it is cut. */
export class Link {
  readonly #options: LinkOptions;
  readonly #lanes = new Map<string, Lane>();
  #pending = 0;
  #cut = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Writes not applied yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Takes a write, to be applied `lagMs` from now and after the item's earlier ones. */
  send(write: ReplicatedWrite, lagMs: number): void {
    const lane = this.#lanes.get(write.item.id) ?? { waiting: [] };
    this.#lanes.set(write.item.id, lane);
    lane.waiting.push({ write, dueAtMs: this.#options.clock.nowMs() + lagMs });
    this.#pending += 1;
    if (lane.timer === undefined && lane.delivery === undefined) this.#wait(lane);
  }

  /** Holds everything back; what is being applied at this moment still arrives. */
  cut(): void {
    this.#cut = true;
    for (const lane of this.#lanes.values()) stopTimer(lane);
  }

  /** Lets writes pass again, the overdue ones at once. */
  mend(): void {
    this.#cut = false;
    for (const lane of this.#lanes.values()) if (lane.delivery === undefined) this.#wait(lane);
  }

  /** Delivers without waiting for the lag; resolves when nothing is left, or nothing more can pass. */
  async drain(): Promise<void> {
    do {
      if (!this.#cut) {
        for (const lane of this.#lanes.values()) if (lane.delivery === undefined) this.#deliver(lane);
      }
      await Promise.all([...this.#lanes.values()].map(({ delivery }) => delivery));
    } while (!this.#cut && this.#lanes.size > 0);
  }

  /** As a cut that never ends; resolves when nothing is being applied. */
  async close(): Promise<void> {
    this.cut();
    await this.drain();
  }

  #wait(lane: Lane): void {
    const [next] = lane.waiting;
    if (this.#cut || next === undefined) return;
    const { clock } = this.#options;
    const leftMs = next.dueAtMs - clock.nowMs();
    stopTimer(lane);
    if (leftMs <= 0) this.#deliver(lane);
    else lane.timer = clock.after(leftMs, () => this.#deliver(lane));
  }

  #deliver(lane: Lane): void {
    stopTimer(lane);
    const next = lane.waiting[0];
    if (next === undefined) return;
    const { apply, onFailure } = this.#options;
    lane.delivery = apply(next.write)
      .catch((error: unknown) => onFailure(next.write, error))
      .then(() => {
        delete lane.delivery;
        lane.waiting.shift();
        this.#pending -= 1;
        if (lane.waiting.length === 0) this.#lanes.delete(next.write.item.id);
        else this.#wait(lane);
      });
  }
}

function stopTimer(lane: Lane): void {
  lane.timer?.cancel();
  delete lane.timer;
}
