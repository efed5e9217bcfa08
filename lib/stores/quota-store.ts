import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { placeName, regionOfSite, type Place } from '../domain/quota.ts';
import {
  LedgerUnavailable,
  type Balance,
  type EntryKey,
  type LedgerStore,
  type Opening,
  type Reservation,
  type Reserved,
} from '../domain/quota-ledger.ts';
import {
  chargeUpdate,
  editUpdate,
  forgetUpdate,
  lendUpdate,
  markOf,
  openUpdate,
  receiveUpdate,
  reserveUpdate,
  settleUpdate,
  ticketCap,
  type LedgerUpdate,
} from './quota-expressions.ts';
import { entryPk, readBalance, type LedgerItem } from './quota-items.ts';

export interface QuotaStoreOptions {
  /** The function's own region: whose replica is read. */
  readonly region: string;
  readonly table: string;
  /** Of every region that has a site. Clients may retry: no update does harm when it is repeated. */
  readonly clientFor: (region: string) => DynamoDBClient;
  /** Unsettled attempts one item takes. */
  readonly cap?: number;
}

/** Keys one BatchGetItem takes. */
const batchKeys = 100;
const batchAttempts = 3;

/**
 * The ledger's items in a DynamoDB global table. Replicas settle concurrent writes of one item by the last writer, so
 * an item is written at one replica only, that of the region in its key, whoever calls:
 *
 *   eu-central-1   reserve ──► item …#eu-central-1   ◄── lend ── us-east-1
 *                                   ┊ replication
 *   us-east-1      reads a copy of it, some time later; writes item …#us-east-1 only
 */
export class QuotaStore implements LedgerStore {
  readonly #options: QuotaStoreOptions;

  constructor(options: QuotaStoreOptions) {
    this.#options = options;
  }

  async open(key: EntryKey, opening: Opening): Promise<boolean> {
    return (await this.#update(key, openUpdate(opening))) !== undefined;
  }

  async reserve(key: EntryKey, ticket: string, amount: number, least = amount): Promise<Reserved> {
    const cap = this.#options.cap ?? ticketCap;
    const reserved = await this.#update(key, reserveUpdate(ticket, amount, least, cap));
    if (reserved !== undefined) return { outcome: 'reserved', balance: reserved };
    const balance = await this.read(key);
    if (balance === undefined) return { outcome: 'missing' };
    // The first answer was lost: the repetition met the ticket of its own.
    if (balance.tickets.includes(ticket)) return { outcome: 'reserved', balance };
    const full = balance.tickets.length >= cap && balance.available >= least;
    return { outcome: full ? 'full' : 'exhausted', balance };
  }

  async settle(reservation: Reservation, actual: number): Promise<Balance | undefined> {
    return this.#update(reservation.key, settleUpdate(reservation, actual));
  }

  async charge(key: EntryKey, ticket: string, amount: number): Promise<Balance | 'repeated' | 'missing'> {
    const charged = await this.#update(key, chargeUpdate(ticket, amount));
    if (charged !== undefined) return charged;
    const balance = await this.read(key);
    if (balance === undefined) return 'missing';
    // Opened, or marked anew, between the two calls: then this charge is still to be made.
    return balance.marks.get(markOf(ticket)) === ticket ? 'repeated' : this.charge(key, ticket, amount);
  }

  async lend(key: EntryKey, borrower: Place, amount: number): Promise<number | undefined> {
    const lender = await this.#update(key, lendUpdate(borrower, amount));
    return lender?.lent.get(placeName(borrower));
  }

  async receive(key: EntryKey, lender: Place, lent: number, before: number): Promise<Balance | undefined> {
    return this.#update(key, receiveUpdate(lender, lent, before));
  }

  async edit(
    key: EntryKey,
    from: Pick<Opening, 'granted' | 'edition'>,
    to: Pick<Opening, 'granted' | 'edition'>,
  ): Promise<Balance | undefined> {
    return this.#update(key, editUpdate(from, to));
  }

  async forget(key: EntryKey, tickets: readonly string[]): Promise<Balance | undefined> {
    return this.#update(key, forgetUpdate(tickets));
  }

  async read(key: EntryKey): Promise<Balance | undefined> {
    const { table, clientFor } = this.#options;
    const answer = await reached(
      clientFor(regionOfSite(key.place.site)).send(
        new GetItemCommand({ TableName: table, Key: { pk: { S: entryPk(key) } }, ConsistentRead: true }),
      ),
    );
    return readBalance(answer.Item);
  }

  async readLocal(keys: readonly EntryKey[]): Promise<readonly (Balance | undefined)[]> {
    const pks = [...new Set(keys.map(entryPk))];
    const batches: Promise<readonly LedgerItem[]>[] = [];
    for (let from = 0; from < pks.length; from += batchKeys) {
      batches.push(this.#readBatch(pks.slice(from, from + batchKeys)));
    }
    const items = new Map((await Promise.all(batches)).flat().map((item) => [item['pk']?.S, item]));
    return keys.map((key) => readBalance(items.get(entryPk(key))));
  }

  async #readBatch(pks: readonly string[]): Promise<readonly LedgerItem[]> {
    const { table, clientFor, region } = this.#options;
    const items: LedgerItem[] = [];
    let keys: LedgerItem[] = pks.map((pk) => ({ pk: { S: pk } }));
    for (let attempt = 0; attempt < batchAttempts; attempt++) {
      const answer = await reached(
        clientFor(region).send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys } } })),
      );
      items.push(...(answer.Responses?.[table] ?? []));
      keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      if (keys.length === 0) return items;
    }
    throw new LedgerUnavailable('DynamoDB left keys of a batch unread');
  }

  /** The item after the update; undefined where its condition refused it. */
  async #update(key: EntryKey, update: LedgerUpdate): Promise<Balance | undefined> {
    const { table, clientFor } = this.#options;
    const client = clientFor(regionOfSite(key.place.site));
    try {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: entryPk(key) } },
        ...update,
        ReturnValues: 'ALL_NEW',
      });
      return readBalance((await client.send(command)).Attributes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw unavailable(error);
    }
  }
}

/** An SDK error's message may carry endpoints and ids; its name says enough. */
const unavailable = (error: unknown): LedgerUnavailable =>
  new LedgerUnavailable(
    `the quota table does not answer (${error instanceof Error ? error.name : 'unknown error'})`,
  );

const reached = async <T>(call: Promise<T>): Promise<T> => {
  try {
    return await call;
  } catch (error) {
    throw unavailable(error);
  }
};
