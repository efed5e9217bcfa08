import { asNumber, asObject, asString, type JsonObject } from './json.ts';
import type { Quota, QuotaPeriod, QuotaUnit } from './quota.ts';

/** Quotas as the gateway document writes them, and what is stored beside them. */

export interface BudgetEntry {
  readonly id?: string | undefined;
  readonly limitUsd: number;
  readonly every: QuotaPeriod;
  readonly calendar?: boolean | undefined;
  readonly enforcement?: 'soft' | 'hard' | undefined;
  readonly reserveUsd?: number | undefined;
  readonly lanes?: number | undefined;
}

export interface RateLimitEntry {
  readonly id?: string | undefined;
  readonly requests?: number | undefined;
  readonly tokens?: number | undefined;
  readonly every: QuotaPeriod;
  readonly calendar?: boolean | undefined;
  readonly enforcement?: 'soft' | 'hard' | undefined;
  readonly lanes?: number | undefined;
}

/** What everything that can carry quotas has of them. */
export interface QuotaFields {
  readonly budgets?: readonly BudgetEntry[] | undefined;
  readonly rateLimits?: readonly RateLimitEntry[] | undefined;
  readonly quotaMarks?: QuotaMarks | undefined;
}

/** What the ledger must know of a quota beyond what a person writes: by `markName`, kept from version to version. */
export type QuotaMarks = Readonly<Record<string, QuotaMark>>;

export interface QuotaMark {
  /** The limit this edition is of, in the quota's unit. */
  readonly limit: number;
  readonly edition: number;
  readonly createdAtS: number;
  readonly topUp?: WindowTopUp | undefined;
  /** The version that last topped it up, and what there was before: where a version stored half starts from again. */
  readonly earlier?: { readonly version: number; readonly topUp?: WindowTopUp | undefined } | undefined;
}

interface WindowTopUp {
  readonly window: string;
  readonly amount: number;
}

/** A quota of the document without its owner and its mark. */
export type QuotaEntry = Omit<Quota, 'owner' | 'edition' | 'createdAtS' | 'topUp'>;

/** Micro-dollars of an amount in dollars. */
export const microUsdOf = (usd: number): number => Math.round(usd * 1e6);

/** True for an amount in dollars (below 9e9) of at most six decimals: a whole number of micro-dollars. */
export const isWholeMicroUsd = (usd: number): boolean => Number(usd.toFixed(6)) === usd;

export const markName = ({ id, unit }: { readonly id: string; readonly unit: QuotaUnit }): string =>
  `${id}.${unit}`;

/**
 * The quotas of one owner. Those without an id are called after their window, so that an edited limit keeps what was
 * spent: "1d", "1d-calendar", and "1d-2" for a second one of the same unit and window.
 */
export function quotaEntries({ budgets = [], rateLimits = [] }: QuotaFields): readonly QuotaEntry[] {
  const named = new Set<string>();
  const all = [
    ...budgets.map((entry) => ({
      entry,
      unit: 'microUsd' as const,
      limit: microUsdOf(entry.limitUsd),
      ...(entry.reserveUsd !== undefined && { reserve: microUsdOf(entry.reserveUsd) }),
    })),
    ...rateLimits.flatMap((entry) => [
      ...(entry.requests === undefined ? [] : [{ entry, unit: 'requests' as const, limit: entry.requests }]),
      ...(entry.tokens === undefined ? [] : [{ entry, unit: 'tokens' as const, limit: entry.tokens }]),
    ]),
  ];
  for (const { entry, unit } of all) if (entry.id !== undefined) named.add(markName({ id: entry.id, unit }));
  return all.map(({ entry, ...quota }) => {
    const id = entry.id ?? freeId(entry, quota.unit, named);
    named.add(markName({ id, unit: quota.unit }));
    return {
      id,
      ...quota,
      every: entry.every,
      calendar: entry.calendar ?? false,
      enforcement: entry.enforcement ?? 'soft',
      ...(entry.lanes !== undefined && { lanes: entry.lanes }),
    };
  });
}

function freeId(
  { every, calendar }: BudgetEntry | RateLimitEntry,
  unit: QuotaUnit,
  taken: ReadonlySet<string>,
): string {
  const base = calendar === true ? `${every}-calendar` : every;
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? base : `${base}-${count}`;
    if (!taken.has(markName({ id, unit }))) return id;
  }
}

/** Adds to a quota's limit in one window. */
export interface TopUp extends WindowTopUp {
  readonly quota: string;
  readonly unit: QuotaUnit;
}

/**
 * The marks of an owner's quotas in a new version. An edition that has been seen never stands for another limit: it
 * grows with the version, and beyond it where a version was stored half and tried again. A top-up counts once however
 * often its version is tried, and not at all where another change makes that version.
 *
 * @param before the marks stored so far, whole or half
 */
export function marksOf(
  fields: QuotaFields,
  before: QuotaMarks,
  { version, nowS, topUps }: { version: number; nowS: number; topUps: readonly TopUp[] },
): QuotaMarks {
  const marks: Record<string, QuotaMark> = {};
  for (const entry of quotaEntries(fields)) {
    const name = markName(entry);
    const known = Object.hasOwn(before, name) ? before[name] : undefined;
    const added = topUps.filter(({ quota, unit }) => quota === entry.id && unit === entry.unit);
    const isRetried = known?.earlier?.version === version;
    const start = isRetried ? known.earlier?.topUp : known?.topUp;
    const topUp = added.reduce(
      (sum, { window, amount }) => ({ window, amount: (sum?.window === window ? sum.amount : 0) + amount }),
      start,
    );
    const earlier =
      added.length > 0 ? { version, ...(start !== undefined && { topUp: start }) } : known?.earlier;
    const same = known?.limit === entry.limit && sameTopUp(known.topUp, topUp);
    marks[name] = {
      limit: entry.limit,
      edition: same ? known.edition : Math.max(version, (known?.edition ?? 0) + 1),
      createdAtS: known?.createdAtS ?? nowS,
      ...(topUp !== undefined && { topUp }),
      ...(earlier !== undefined && { earlier }),
    };
  }
  return marks;
}

const sameTopUp = (a: WindowTopUp | undefined, b: WindowTopUp | undefined): boolean =>
  a?.window === b?.window && a?.amount === b?.amount;

/** Marks as they are stored; what is none is left out. */
export function readMarks(value: unknown): QuotaMarks {
  const marks: Record<string, QuotaMark> = {};
  for (const [name, stored] of Object.entries(asObject(value))) {
    const mark = readMark(asObject(stored));
    if (mark !== undefined) marks[name] = mark;
  }
  return marks;
}

function readMark(fields: JsonObject): QuotaMark | undefined {
  const [limit, edition, createdAtS] = [fields['limit'], fields['edition'], fields['createdAtS']].map(
    asNumber,
  );
  if (limit === undefined || edition === undefined || createdAtS === undefined) return undefined;
  const topUp = readTopUp(fields['topUp']);
  const earlier = asObject(fields['earlier']);
  const [version, topUpBefore] = [asNumber(earlier['version']), readTopUp(earlier['topUp'])];
  return {
    limit,
    edition,
    createdAtS,
    ...(topUp !== undefined && { topUp }),
    ...(version !== undefined && {
      earlier: { version, ...(topUpBefore !== undefined && { topUp: topUpBefore }) },
    }),
  };
}

function readTopUp(value: unknown): WindowTopUp | undefined {
  const fields = asObject(value);
  const [window, amount] = [asString(fields['window']), asNumber(fields['amount'])];
  return window !== undefined && amount !== undefined ? { window, amount } : undefined;
}
