import { placeName, type Place } from '../../lib/domain/quota.ts';
import type {
  Balance,
  EntryKey,
  LedgerStore,
  Opening,
  Reservation,
  Reserved,
} from '../../lib/domain/quota-ledger.ts';
import { ticketCap } from '../../lib/stores/quota-expressions.ts';

interface Item {
  granted: number;
  available: number;
  spent: number;
  edition: number;
  /** Of attempts not settled yet. */
  readonly tickets: Set<string>;
  readonly lent: Map<string, number>;
  readonly got: Map<string, number>;
}

/**
 * The quota table in memory, the same for all regions of a simulation: without replication lag, and it never fails, so
 * that no call is ever repeated. What its updates mean is said at `LedgerStore`.
 */
export class MemoryLedgerStore implements LedgerStore {
  readonly #items = new Map<string, Item>();

  async open(key: EntryKey, { granted, edition }: Opening): Promise<boolean> {
    if (this.#item(key) !== undefined) return false;
    const figures = { granted, available: granted, spent: 0, edition };
    this.#items.set(nameOf(key), { ...figures, tickets: new Set(), lent: new Map(), got: new Map() });
    return true;
  }

  async reserve(key: EntryKey, ticket: string, amount: number, least = amount): Promise<Reserved> {
    const item = this.#item(key);
    if (item === undefined) return { outcome: 'missing' };
    if (item.available < least) return { outcome: 'exhausted', balance: balanceOf(item) };
    if (item.tickets.size >= ticketCap) return { outcome: 'full', balance: balanceOf(item) };
    item.available -= amount;
    item.tickets.add(ticket);
    return { outcome: 'reserved', balance: balanceOf(item) };
  }

  async settle({ key, ticket, held }: Reservation, actual: number): Promise<Balance | undefined> {
    const item = this.#item(key);
    if (item === undefined || !item.tickets.delete(ticket)) return undefined;
    item.available += held - actual;
    item.spent += actual;
    return balanceOf(item);
  }

  async charge(key: EntryKey, _ticket: string, amount: number): Promise<Balance | 'missing'> {
    const item = this.#item(key);
    if (item === undefined) return 'missing';
    item.available -= amount;
    item.spent += amount;
    return balanceOf(item);
  }

  async lend(key: EntryKey, borrower: Place, amount: number): Promise<number | undefined> {
    const item = this.#item(key);
    if (item === undefined || item.available < amount) return undefined;
    item.available -= amount;
    const lent = (item.lent.get(placeName(borrower)) ?? 0) + amount;
    item.lent.set(placeName(borrower), lent);
    return lent;
  }

  async receive(key: EntryKey, lender: Place, lent: number, before: number): Promise<Balance | undefined> {
    const item = this.#item(key);
    if (item === undefined || (item.got.get(placeName(lender)) ?? 0) !== before) return undefined;
    item.available += lent - before;
    item.got.set(placeName(lender), lent);
    return balanceOf(item);
  }

  async edit(
    key: EntryKey,
    from: Pick<Opening, 'granted' | 'edition'>,
    to: Pick<Opening, 'granted' | 'edition'>,
  ): Promise<Balance | undefined> {
    const item = this.#item(key);
    if (item === undefined || item.edition !== from.edition) return undefined;
    item.available += to.granted - from.granted;
    item.granted = to.granted;
    item.edition = to.edition;
    return balanceOf(item);
  }

  async forget(key: EntryKey, tickets: readonly string[]): Promise<Balance | undefined> {
    const item = this.#item(key);
    for (const ticket of tickets) item?.tickets.delete(ticket);
    return item && balanceOf(item);
  }

  async read(key: EntryKey): Promise<Balance | undefined> {
    const item = this.#item(key);
    return item && balanceOf(item);
  }

  async readLocal(keys: readonly EntryKey[]): Promise<readonly (Balance | undefined)[]> {
    return Promise.all(keys.map((key) => this.read(key)));
  }

  #item(key: EntryKey): Item | undefined {
    return this.#items.get(nameOf(key));
  }
}

const nameOf = ({ owner, quotaId, unit, window, place }: EntryKey): string =>
  `${owner.kind}/${owner.id}#${quotaId}.${unit}#${window}#${placeName(place)}`;

const balanceOf = (item: Item): Balance => ({
  ...item,
  tickets: [...item.tickets],
  marks: new Map(),
  lent: new Map(item.lent),
  got: new Map(item.got),
});
