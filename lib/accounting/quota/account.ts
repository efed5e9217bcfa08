import type { Place, Quota, QuotaWindow, Site } from '../../domain/quota.ts';
import type { EntryKey, Opening } from '../../domain/quota-ledger.ts';
import { grantOf } from './shares.ts';
import { windowAt } from './windows.ts';

/** One quota in one of its windows: what the items of a ledger have in common. */
export interface Account {
  readonly id: string;
  readonly quota: Quota;
  readonly window: QuotaWindow;
}

/** The quota as it stands in the window that holds this moment: a top-up of that window is part of its limit. */
export function accountAt(quota: Quota, nowMs: number): Account {
  const window = windowAt(quota, nowMs);
  const { owner, id: quotaId, unit, topUp } = quota;
  const extra = topUp?.window === window.label ? topUp.amount : 0;
  return {
    id: accountIdOf({ owner, quotaId, unit, window: window.label }),
    quota: extra === 0 ? quota : { ...quota, limit: quota.limit + extra },
    window,
  };
}

/** One text for all places of an account. */
export const accountIdOf = ({ owner, quotaId, unit, window }: Omit<EntryKey, 'place'>): string =>
  `${owner.kind}/${owner.id}#${quotaId}.${unit}#${window}`;

export const entryOf = ({ quota, window }: Account, place: Place): EntryKey => ({
  owner: quota.owner,
  quotaId: quota.id,
  unit: quota.unit,
  window: window.label,
  place,
});

export const openingOf = ({ quota, window }: Account, place: Place, sites: readonly Site[]): Opening => ({
  granted: grantOf(quota.limit, place, sites),
  edition: quota.edition,
  expiresS: window.expiresS,
});
