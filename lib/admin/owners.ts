import * as z from 'zod';
import type { Owner, OwnerKind, Quota } from '../domain/quota.ts';
import type { ScopeKind } from '../domain/quota-owners.ts';
import { compileStoredPolicy } from '../policy/stored.ts';
import { compileStoredQuotas } from '../policy/stored-quotas.ts';
import type { StoredParts } from './ports.ts';

/** Owners of quotas as a person names them, `team/research`, and the quotas they have. */

const kinds = ['virtual_key', 'team', 'customer', 'provider', 'provider_key', 'grant', 'document'] as const;

export const ownerName = ({ kind, id }: Owner): string => `${kind}/${id}`;

export const ownerSchema = z
  .string({ error: 'is required: the kind of owner and its id, such as team/research' })
  .transform((text, context): Owner => {
    const [, kind, id = ''] = /^([a-z_]+)\/([A-Za-z0-9._:/-]{0,200})$/.exec(text) ?? [];
    const known = kinds.find((each) => each === kind);
    if (known !== undefined && (id === '') === (known === 'document')) return { kind: known, id };
    context.addIssue({
      code: 'custom',
      message: `must be KIND/ID, where KIND is one of ${kinds.join(', ')}`,
    });
    return z.NEVER;
  });

/** Undefined: there is no such owner. Rejects where what is stored is not of this version's shape. */
export async function quotasOf(stored: StoredParts, owner: Owner): Promise<readonly Quota[] | undefined> {
  if (owner.kind === 'grant') return grantQuotas(stored, owner);
  if (isScope(owner.kind)) {
    const quotas = await scopeQuotas(stored, owner.kind, owner.id);
    return quotas?.filter((quota) => ownerName(quota.owner) === ownerName(owner));
  }
  const policy = await compiledPolicy(stored);
  if (owner.kind === 'document') return policy?.quotas;
  if (owner.kind === 'provider') return policy?.providers.get(owner.id)?.quotas;
  const [provider = '', key = ''] = owner.id.split('/');
  return policy?.providers.get(provider)?.keys.find(({ id }) => id === key)?.quotas;
}

/** What is in force, compiled as far as administration needs it: hosts of providers are of no interest here. */
export async function compiledPolicy(stored: StoredParts) {
  const policy = await stored.policy();
  return policy === undefined ? undefined : compileStoredPolicy(policy.stored, policy, () => undefined);
}

const isScope = (kind: OwnerKind): kind is ScopeKind =>
  kind === 'virtual_key' || kind === 'team' || kind === 'customer';

/** Of a provider entry: of a virtual key `research-app/openai`, of a team or a customer `team:research/openai`. */
async function grantQuotas(stored: StoredParts, owner: Owner): Promise<readonly Quota[] | undefined> {
  const [, prefix, id = ''] = /^(?:(team|customer):)?([^:/]+)\/[^/]+$/.exec(owner.id) ?? [];
  const kind = prefix === 'team' || prefix === 'customer' ? prefix : 'virtual_key';
  const quotas = (await scopeQuotas(stored, kind, id))?.filter(
    (quota) => ownerName(quota.owner) === ownerName(owner),
  );
  // An entry without a quota is no owner of one.
  return quotas?.length === 0 ? undefined : quotas;
}

async function scopeQuotas(
  stored: StoredParts,
  kind: ScopeKind,
  id: string,
): Promise<readonly Quota[] | undefined> {
  const scope = await stored.scope(kind, id);
  return scope === undefined ? undefined : compileStoredQuotas(kind, scope);
}
