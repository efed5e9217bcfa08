import type { Quota } from '../domain/quota.ts';
import { grantOwner, type ScopeKind } from '../domain/quota-owners.ts';
import { compileQuotas } from './quotas.ts';
import { isStoredScope } from './stored.ts';

/**
 * The quotas of a stored customer, team or virtual key, and of its provider entries. Throws where its shape is not one
 * this version carries out whole, as the request path does.
 */
export function compileStoredQuotas(kind: ScopeKind, stored: unknown): readonly Quota[] {
  if (!isStoredScope(stored)) {
    throw new Error(`the stored ${kind.replace('_', ' ')} has a shape this version does not know`);
  }
  return [
    ...compileQuotas({ kind, id: stored.id }, stored),
    ...(stored.providers ?? []).flatMap((entry) =>
      compileQuotas(grantOwner(kind, stored.id, entry.provider), entry),
    ),
  ];
}
