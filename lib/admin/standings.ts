import type { Quota, QuotaTotals } from '../domain/quota.ts';
import { accountAt, entryOf, type Account } from '../accounting/quota/account.ts';
import { placesOf } from '../accounting/quota/shares.ts';
import { totalsOf } from '../accounting/quota/totals.ts';
import type { Administration } from './ports.ts';

/** A quota in the window that runs now: its limit with what was added to it, and what is used of it. */
export interface QuotaStanding extends Account {
  readonly totals: QuotaTotals;
}

/**
 * How far quotas are used over all sites, as this region's replica has it now: no cached figure, and none made up where
 * the store is away. Rejects with LedgerUnavailable.
 */
export async function standingsOf(
  { balances, clock, sites }: Pick<Administration, 'balances' | 'clock' | 'sites'>,
  quotas: readonly Quota[],
): Promise<readonly QuotaStanding[]> {
  const nowMs = clock.nowMs();
  const accounts = quotas.map((quota) => accountAt(quota, nowMs));
  const keys = accounts.map((account) =>
    placesOf(account.quota.lanes ?? 1, sites).map((place) => entryOf(account, place)),
  );
  const found = await balances.readLocal(keys.flat());
  let from = 0;
  return accounts.map((account, index) => {
    const to = from + (keys[index]?.length ?? 0);
    const open = found.slice(from, to).filter((balance) => balance !== undefined);
    from = to;
    return { ...account, totals: totalsOf(open) };
  });
}

/** A standing as it is answered; amounts in the quota's unit. */
export const standingView = ({ quota, window, totals }: QuotaStanding): object => ({
  id: quota.id,
  unit: quota.unit,
  limit: quota.limit,
  used: totals.used,
  spent: totals.spent,
  every: quota.every,
  enforcement: quota.enforcement,
  resetsAt: new Date(window.endMs).toISOString(),
});
