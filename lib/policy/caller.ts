import type { Caller, ProviderGrant, Strategy } from '../domain/policy.ts';
import type { Owner, Quota } from '../domain/quota.ts';
import type { CustomerEntry, GrantEntry, TeamEntry, VirtualKeyEntry } from './document-schema.ts';
import type { QuotaFields } from '../domain/quota-entries.ts';
import { grantOwner, type ScopeKind } from '../domain/quota-owners.ts';
import { both, compileGlobs, either, isEverything } from './globs.ts';
import { compileQuotas } from './quotas.ts';

/** What customer, team and virtual key may each say, from the outermost inwards. */
interface Scope extends QuotaFields {
  readonly id: string;
  readonly maxOutputTokens?: number | undefined;
  readonly providers?: readonly GrantEntry[] | undefined;
  readonly zones?: readonly string[] | undefined;
  readonly certifications?: readonly string[] | undefined;
  readonly strategy?: Strategy | undefined;
}

/** The rights of a scope chain, folded. */
export interface Rights {
  /** Absent: nobody has said, which denies in the end. */
  readonly grants?: readonly ProviderGrant[];
  readonly zones: readonly string[];
  /** True when the zones of two scopes have none in common: nothing is lawful then. */
  readonly nowhere: boolean;
  readonly certifications: readonly string[];
  readonly strategy?: Strategy;
  readonly maxOutputTokens?: number;
}

const nobody: Rights = { zones: [], nowhere: false, certifications: [] };

/**
 * A virtual key with what it inherits folded in. Each scope only narrows the one around it: grants and zones are
 * intersected, certifications add up, the innermost strategy counts. A list of providers no scope gives opens
 * nothing. The caller passes the team and the customer the key names; leaving one out would widen the key.
 */
export function compileCaller(key: VirtualKeyEntry, team?: TeamEntry, customer?: CustomerEntry): Caller {
  const rights = foldRights(
    [
      ['customer', customer],
      ['team', team],
      ['virtual_key', key],
    ],
    compileQuotas,
  );
  const customerId = team?.customer ?? key.customer;
  return {
    virtualKeyId: key.id,
    virtualKeyName: key.name ?? key.id,
    ...(key.team !== undefined && { teamId: key.team, teamName: team?.name ?? key.team }),
    ...(customerId !== undefined && { customerId, customerName: customer?.name ?? customerId }),
    grants: rights.nowhere ? [] : (rights.grants ?? []),
    strategy: rights.strategy ?? 'weighted',
    zones: rights.zones,
    certifications: rights.certifications,
    enabled: key.enabled ?? true,
    quotas: [
      ...compileQuotas({ kind: 'virtual_key', id: key.id }, key),
      ...(team === undefined ? [] : compileQuotas({ kind: 'team', id: team.id }, team)),
      ...(customer === undefined ? [] : compileQuotas({ kind: 'customer', id: customer.id }, customer)),
    ],
    ...(rights.maxOutputTokens !== undefined && { maxOutputTokens: rights.maxOutputTokens }),
    ...(key.expiresAt !== undefined && { expiresAtMs: Date.parse(key.expiresAt) }),
  };
}

/** Folds scopes from the outermost inwards. */
export const foldRights = (
  scopes: readonly (readonly [ScopeKind, Scope | undefined])[],
  quotasOf: QuotasOf = () => [],
): Rights =>
  scopes.reduce(
    (rights, [kind, scope]) => (scope === undefined ? rights : narrow(rights, kind, scope, quotasOf)),
    nobody,
  );

/** The quotas of a provider entry; a document that is not stored yet has none that could be kept. */
type QuotasOf = (owner: Owner, fields: QuotaFields) => readonly Quota[];

function narrow(outer: Rights, kind: ScopeKind, scope: Scope, quotasOf: QuotasOf): Rights {
  const grants = narrowGrants(outer.grants, scope.providers, (entry) =>
    quotasOf(grantOwner(kind, scope.id, entry.provider), entry),
  );
  const limits = [outer.maxOutputTokens, scope.maxOutputTokens].filter((each) => each !== undefined);
  const asked = scope.zones ?? [];
  const common = outer.zones.filter((zone) => asked.includes(zone));
  const disjoint = outer.zones.length > 0 && asked.length > 0 && common.length === 0;
  const strategy = scope.strategy ?? outer.strategy;
  return {
    ...(grants !== undefined && { grants }),
    zones: outer.zones.length === 0 ? asked : asked.length === 0 || disjoint ? outer.zones : common,
    nowhere: outer.nowhere || disjoint,
    certifications: [...new Set([...outer.certifications, ...(scope.certifications ?? [])])],
    ...(strategy !== undefined && { strategy }),
    ...(limits.length > 0 && { maxOutputTokens: Math.min(...limits) }),
  };
}

function narrowGrants(
  outer: readonly ProviderGrant[] | undefined,
  entries: readonly GrantEntry[] | undefined,
  quotasOf: (entry: GrantEntry) => readonly Quota[],
): readonly ProviderGrant[] | undefined {
  if (entries === undefined) return outer;
  // Weights stand side by side in one list: a list that gives none takes those of the scope around it.
  const weighs = entries.some((entry) => entry.weight !== undefined);
  const grants = entries.map((entry) => ({ ...compileGrant(entry), quotas: quotasOf(entry) }));
  if (outer === undefined) return weighs ? grants : grants.map((grant) => ({ ...grant, weight: 1 }));
  return grants.flatMap((grant) => {
    const around = outer.find(({ provider }) => provider === grant.provider);
    if (around === undefined) return [];
    const weight = weighs ? grant.weight : around.weight;
    return [
      {
        provider: grant.provider,
        ...(weight !== undefined && { weight }),
        allowsModel: both(grant.allowsModel, around.allowsModel),
        deniesModel: either(grant.deniesModel, around.deniesModel),
        namesModel: both(grant.namesModel, around.namesModel),
        allowsKey: both(grant.allowsKey, around.allowsKey),
        namesKey: both(grant.namesKey, around.allowsKey),
        quotas: [...grant.quotas, ...around.quotas],
      },
    ];
  });
}

/** An allow-list that is left out allows nothing. */
function compileGrant(entry: GrantEntry): Omit<ProviderGrant, 'quotas'> {
  const models = entry.models ?? [];
  return {
    provider: entry.provider,
    ...(entry.weight !== undefined && { weight: entry.weight }),
    allowsModel: compileGlobs(models),
    deniesModel: compileGlobs(entry.denyModels ?? []),
    namesModel: compileGlobs(models.filter((pattern) => !isEverything(pattern))),
    allowsKey: compileGlobs(entry.keys ?? []),
    namesKey: compileGlobs((entry.keys ?? []).filter((pattern) => !pattern.includes('*'))),
  };
}
