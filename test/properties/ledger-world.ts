import { expect } from 'vitest';
import { QuotaLedger, type Admission } from '../../lib/accounting/quota/ledger.ts';
import { accountAt } from '../../lib/accounting/quota/account.ts';
import { handOver } from '../../lib/accounting/quota/hand-over.ts';
import { totalsOf, usedOf } from '../../lib/accounting/quota/totals.ts';
import type { Clock } from '../../lib/domain/ports.ts';
import type { Balance, Settlement } from '../../lib/domain/quota-ledger.ts';
import { regionOfSite, type Quota, type Site } from '../../lib/domain/quota.ts';
import { readBalance } from '../../lib/stores/quota-items.ts';
import { QuotaStore } from '../../lib/stores/quota-store.ts';
import { settle } from '../support/manual-clock.ts';
import { seeded } from '../support/random.ts';
import { SimulatedRegions, type SimulatedProcess } from '../support/simulated-regions.ts';

export const home = 'us-east-1';
export const regionNames: readonly string[] = [home, 'eu-central-1', 'ap-northeast-1'];
const startMs = Date.UTC(2026, 10, 23, 7, 0);
/** Few, so that full items occur. */
const cap = 3;

/** A region's gateway as long as it lives. */
export interface Host {
  readonly site: string;
  readonly process: SimulatedProcess;
  readonly ledger: QuotaLedger;
  readonly store: QuotaStore;
}

/** One attempt, as the world outside the ledger sees it. */
export interface Attempt {
  readonly host: Host;
  readonly cost: number;
  admission?: Admission;
  state: 'asked' | 'admitted' | 'billed' | 'settling' | 'settled' | 'over';
}

/** What the ledger can be run with to see what its parts are for. */
export interface Conditions {
  readonly shares?: (joined: boolean) => readonly Site[];
  readonly onStart?: (regions: SimulatedRegions) => void;
  /** Happens now and then under schedules that have disasters. */
  readonly onDisaster?: (regions: SimulatedRegions) => void;
}

const thirds = (joined: boolean): readonly Site[] => [
  { site: home, share: 1 / 3 },
  { site: 'eu-central-1', share: 1 / 3 },
  { site: 'ap-northeast-1', share: 1 / 3, ...(joined && { left: true }) },
  ...(joined ? [{ site: 'ap-northeast-1.2', share: 0 }] : []),
];

/** Three regions with a gateway each, providers that send bills, and books of what truly happened. */
export class LedgerWorld {
  readonly regions = new SimulatedRegions(regionNames);
  readonly hosts = new Map<string, Host>();
  readonly attempts: Attempt[] = [];
  readonly queue: Settlement[] = [];
  readonly clock: Clock & { ms: number } = {
    ms: startMs,
    nowMs() {
      return this.ms;
    },
    after: () => {
      throw new Error('the ledger sets no timers');
    },
  };
  hard: Quota = {
    id: 'hourly',
    owner: { kind: 'team', id: 'research' },
    unit: 'microUsd',
    limit: 90,
    edition: 1,
    every: '1h',
    calendar: true,
    createdAtS: 0,
    enforcement: 'hard',
    lanes: 2,
  };
  readonly soft: Quota = {
    id: 'all',
    owner: { kind: 'document', id: '' },
    unit: 'microUsd',
    limit: 70,
    edition: 1,
    every: '1h',
    calendar: true,
    createdAtS: 0,
    enforcement: 'soft',
    lanes: 3,
  };
  highestLimit = 90;
  joined = false;
  readonly #shares: (joined: boolean) => readonly Site[];
  readonly #onDisaster: (regions: SimulatedRegions) => void;
  readonly #random = seeded(7);
  /** What each reserved ticket holds; by item. */
  readonly #holds = new Map<string, Map<string, number>>();
  /** Held by tickets that were tidied away: it stays spent. */
  readonly #forgotten = new Map<string, number>();
  readonly #forgottenTickets = new Set<string>();
  /** Charges by item and mark. */
  readonly #charges = new Map<string, Map<string, number>>();
  readonly #settledTickets = new Set<string>();
  /** What late repetitions have counted twice: never in anybody's favour. */
  readonly #countedAgain = new Map<string, number>();

  constructor({ shares = thirds, onStart = () => undefined, onDisaster = () => undefined }: Conditions = {}) {
    this.#shares = shares;
    this.#onDisaster = onDisaster;
    this.regions.onUpdated = ({ input }, before) => this.#book(input, before?.['tickets']?.NS ?? []);
    onStart(this.regions);
    for (const site of regionNames) this.start(site);
  }

