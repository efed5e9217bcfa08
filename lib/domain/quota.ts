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
  /** What an attempt without an upper bound is taken to consume at most, in the quota's unit (`reserveUsd`). */
  readonly reserve?: number;
  /** Adds to the limit in the one window it names: a top-up, or a reset (by what was used). */
  readonly topUp?: { readonly window: string; readonly amount: number };
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

/** A place in one word, as it stands in attribute names: the site, and the lane unless it is the first. */
export const placeName = ({ site, lane }: Place): string => (lane === 0 ? site : `${site}/${lane}`);

/** The region of a site, which may be called `<region>.2` where it has been there before. */
export const regionOfSite = (site: string): string => site.replace(/\.\d+$/, '');

/** A site of the deployment, in the order of the deployment; sites that have left stay listed while windows run. */
export interface Site {
  readonly site: string;
  /** Of every limit, from 0 to 1; all shares sum to at most 1. */
  readonly share: number;
  /** True: there is no replica to write to any more; what was spent there still counts. */
  readonly left?: boolean;
  /** True: there is no way to its replica from here. What it lends to others, and has spent, is known by replication. */
  readonly unreachable?: boolean;
}

/** A quota over all its sites and lanes. */
export interface QuotaTotals {
  /** Spent, and held by attempts that are not settled. */
  readonly used: number;
  readonly spent: number;
  readonly held: number;
}

/** What one attempt consumes of each unit. */
export type Amounts = Readonly<Record<QuotaUnit, number>>;

/** Why an upper bound of a unit cannot be given. */
export type Unbounded = 'price_unknown' | 'no_output_limit' | 'no_context_window' | 'server_tools';

/** The most an attempt can consume of a unit; where nobody knows, the most of the part that is known (its input). */
export type Bound =
  | { readonly known: true; readonly most: number }
  | { readonly known: false; readonly why: Unbounded; readonly knownPart: number };

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
