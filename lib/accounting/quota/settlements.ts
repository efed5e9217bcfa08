import type { LedgerStore, Settlement, SettlementQueue } from '../../domain/quota-ledger.ts';
import type { Background } from './background.ts';
import type { KnownBalances } from './known-balances.ts';

export interface SettlementPorts {
  readonly store: LedgerStore;
  readonly queue: SettlementQueue;
  readonly balances: KnownBalances;
  readonly background: Background;
  readonly onProblem: (message: string) => void;
}

/** Carries settlements out, once as far as money goes; what the ledger does not take now waits in the queue. */
export class Settlements {
  readonly #ports: SettlementPorts;
  /** Neither the ledger nor the queue would have them. */
  #homeless: Settlement[] = [];

  constructor(ports: SettlementPorts) {
    this.#ports = ports;
  }

  /** Carries a settlement out in the background. Never rejects. */
  settle(settlement: Settlement, then: () => void = () => undefined): Promise<void> {
    return this.#ports.background.run(async () => {
      try {
        await this.apply(settlement);
      } catch (error) {
        this.#ports.onProblem(error instanceof Error ? error.message : 'unknown error');
        await this.#queue(settlement);
      } finally {
        then();
      }
    });
  }

  /**
   * Carries a settlement out, as often as a queue delivers it. Rejects with LedgerUnavailable: deliver it again.
   * What a settlement says is settled already, or charged already, is left as it is.
   */
  async apply(settlement: Settlement): Promise<void> {
    const { store, balances } = this.#ports;
    if (settlement.kind === 'settle') {
      const settled = await store.settle(settlement, settlement.actual);
      if (settled !== undefined) balances.note(settlement.key, settled);
      return;
    }
    const { key, ticket, actual, opening } = settlement;
    if (actual === 0) return;
    let charged = await store.charge(key, ticket, actual);
    if (charged === 'missing') {
      await store.open(key, opening);
      charged = await store.charge(key, ticket, actual);
    }
    if (typeof charged === 'object') balances.note(key, charged);
  }

  /** What the queue would not take either is offered to it again. */
  async rehouse(): Promise<void> {
    const homeless = this.#homeless;
    this.#homeless = [];
    await Promise.all(homeless.map((settlement) => this.#queue(settlement)));
  }

  async #queue(settlement: Settlement): Promise<void> {
    try {
      await this.#ports.queue.push(settlement);
    } catch {
      this.#homeless.push(settlement);
      this.#ports.onProblem('the settlement queue does not answer either; the settlement is kept in memory');
    }
  }
}
