/**
 * The vocabulary of quotas: who owns one, what it limits, and the ledger that keeps it over all regions. Amounts are
 * whole numbers of the quota's unit: micro-dollars, tokens or requests.
 */

export type OwnerKind =
  'grant' | 'virtual_key' | 'team' | 'customer' | 'provider' | 'provider_key' | 'document';

/** Whose quota it is. Ids hold neither "#" nor control characters. */
export interface Owner {
  readonly kind: OwnerKind;
  /** Unique within the kind: of a grant "research-app/openai", of a provider key "openai/a", of the document "". */
  readonly id: string;
}

export type QuotaUnit = 'microUsd' | 'tokens' | 'requests';
export type QuotaPeriod = '1m' | '1h' | '1d' | '1w' | '1M';

export interface Quota {
  /** Unique within the owner, without "#"; what was spent stays with it when the limit is edited. */
  readonly id: string;
  readonly owner: Owner;
  readonly unit: QuotaUnit;
  readonly limit: number;
  /** Counts the changes of `limit`, upwards: the higher edition is the later one. */
  readonly edition: number;
  readonly every: QuotaPeriod;
  /** True: UTC minutes, hours, days, weeks from Monday, months. False: periods counted from `createdAtS`. */
  readonly calendar: boolean;
  /** Seconds since the Unix epoch; never changed. */
  readonly createdAtS: number;
  /** `hard`: reserved before it is spent, never exceeded. `soft`: charged after the response. */
  readonly enforcement: 'soft' | 'hard';
  /** Items per region over which writes are spread; absent: 1. */
  readonly lanes?: number;
}

/** One period of a quota. */
export interface QuotaWindow {
  /** Names the window in keys; unique among the windows of a quota. */
  readonly label: string;
  readonly startMs: number;
  /** The first millisecond that is not in it: when the quota is whole again. */
  readonly endMs: number;
  /** When its items may be deleted, in seconds since the Unix epoch; fixed by the window, never moved. */
  readonly expiresS: number;
}

/** Where an item of a ledger is written. Lane 0 of a site holds the site's share of the limit. */
export interface Place {
  /** The region's name, or `<region>.<n>` from the second time on that a region joins the deployment. */
  readonly site: string;
  readonly lane: number;
}

/** A site of the deployment, in the order of the deployment; sites that have left stay listed while windows run. */
export interface Site {
  readonly site: string;
  /** Of every limit, from 0 to 1; all shares sum to at most 1. */
  readonly share: number;
  /** True: there is no replica to write to any more; what was spent there still counts. */
  readonly left?: boolean;
}

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

/** A quota over all its sites and lanes. */
export interface QuotaTotals {
  /** Spent, and held by attempts that are not settled. */
  readonly used: number;
  readonly spent: number;
  readonly held: number;
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

/** What one attempt consumes of each unit. */
export type Amounts = Readonly<Record<QuotaUnit, number>>;

/** Why an upper bound of a unit cannot be given. */
export type Unbounded = 'price_unknown' | 'no_output_limit' | 'no_context_window' | 'server_tools';

/** The most an attempt can consume of a unit; where nobody knows, what it consumes at least. */
export type Bound =
  | { readonly known: true; readonly most: number }
  | { readonly known: false; readonly why: Unbounded; readonly atLeast: number };

export type Bounds = Readonly<Record<QuotaUnit, Bound>>;

/** How far a quota is used. */
export interface Standing {
  readonly quota: Quota;
  readonly window: QuotaWindow;
  readonly used: number;
}

/** Why a request is not admitted; the first quota that says no, from the virtual key upwards. */
export interface Refusal extends Standing {
  readonly reason: 'exhausted' | 'unavailable' | Unbounded;
  /** What the attempt would have had to hold; absent where nobody knows. */
  readonly wanted?: number;
}

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
