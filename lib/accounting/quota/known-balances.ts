import type { Clock } from '../../domain/ports.ts';
import { placeName, type Place, type Site } from '../../domain/quota.ts';
import type { Balance, EntryKey, LedgerStore } from '../../domain/quota-ledger.ts';
import { accountIdOf, entryOf, openingOf, type Account } from './account.ts';
import type { Background } from './background.ts';
import type { Lender } from './borrowing.ts';
import { placesOf } from './shares.ts';
import { totalsOf, usedOf } from './totals.ts';

/** Up to this age figures are used as they are. */
const freshMs = 5_000;
/** Up to this age they are used while they are read again; older ones (a thawed environment) are read first. */
const usableMs = 30_000;
/** After a failed read the store is left alone for this long: the last figures have to do. */
const pauseMs = 1_000;
/** Accounts remembered; windows pass, so the oldest go. */
const mostAccounts = 10_000;

interface Known {
  readonly balances: Map<string, Balance>;
  readAtMs: number;
}

/** The balances of all sites as this process last saw them: own ones as written, others' as replicated. */
export class KnownBalances {
  readonly #store: LedgerStore;
  readonly #sites: readonly Site[];
  readonly #clock: Clock;
  readonly #background: Background;
  readonly #accounts = new Map<string, Known>();
  readonly #inFlight = new Map<string, Promise<void>>();
  #pausedUntilMs = -Infinity;

  constructor(store: LedgerStore, sites: readonly Site[], clock: Clock, background: Background) {
    this.#store = store;
    this.#sites = sites;
    this.#clock = clock;
    this.#background = background;
  }

  /** The balance of one place, if it is known to be open. */
  of(account: Account, place: Place): Balance | undefined {
    return this.#accounts.get(account.id)?.balances.get(placeName(place));
  }

  /** Used over all places, as far as known. */
  used(account: Account): number {
    return totalsOf(this.#accounts.get(account.id)?.balances.values() ?? []).used;
  }

  /** Used everywhere but at this place. */
  usedElsewhere(account: Account, place: Place): number {
    const own = this.of(account, place);
    return this.used(account) - (own === undefined ? 0 : usedOf(own));
  }

  /** Who could lend to this place, with what each may have: when it is opened, has seen an edit, has received loans. */
  lenders(account: Account, borrower: Place): readonly Lender[] {
    const reachable = this.#sites.filter(({ left, unreachable }) => left !== true && unreachable !== true);
    return placesOf(account.quota.lanes ?? 1, reachable)
      .filter((place) => placeName(place) !== placeName(borrower))
      .map((place) => {
        const { granted, edition } = openingOf(account, place, this.#sites);
        const balance = this.of(account, place);
        const unseen = balance === undefined || (place.lane === 0 && balance.edition < edition);
        const edited = unseen ? granted - (balance?.granted ?? 0) : 0;
        const available = (balance?.available ?? 0) + edited + this.#onItsWay(account, place);
        return { place, available, near: place.site === borrower.site };
      });
  }

  /** Lent to a place that has not received it yet: it may be idle, and a lender that has left waits for nobody. */
  #onItsWay(account: Account, place: Place): number {
    const got = this.of(account, place)?.got;
    return placesOf(account.quota.lanes ?? 1, this.#sites).reduce((sum, lender) => {
      const lent = this.of(account, lender)?.lent.get(placeName(place)) ?? 0;
      return sum + Math.max(0, lent - (got?.get(placeName(lender)) ?? 0));
    }, 0);
  }

  /** Takes note of an item as the store has just shown it. */
  note(key: EntryKey, balance: Balance): void {
    this.#known(accountIdOf(key)).balances.set(placeName(key.place), balance);
  }

  /** Those whose figures are too old to be used. */
  outdated(accounts: readonly Account[]): readonly Account[] {
    return this.#resting ? [] : accounts.filter((account) => !this.#isWithin(account, usableMs));
  }

  /** Reads again in the background what is over 5 s old. */
  refresh(accounts: readonly Account[]): void {
    if (this.#resting) return;
    const aged = accounts.filter((account) => !this.#isWithin(account, freshMs));
    if (aged.length > 0) void this.#background.run(() => this.read(aged));
  }

  /** Reads all places of these accounts from this region's replica, each account once however many ask. */
  async read(accounts: readonly Account[]): Promise<void> {
    const own = accounts.filter(({ id }) => !this.#inFlight.has(id));
    const others = accounts.flatMap(({ id }) => this.#inFlight.get(id) ?? []);
    if (own.length > 0) {
      const reading = this.#readAll(own).finally(() => own.forEach(({ id }) => this.#inFlight.delete(id)));
      own.forEach(({ id }) => this.#inFlight.set(id, reading));
      others.push(reading);
    }
    await Promise.all(others);
  }

  async #readAll(accounts: readonly Account[]): Promise<void> {
    const keys = accounts.flatMap((account) =>
      placesOf(account.quota.lanes ?? 1, this.#sites).map((place) => entryOf(account, place)),
    );
    const startedMs = this.#clock.nowMs();
    try {
      const found = await this.#store.readLocal(keys);
      keys.forEach((key, index) => {
        const balance = found[index];
        if (balance !== undefined) this.note(key, balance);
      });
      for (const { id } of accounts) this.#known(id).readAtMs = startedMs;
    } catch (error) {
      this.#pausedUntilMs = this.#clock.nowMs() + pauseMs;
      throw error;
    }
  }

  get #resting(): boolean {
    const leftMs = this.#pausedUntilMs - this.#clock.nowMs();
    return leftMs > 0 && leftMs <= pauseMs;
  }

  /** A clock that was set back makes an age that says nothing. */
  #isWithin({ id }: Account, limitMs: number): boolean {
    const ageMs = this.#clock.nowMs() - (this.#accounts.get(id)?.readAtMs ?? -Infinity);
    return ageMs >= 0 && ageMs < limitMs;
  }

  #known(id: string): Known {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const made: Known = { balances: new Map(), readAtMs: -Infinity };
    this.#accounts.set(id, made);
    if (this.#accounts.size > mostAccounts) {
      const oldest = this.#accounts.keys().next();
      if (oldest.done !== true) this.#accounts.delete(oldest.value);
    }
    return made;
  }
}
