import type { DeadSettlements, SettlementsStanding } from '../../lib/domain/dead-settlements.ts';
import type { Clock, Timer } from '../../lib/domain/ports.ts';
import type { Settlement, SettlementQueue } from '../../lib/domain/quota-ledger.ts';

const retryMs = 1_000;

/**
 * A laptop's settlement queue: in memory, delivered every second until the ledger takes it. None is ever given up, so
 * that there is none to replay.
 */
export class LocalSettlementQueue implements SettlementQueue, DeadSettlements {
  readonly #apply: (settlement: Settlement) => Promise<void>;
  readonly #clock: Clock;
  #waiting: Settlement[] = [];
  #timer: Timer | undefined;
  #closed = false;

  constructor(apply: (settlement: Settlement) => Promise<void>, clock: Clock) {
    this.#apply = apply;
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.length;
  }

  async push(settlement: Settlement): Promise<void> {
    this.#waiting.push(settlement);
    this.#arm();
  }

  async standing(): Promise<SettlementsStanding> {
    return { waiting: this.size, dead: 0 };
  }

  /** What waits is tried again anyway. */
  async replay(): Promise<void> {}

  /** Delivers everything once; what fails waits on. */
  async deliver(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const settlement of waiting) {
      await this.#apply(settlement).catch(() => this.#waiting.push(settlement));
    }
    if (this.#waiting.length > 0) this.#arm();
  }

  /** Stops delivering; what waits is lost with the process, as everything in memory. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = this.#clock.after(retryMs, () => {
      this.#timer = undefined;
      void this.deliver();
    });
  }
}
