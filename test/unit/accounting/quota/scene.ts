import { QuotaLedger, type Admission, type Admitted } from '../../../../lib/accounting/quota/ledger.ts';
import { equalShares } from '../../../../lib/accounting/quota/shares.ts';
import type { Settlement } from '../../../../lib/domain/quota-ledger.ts';
import type { Site } from '../../../../lib/domain/quota.ts';
import { readBalance } from '../../../../lib/stores/quota-items.ts';
import { QuotaStore } from '../../../../lib/stores/quota-store.ts';
import { settle } from '../../../support/manual-clock.ts';
import { seeded } from '../../../support/random.ts';
import { SimulatedRegions, type SimulatedProcess } from '../../../support/simulated-regions.ts';
import { sevenOClockMs } from './quota.ts';

export const us = 'us-east-1';
export const eu = 'eu-central-1';
export const ap = 'ap-northeast-1';

/** Ledgers in three regions whose calls are carried out when a test says so. */
export class Scene {
  readonly regions = new SimulatedRegions([us, eu, ap]);
  readonly queue: Settlement[] = [];
  readonly problems: string[] = [];
  readonly #processes: SimulatedProcess[] = [];
  queueWorks = true;
  nowMs = sevenOClockMs;
  readonly #clock = {
    nowMs: () => this.nowMs,
    after: () => {
      throw new Error('the ledger sets no timers');
    },
  };

  ledger(region = us, sites: readonly Site[] = equalShares([us, eu, ap])): QuotaLedger {
    const process = this.regions.start(region);
    this.#processes.push(process);
    const store = new QuotaStore({ region, table: 'quotas', clientFor: process.clientFor });
    const queue = {
      push: async (settlement: Settlement) => {
        if (!this.queueWorks) throw new Error('the queue is down');
        this.queue.push(settlement);
      },
    };
    const onProblem = (message: string) => void this.problems.push(message);
    return new QuotaLedger(
      { store, queue, clock: this.#clock, random: seeded(this.#processes.length), onProblem },
      sites,
      region,
    );
  }

  /** Carries out what waits until nothing does, and tells how many rounds of waiting that took. */
  async rest(): Promise<number> {
    let rounds = 0;
    for (await settle(); this.regions.waiting > 0; await settle()) {
      rounds++;
      for (let left = this.regions.waiting; left > 0; left--) this.regions.deliver(0, 'done');
    }
    return rounds;
  }

  /** The value of work that needs the store, which answers everything. */
  async done<T>(work: Promise<T>): Promise<T> {
    await this.rest();
    return work;
  }

  /** The value of work that must not wait for the store. */
  async atOnce<T>(work: Promise<T>): Promise<T | 'waits'> {
    await settle();
    return Promise.race([work, Promise.resolve('waits' as const)]);
  }

  /** No region answers any more: every call fails. */
  async fail(): Promise<void> {
    for (await settle(); this.regions.waiting > 0; await settle()) this.regions.deliver(0, 'request lost');
  }

  replicate(): void {
    while (this.regions.unreplicated > 0) this.regions.replicate(0);
  }

  /** Available and spent at a place, where it is written. */
  at(region: string, lane = 0): readonly [available: number, spent: number] | undefined {
    for (const [pk, item] of this.regions.items(region)) {
      const balance = pk.endsWith(`#${lane}#${region}`) ? readBalance(item) : undefined;
      if (balance !== undefined) return [balance.available, balance.spent];
    }
    return undefined;
  }
}

export const costs = (microUsd: number) => ({ microUsd, tokens: 0, requests: 1 });

/** The admission, where there is one. */
export function admitted(answer: Admitted | 'waits'): Admission {
  if (answer === 'waits' || !answer.admitted) throw new Error(`not admitted: ${JSON.stringify(answer)}`);
  return answer;
}

/** The reason of a refusal, or "admitted". */
export const reasonOf = (answer: Admitted): string => (answer.admitted ? 'admitted' : answer.refusal.reason);