  start(site: string): void {
    const region = regionOfSite(site);
    const process = this.regions.start(region);
    const store = new QuotaStore({ region, table: 'quotas', clientFor: process.clientFor, cap });
    const queue = { push: async (settlement: Settlement) => void this.queue.push(settlement) };
    const ports = { store, queue, clock: this.clock, random: this.#random, onProblem: () => undefined };
    const ledger = new QuotaLedger(ports, this.#shares(this.joined), site);
    this.hosts.set(site, { site, process, ledger, store });
  }

  crash(site: string): void {
    const host = this.hosts.get(site);
    if (host === undefined) return;
    this.regions.kill(host.process);
    this.start(site);
  }

  ask(host: Host, most: number, cost: number): void {
    const attempt: Attempt = { host, cost, state: 'asked' };
    this.attempts.push(attempt);
    const bounds = {
      microUsd: { known: true, most },
      tokens: { known: true, most: 1 },
      requests: { known: true, most: 1 },
    } as const;
    void host.ledger.admit([this.hard, this.soft], bounds).then((admitted) => {
      attempt.state = admitted.admitted ? 'admitted' : 'over';
      if (admitted.admitted) attempt.admission = admitted;
    });
  }

  settle(attempt: Attempt): void {
    attempt.state = 'settling';
    void attempt.admission
      ?.settle({ microUsd: attempt.cost, tokens: 0, requests: 0 }, 'reported')
      .then(() => void (attempt.state = 'settled'));
  }

  disaster(): void {
    this.#onDisaster(this.regions);
  }

  /** Everything that waits is carried out and answered. */
  async drain(): Promise<void> {
    await settle();
    for (let steps = 0; this.regions.waiting > 0; steps++) {
      if (steps > 10_000) throw new Error('the ledger does not come to rest');
      this.regions.deliver(0, 'done');
      await settle();
    }
  }

  replicateAll(): void {
    while (this.regions.unreplicated > 0) this.regions.replicate(0);
  }

  /** Leaves with its rights handed over, and comes back under a new name. */
  async leaveAndJoin(): Promise<void> {
    const leaving = this.hosts.get('ap-northeast-1');
    if (this.joined || leaving === undefined) return;
    this.regions.cut = undefined;
    await this.drain();
    const sites = this.#shares(false);
    const handedOver = handOver(
      leaving.store,
      { sites, site: leaving.site },
      accountAt(this.hard, this.clock.ms),
      sites.filter(({ site }) => site !== leaving.site),
    );
    await this.drain();
    await handedOver;
    this.replicateAll();
    this.regions.kill(leaving.process);
    this.hosts.delete('ap-northeast-1');
    this.joined = true;
    this.start(home);
    this.start('eu-central-1');
    this.start('ap-northeast-1.2');
  }

  /** Must hold at every moment. */
  check(): void {
    for (const [account, places] of this.#ledgers()) {
      const isHard = account.includes('/research#');
      let [granted, accounted] = [0, 0];
      for (const [pk, balance] of places) {
        const held = this.#held(pk, balance);
        expect(usedOf(balance), `rights of ${pk}`).toBe(balance.spent + held);
        expect(balance.tickets.length, `tickets of ${pk}`).toBeLessThanOrEqual(cap);
        for (const [lender, got] of balance.got) {
          const lent = this.#authority(pk, lender)?.lent.get(placeOf(pk)) ?? 0;
          expect(got, `received by ${pk} from ${lender}`).toBeLessThanOrEqual(lent);
        }
        if (isHard && this.hard.edition === 1) {
          expect(balance.available, `available in ${pk}`).toBeGreaterThanOrEqual(0);
        }
        granted += balance.granted;
        accounted += balance.spent + held;
      }
      if (!isHard) continue;
      expect(granted, `granted of ${account}`).toBeLessThanOrEqual(this.highestLimit);
      const billed = this.billed(account);
      expect(billed, `billed under ${account}`).toBeLessThanOrEqual(this.highestLimit);
      expect(accounted, `accounted for in ${account}`).toBeGreaterThanOrEqual(billed);
    }
  }

  /** Must hold when everything has come to rest and every partition is healed. */
  async finish(): Promise<void> {
    this.regions.cut = undefined;
    await this.drain();
    for (const attempt of this.attempts) {
      if (!attempt.host.process.alive) continue;
      if (attempt.state === 'admitted') attempt.state = 'billed';
      if (attempt.state === 'billed') this.settle(attempt);
    }
    await this.drain();
    const carrier = this.hosts.get(home);
    for (const settlement of this.queue.splice(0)) void carrier?.ledger.apply(settlement);
    await this.drain();
    this.replicateAll();
    this.check();
    for (const [account, places] of this.#ledgers()) this.#checkExact(account, [...places.values()]);
    for (const region of this.regions.regions) {
      for (const [pk, item] of this.regions.items(home)) {
        expect(this.regions.items(region).get(pk), `${pk} in ${region}`).toEqual(item);
      }
    }
    this.regions.close();
  }

  /** What providers have billed under an account. */
  billed(account: string): number {
    return this.#costs(
      account,
      ({ state }) => state === 'billed' || state === 'settling' || state === 'settled',
    );
  }

  #checkExact(account: string, balances: readonly Balance[]): void {
    const forgotten = (attempt: Attempt): boolean =>
      (attempt.admission?.reservations ?? []).some(({ ticket }) => this.#forgottenTickets.has(ticket));
    const certain = this.#costs(account, (each) => each.state === 'settled' && !forgotten(each));
    const uncertain = this.#costs(account, (each) => each.state === 'settling' || forgotten(each));
    const { spent } = totalsOf(balances);
    const again = this.#countedAgain.get(account) ?? 0;
    expect(spent, `spent of ${account}`).toBeGreaterThanOrEqual(certain);
    expect(spent, `spent of ${account}`).toBeLessThanOrEqual(certain + uncertain + again);
  }

  #costs(account: string, counts: (attempt: Attempt) => boolean): number {
    return this.attempts
      .filter((attempt) => counts(attempt))
      .filter(({ admission }) =>
        admission?.standings.some(
          ({ quota, window }) =>
            account === `${quota.owner.kind}/${quota.owner.id}#${quota.id}.${quota.unit}#${window.label}`,
        ),
      )
      .reduce((sum, { cost }) => sum + cost, 0);
  }

  /** Every item where it is written, by account. */
  #ledgers(): ReadonlyMap<string, ReadonlyMap<string, Balance>> {
    const ledgers = new Map<string, Map<string, Balance>>();
    for (const region of this.regions.regions) {
      for (const [pk, item] of this.regions.items(region)) {
        const balance = readBalance(item);
        if (regionOfSite(pk.split('#')[4] ?? '') !== region || balance === undefined) continue;
        const account = accountOf(pk);
        const places = ledgers.get(account) ?? new Map<string, Balance>();
        ledgers.set(account, places.set(pk, balance));
      }
    }
    return ledgers;
  }

