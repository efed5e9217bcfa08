import type { Bounds, Quota, QuotaUnit, Standing, Unbounded } from '../../domain/quota.ts';

/** From this part of its limit on, a soft quota reserves before it spends. */
export const softThreshold = 0.9;

/** What is to be done about one quota before an attempt is made. */
export type Step =
  /** Charge it afterwards. */
  | { readonly step: 'charge' }
  /** Hold `amount` first; a soft quota also counts what the other places have left. */
  | { readonly step: 'reserve'; readonly amount: number }
  | { readonly step: 'refuse'; readonly reason: 'exhausted' | Unbounded; readonly wanted?: number };

/**
 * What a quota asks of an attempt.
 *
 * `hard` holds the attempt's bound, whatever is left. `soft` charges afterwards while its last known use and this
 * attempt at its dearest stay under 90 % of the limit; above, it holds the bound or all that is left, if anything is.
 *
 * A request nobody knows the price of is refused under every limit in dollars. One that is unbounded for another
 * reason holds the quota's `reserve` under `hard`, where it has one, else it is refused; under `soft` it holds all
 * that is left.
 *
 * @param used of the quota as last known, with what this process has under way
 */
export function stepFor(quota: Quota, bounds: Bounds, used: number): Step {
  const bound = bounds[quota.unit];
  const { reserve } = quota;
  if (!bound.known && bound.why === 'price_unknown') return { step: 'refuse', reason: 'price_unknown' };
  if (quota.enforcement === 'hard') {
    const amount = bound.known ? bound.most : reserve;
    if (amount === undefined) return { step: 'refuse', reason: bound.known ? 'exhausted' : bound.why };
    return amount > quota.limit
      ? { step: 'refuse', reason: 'exhausted', wanted: amount }
      : { step: 'reserve', amount };
  }
  const most = bound.known ? bound.most : (reserve ?? bound.knownPart);
  if (used + most <= softThreshold * quota.limit) return { step: 'charge' };
  const amount = softHold(quota, bound.known ? most : (reserve ?? quota.limit), used);
  return amount > 0 ? { step: 'reserve', amount } : { step: 'refuse', reason: 'exhausted', wanted: most };
}

/** What a soft quota near its limit holds for an attempt: its bound, or all that is left. 0: nothing is left. */
export const softHold = (quota: Quota, most: number, used: number): number =>
  Math.max(0, Math.min(Math.max(most, 1), quota.limit - used));

/** Percent used of each unit, the highest over the owners' quotas; 0 where no quota limits it. */
export function percentUsed(standings: readonly Standing[]): Readonly<Record<QuotaUnit, number>> {
  const highest = { microUsd: 0, tokens: 0, requests: 0 };
  for (const { quota, used } of standings) {
    highest[quota.unit] = Math.max(highest[quota.unit], (100 * used) / quota.limit);
  }
  return highest;
}
