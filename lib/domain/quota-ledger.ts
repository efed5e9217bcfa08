import type { Owner, Place, QuotaUnit } from './quota.ts';

/** The ledger of quotas as the core sees it: its items, what is done to them, and how that can fail. */

/** Names one item of the ledger. Plain data: it travels in queued settlements. */
export interface EntryKey {
  readonly owner: Owner;
  readonly quotaId: string;
  readonly unit: QuotaUnit;
  /** The window's label. */
  readonly window: string;
  readonly place: Place;
}

/** What an item is opened with. */
export interface Opening {
  readonly granted: number;
  readonly edition: number;
  readonly expiresS: number;
}

/** An item of the ledger as it was read. */
export interface Balance {
  readonly granted: number;
  /** May be reserved or lent here; below zero after charges or a lowered limit. */
  readonly available: number;
  readonly spent: number;
  readonly edition: number;
  /** Of attempts not settled yet, as digits. */
  readonly tickets: readonly string[];
  /** The last charges, by mark. */
  readonly marks: ReadonlyMap<string, string>;
  /** Cumulative, by the other place's name. */
  readonly lent: ReadonlyMap<string, number>;
  readonly got: ReadonlyMap<string, number>;
}

/** One attempt's right to spend, held in the ledger until it is settled. */
export interface Reservation {
  readonly key: EntryKey;
  readonly ticket: string;
  readonly held: number;
}

/** A settlement as it waits in a queue: enough to carry it out, and harmless when carried out twice. */
export type Settlement =
  | ({ readonly kind: 'settle'; readonly actual: number } & Reservation)
  | {
      readonly kind: 'charge';
      readonly key: EntryKey;
      readonly ticket: string;
      readonly actual: number;
      readonly opening: Opening;
    };

/** The site has not enough rights left, nor has it been lent any. */
export class RightsExhausted extends Error {
  override readonly name = 'RightsExhausted';
}

/** The ledger cannot be reached, or does not answer; whether it has done what was asked is not known. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
}

/** What became of a reservation. Not `reserved`: nothing was taken. */
export type Reserved =
  | { readonly outcome: 'reserved' | 'exhausted' | 'full'; readonly balance: Balance }
  | { readonly outcome: 'missing' };

/**
 * The ledger's items. Each method is one conditional update at the one replica the item is written at (and a consistent
 * read where the update was refused); a refusal changes nothing. Rejects with LedgerUnavailable only.
 */
export interface LedgerStore {
  /** False: it is open already. */
  open(key: EntryKey, opening: Opening): Promise<boolean>;
  /** Takes `amount` under a ticket, if `least` is available (absent: the amount itself). Repeating it changes nothing. */
  reserve(key: EntryKey, ticket: string, amount: number, least?: number): Promise<Reserved>;
  /** Gives back what the ticket holds beyond `actual`. Undefined: the ticket is gone, it is settled. */
  settle(reservation: Reservation, actual: number): Promise<Balance | undefined>;
  /** Spends without a reservation. Repeating it soon changes nothing. */
  charge(key: EntryKey, ticket: string, amount: number): Promise<Balance | 'repeated' | 'missing'>;
  /** The figure lent to this borrower so far, this loan included; undefined: not so much is available. */
  lend(key: EntryKey, borrower: Place, amount: number): Promise<number | undefined>;
  /** Takes over what a lender's figure has grown by since `before`. Undefined: somebody else has, or it is not open. */
  receive(key: EntryKey, lender: Place, lent: number, before: number): Promise<Balance | undefined>;
  /** Replaces the limit's share of one edition by that of another. Undefined: it is not of that edition. */
  edit(
    key: EntryKey,
    from: Pick<Opening, 'granted' | 'edition'>,
    to: Pick<Opening, 'granted' | 'edition'>,
  ): Promise<Balance | undefined>;
  /** Removes the tickets of attempts nobody will settle; what they held stays spent. */
  forget(key: EntryKey, tickets: readonly string[]): Promise<Balance | undefined>;
  /** The item at the replica it is written at. */
  read(key: EntryKey): Promise<Balance | undefined>;
  /** What this region's own replica has of these; those it has not are undefined. In the order of the keys. */
  readLocal(keys: readonly EntryKey[]): Promise<readonly (Balance | undefined)[]>;
}

/** Keeps settlements the ledger could not take (SQS FIFO on AWS); each is carried out later, at least once. */
export interface SettlementQueue {
  push(settlement: Settlement): Promise<void>;
}