  #authority(pk: string, place: string): Balance | undefined {
    const [site = '', lane = '0'] = place.split('/');
    return readBalance(this.regions.items(regionOfSite(site)).get(`${accountOf(pk)}#${lane}#${site}`));
  }

  #held(pk: string, { tickets }: Balance): number {
    const holds = this.#holds.get(pk);
    return tickets.reduce((sum, ticket) => sum + (holds?.get(ticket) ?? 0), this.#forgotten.get(pk) ?? 0);
  }

  #book(input: SimulatedUpdate, ticketsBefore: readonly string[]): void {
    const pk = input.Key?.['pk']?.S ?? '';
    const update = input.UpdateExpression ?? '';
    const value = (name: string): string => input.ExpressionAttributeValues?.[name]?.N ?? '';
    if (update.includes('ADD tickets')) {
      const holds = this.#holds.get(pk) ?? new Map<string, number>();
      this.#holds.set(pk, holds.set(value(':ticket'), Number(value(':amount'))));
    }
    if (update.includes('DELETE tickets') && update.startsWith('SET')) {
      const ticket = value(':ticket');
      // Possible only where the reservation itself has arrived again since.
      if (this.#settledTickets.has(ticket)) this.#countAgain(pk, Number(value(':actual')));
      this.#settledTickets.add(ticket);
    }
    if (update.startsWith('DELETE tickets')) {
      for (const ticket of input.ExpressionAttributeValues?.[':tickets']?.NS ?? []) {
        if (!ticketsBefore.includes(ticket)) continue;
        const held = this.#holds.get(pk)?.get(ticket) ?? 0;
        this.#forgotten.set(pk, (this.#forgotten.get(pk) ?? 0) + held);
        this.#forgottenTickets.add(ticket);
      }
    }
    if (update.includes('#mark')) this.#bookCharge(pk, input, value(':ticket'), Number(value(':amount')));
  }

  /** A charge may count twice, but only after its mark was taken over by another one. */
  #bookCharge(pk: string, input: SimulatedUpdate, ticket: string, amount: number): void {
    const slot = `${pk} ${input.ExpressionAttributeNames?.['#mark']}`;
    const charges = this.#charges.get(slot) ?? new Map<string, number>();
    this.#charges.set(slot, charges);
    if (charges.has(ticket) && charges.size > 1) this.#countAgain(pk, amount);
    charges.set(ticket, amount);
  }

  #countAgain(pk: string, amount: number): void {
    const account = accountOf(pk);
    this.#countedAgain.set(account, (this.#countedAgain.get(account) ?? 0) + amount);
  }
}

type SimulatedUpdate = Parameters<SimulatedRegions['onUpdated']>[0]['input'];

const accountOf = (pk: string): string => pk.split('#').slice(0, 3).join('#');
const placeOf = (pk: string): string => {
  const [lane = '0', site = ''] = pk.split('#').slice(3);
  return lane === '0' ? site : `${site}/${lane}`;
};
