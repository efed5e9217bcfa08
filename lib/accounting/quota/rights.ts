import type { Clock } from '../../domain/ports.ts';
import { placeName, type Place, type Site } from '../../domain/quota.ts';
import { LedgerUnavailable, type Balance, type LedgerStore } from '../../domain/quota-ledger.ts';
import { entryOf, openingOf, type Account } from './account.ts';
import type { Background } from './background.ts';
import { loanAhead, loansNeeded, type Lender, type Loan } from './borrowing.ts';
import type { KnownBalances } from './known-balances.ts';
import { placesOf } from './shares.ts';

/** Others write to the own item too, by their own conditions: a comparison that has lost is made again so often. */
const receiveAttempts = 3;
/** A site that does not answer is not asked again for so long: asking costs the borrower a timeout. */
const restMs = 5_000;

/**
 * How a place comes by rights to spend: its grant when it is opened, the difference when the limit is edited, loans
 * from places that have more. A loan is two updates, and whatever happens between them is repaired by comparing two
 * cumulative figures: what the lender has lent, and what the borrower has received.
 */
export class Rights {
  readonly #store: LedgerStore;
  readonly #sites: readonly Site[];
  readonly #balances: KnownBalances;
  readonly #background: Background;
  readonly #clock: Clock;
  readonly #borrowing = new Set<string>();
  /** Sites that did not answer. */
  readonly #restsUntilMs = new Map<string, number>();

  constructor(
    store: LedgerStore,
    sites: readonly Site[],
    balances: KnownBalances,
    background: Background,
    clock: Clock,
  ) {
    this.#store = store;
    this.#sites = sites;
    this.#balances = balances;
    this.#background = background;
    this.#clock = clock;
  }

  async open(account: Account, place: Place): Promise<void> {
    await this.#store.open(entryOf(account, place), openingOf(account, place, this.#sites));
  }

  /** Brings a place to the limit's edition this process knows, if that is the later one. True: its balance has changed. */
  async update(account: Account, place: Place, balance: Balance | undefined): Promise<boolean> {
    if (balance === undefined || place.lane !== 0 || balance.edition >= account.quota.edition) return false;
    const key = entryOf(account, place);
    const edited = await this.#store.edit(key, balance, openingOf(account, place, this.#sites));
    if (edited !== undefined) this.#balances.note(key, edited);
    return edited !== undefined;
  }

  /** More rights for a place that has not enough for `amount`, if there are any to be had. True: its balance has changed. */
  async gather(account: Account, place: Place, balance: Balance, amount: number): Promise<boolean> {
    if (await this.update(account, place, balance)) return true;
    await this.#balances.read([account]);
    let received = (await this.collect(account, place)) !== undefined;
    const asked = new Set<string>();
    for (;;) {
      const available = this.#balances.of(account, place)?.available ?? balance.available;
      if (available >= amount) return true;
      const lenders = this.#lenders(account, place).filter((each) => !asked.has(placeName(each.place)));
      const loans = loansNeeded(available, amount, lenders);
      if (loans.length === 0) return received;
      const taken = await Promise.all(loans.map((loan) => this.#borrow(account, place, loan)));
      received ||= taken.includes(true);
      for (const { lender } of loans) asked.add(placeName(lender));
    }
  }

  /** Asks for more in the background before a place runs low; one loan at a time. */
  keepAmple(account: Account, place: Place, amount: number): void {
    const id = `${account.id}#${placeName(place)}`;
    const low = () => {
      const available = this.#balances.of(account, place)?.available ?? 0;
      return loanAhead(available, amount, this.#lenders(account, place));
    };
    if (this.#borrowing.has(id) || low() === undefined) return;
    this.#borrowing.add(id);
    void this.#background.run(async () => {
      try {
        await this.#balances.read([account]);
        await this.collect(account, place);
        const loan = low();
        if (loan !== undefined) await this.#borrow(account, place, loan);
      } finally {
        this.#borrowing.delete(id);
      }
    });
  }

  /**
   * Receives what this region's copies show to be lent to a place: the own one, or a lender's that is idle and has not
   * done it itself. The place's balance, if it has changed.
   */
  async collect(account: Account, place: Place): Promise<Balance | undefined> {
    let latest: Balance | undefined;
    for (const lender of placesOf(account.quota.lanes ?? 1, this.#sites)) {
      const lent = this.#balances.of(account, lender)?.lent.get(placeName(place)) ?? 0;
      latest = (await this.#receive(account, place, lender, lent)) ?? latest;
    }
    return latest;
  }

  /** True: the place has received something. A lender that cannot be reached costs nobody but the borrower. */
  async #borrow(account: Account, place: Place, { lender, amount }: Loan): Promise<boolean> {
    try {
      await this.update(account, lender, this.#balances.of(account, lender));
      await this.collect(account, lender);
      const lent = (await this.#lend(account, place, lender, amount)) ?? 0;
      return (await this.#receive(account, place, lender, lent)) !== undefined;
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error;
      this.#restsUntilMs.set(lender.site, this.#clock.nowMs() + restMs);
      return false;
    }
  }

  #lenders(account: Account, place: Place): readonly Lender[] {
    const nowMs = this.#clock.nowMs();
    return this.#balances
      .lenders(account, place)
      .filter(({ place: { site } }) => nowMs >= (this.#restsUntilMs.get(site) ?? -Infinity));
  }

  /** The lender's cumulative figure; undefined where it has nothing. */
  async #lend(account: Account, place: Place, lender: Place, amount: number): Promise<number | undefined> {
    const key = entryOf(account, lender);
    const lent = await this.#store.lend(key, place, amount);
    if (lent !== undefined) return lent;
    // The copy was old, or there is no item yet: what does the lender's own replica say?
    let balance = await this.#store.read(key);
    if (balance === undefined) {
      await this.open(account, lender);
      balance = await this.#store.read(key);
    }
    if (balance === undefined) return undefined;
    this.#balances.note(key, balance);
    const less = Math.min(amount, balance.available);
    return less > 0 ? this.#store.lend(key, place, less) : balance.lent.get(placeName(place));
  }

  async #receive(account: Account, place: Place, lender: Place, lent: number): Promise<Balance | undefined> {
    const key = entryOf(account, place);
    let own = this.#balances.of(account, place);
    for (let attempt = 0; attempt < receiveAttempts; attempt++) {
      const before = own?.got.get(placeName(lender)) ?? 0;
      if (lent <= before) return undefined;
      const received = await this.#store.receive(key, lender, lent, before);
      if (received !== undefined) {
        this.#balances.note(key, received);
        return received;
      }
      own = await this.#store.read(key);
      if (own === undefined) await this.open(account, place);
      else this.#balances.note(key, own);
    }
    return undefined;
  }
}
