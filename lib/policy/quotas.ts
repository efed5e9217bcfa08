import type { Owner, Quota } from '../domain/quota.ts';
import { markName, quotaEntries, type QuotaFields } from '../domain/quota-entries.ts';

/** Writes of one owner that every request of a gateway adds to are spread over so many items a site. */
const sharedLanes = 16;

/**
 * The quotas of a stored owner. Throws where one has no mark: a stored limit must not be ignored, and without its
 * edition it cannot be kept.
 */
export function compileQuotas(owner: Owner, fields: QuotaFields): readonly Quota[] {
  return quotaEntries(fields).map((entry) => {
    const mark = fields.quotaMarks?.[markName(entry)];
    if (mark === undefined)
      throw new Error(`a quota of ${owner.kind} ${owner.id} is stored without its mark`);
    const { edition, createdAtS, topUp } = mark;
    return { ...entry, owner, edition, createdAtS, ...(topUp !== undefined && { topUp }) };
  });
}

/** Of a provider, a provider key or the document: soft, and spread over lanes. */
export const compileSharedQuotas = (owner: Owner, fields: QuotaFields): readonly Quota[] =>
  compileQuotas(owner, fields).map((quota) => ({ ...quota, enforcement: 'soft', lanes: sharedLanes }));
