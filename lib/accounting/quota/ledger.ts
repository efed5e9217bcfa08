import type { Clock, Random } from '../../domain/ports.ts';
import type { LedgerStore, Settlement, SettlementQueue } from '../../domain/quota-ledger.ts';
import type { Bounds, Quota, Refusal, Site, Standing } from '../../domain/quota.ts';
import { accountAt, type Account } from './account.ts';
import { Attempts, type Admitted, type Hold } from './admitted.ts';
import { stepFor } from './admission.ts';
import { Background } from './background.ts';
import { hold, type Asked, type Held } from './hold.ts';
import { KnownBalances } from './known-balances.ts';
import { Reservations } from './reservations.ts';
import { Rights } from './rights.ts';
import { Settlements } from './settlements.ts';
import { checkSites } from './shares.ts';

export type { Admission, Admitted, Certainty } from './admitted.ts';

export interface QuotaLedgerPorts {
  readonly store: LedgerStore;
  readonly queue: SettlementQueue;
  readonly clock: Clock;
  readonly random: Random;
  /** One line for the log: no host, no secret. */
  readonly onProblem: (message: string) => void;
}

/**
 * Quotas of one site over all regions, attempt by attempt:
 *
 *   admit     hard            reserve ──► held under a ticket     one awaited write per quota, side by side
 *             soft, far       ────────────────────────────────   nothing awaited
 *             soft, near      reserve ──► held under a ticket
 *   settle    held            settle: the difference goes back    in the background
 *             otherwise       charge                              in the background
 *
 * All quotas must pass: when one refuses, what the others hold is given back.
 */
export class QuotaLedger {
  readonly #ports: QuotaLedgerPorts;
  readonly #background: Background;
  readonly #balances: KnownBalances;
  readonly #reservations: Reservations;
  readonly #settlements: Settlements;
  readonly #attempts: Attempts;

  /** @throws InvalidShares */
  constructor(ports: QuotaLedgerPorts, sites: readonly Site[], site: string) {
    checkSites(sites);
    this.#ports = ports;
    const background = new Background(ports.onProblem);
    const balances = new KnownBalances(ports.store, sites, ports.clock, background);
    const rights = new Rights(ports.store, sites, balances, background, ports.clock);
    const settlements = new Settlements({ ...ports, balances, background });
    const attempts = new Attempts({ ...ports, settlements, sites, site });
    this.#background = background;
    this.#balances = balances;
    this.#settlements = settlements;
    this.#attempts = attempts;
    this.#reservations = new Reservations({
      ...ports,
      sites,
      site,
      balances,
      rights,
      giveBack: (reservation) => void attempts.giveBack(reservation),
    });
  }

  /**
   * How far quotas are used, where the figures are young enough to be used as they are; undefined where some must be
   * read first (see standings). What is over 5 s old is read again in the background.
   */
  known(quotas: readonly Quota[]): readonly Standing[] | undefined {
    const accounts = this.#accounts(quotas);
    if (this.#balances.outdated(accounts).length > 0) return undefined;
    this.#balances.refresh(accounts);
    return accounts.map((account) => this.#standing(account));
  }

  /** How far quotas are used; waits only for figures that are over 30 s old. Never rejects. */
  async standings(quotas: readonly Quota[]): Promise<readonly Standing[]> {
    const accounts = this.#accounts(quotas);
    await this.#know(accounts);
    return accounts.map((account) => this.#standing(account));
  }

  /**
   * Admits one attempt, or names the first quota that refuses it. Never rejects.
   *
   * @param quotas of the owner chain, in the order in which a refusal is to be told
   * @param bounds what the attempt can consume at most
   */
  async admit(quotas: readonly Quota[], bounds: Bounds): Promise<Admitted> {
    const accounts = this.#accounts(quotas);
    await this.#know(accounts.filter(({ quota }) => quota.enforcement === 'soft'));
    const asked: Asked[] = [];
    for (const account of accounts) {
      const { quota } = account;
      const used = this.#used(account);
      const step = stepFor(quota, bounds, used);
      if (step.step === 'refuse') return this.#refused(account, step.reason, step.wanted);
      const bound = bounds[quota.unit];
      asked.push({ account, step, most: bound.known ? bound.most : (quota.reserve ?? bound.knownPart) });
    }
    const holding = Promise.all(
      asked.map((each) =>
        hold(this.#reservations, each, this.#attempts.uncharged(each.account), this.#ports.onProblem),
      ),
    );
    this.#balances.refresh(accounts);
    return this.#admission(asked, await holding);
  }

  /** Carries out a settlement a queue has delivered. Rejects with LedgerUnavailable: deliver it again. */
  apply(settlement: Settlement): Promise<void> {
    return this.#settlements.apply(settlement);
  }

  /** Waits for everything attempts have set going, so that nothing outlives the invocation. Never rejects. */
  async settleAll(): Promise<void> {
    await this.#background.done();
    await this.#settlements.rehouse();
  }

  #accounts(quotas: readonly Quota[]): readonly Account[] {
    const nowMs = this.#ports.clock.nowMs();
    return quotas.map((quota) => accountAt(quota, nowMs));
  }

  /** Reads what is too old to be used, in one batch. */
  async #know(accounts: readonly Account[]): Promise<void> {
    const outdated = this.#balances.outdated(accounts);
    if (outdated.length === 0) return;
    await this.#background.run(() => this.#balances.read(outdated));
  }

  #standing(account: Account): Standing {
    return { quota: account.quota, window: account.window, used: this.#used(account) };
  }

  /** As last known, with what attempts under way here can still consume. */
  #used(account: Account): number {
    return this.#balances.used(account) + this.#attempts.underWay(account);
  }

  #refused(account: Account, reason: Refusal['reason'], wanted: number | undefined): Admitted {
    const refusal = { ...this.#standing(account), reason, ...(wanted !== undefined && { wanted }) };
    return { admitted: false, refusal };
  }

  #admission(asked: readonly Asked[], held: readonly Held[]): Admitted {
    const holds = held.flatMap((each, index): readonly Hold[] =>
      typeof each === 'object'
        ? [{ reservation: each, hard: asked[index]?.account.quota.enforcement === 'hard' }]
        : [],
    );
    for (const [index, { account, most }] of asked.entries()) {
      const reason = held[index];
      if (reason !== 'exhausted' && reason !== 'unavailable') continue;
      for (const { reservation } of holds) void this.#attempts.giveBack(reservation);
      return this.#refused(account, reason, most);
    }
    const charges = asked.filter((_, index) => held[index] === 'charge');
    return this.#attempts.begin(
      asked.map(({ account }) => this.#standing(account)),
      holds,
      charges,
    );
  }
}
