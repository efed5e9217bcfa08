import type { NameMatcher } from '../../domain/policy.ts';
import { ruleScopeName } from '../../domain/rules.ts';
import { foldRights } from '../caller.ts';
import type { GatewayDocument } from '../document-schema.ts';
import { unlawful } from '../lawful.ts';

/** What the virtual keys of one scope may do with one provider. */
export interface ProviderReach {
  /** Which models, one for each key. */
  readonly allows: readonly NameMatcher[];
  /** Why the first key may not lawfully use the provider; undefined: some key may. */
  readonly unlawful: string | undefined;
}

/** By provider; empty where the scope has no virtual key, or none that may use anything. */
export interface Reach {
  readonly keys: number;
  readonly providers: ReadonlyMap<string, ProviderReach>;
}

/** What the virtual keys inside each of the named scopes may use; linear in keys and their grants. */
export function reachOf(document: GatewayDocument, scopes: ReadonlySet<string>): ReadonlyMap<string, Reach> {
  const customers = new Map((document.customers ?? []).map((customer) => [customer.id, customer]));
  const teams = new Map((document.teams ?? []).map((team) => [team.id, team]));
  const reaches = new Map(
    [...scopes].map((scope) => [scope, { keys: 0, providers: new Map<string, Found>() }]),
  );
  for (const key of document.virtualKeys ?? []) {
    const team = teams.get(key.team ?? '');
    const customer = team?.customer ?? key.customer;
    const within = [
      ruleScopeName('virtual_key', key.id),
      ...(key.team === undefined ? [] : [ruleScopeName('team', key.team)]),
      ...(customer === undefined ? [] : [ruleScopeName('customer', customer)]),
      ruleScopeName('global', ''),
    ].flatMap((scope) => reaches.get(scope) ?? []);
    if (within.length === 0) continue;
    const rights = foldRights([
      ['customer', customers.get(customer ?? '')],
      ['team', team],
      ['virtual_key', key],
    ]);
    const grants = (rights.grants ?? []).map(({ provider, allowsModel, deniesModel }) => ({
      provider,
      allows: (model: string) => allowsModel(model) && !deniesModel(model),
      unlawful: unlawful(document.providers[provider] ?? {}, rights),
    }));
    for (const reach of within) {
      reach.keys++;
      for (const grant of grants) add(reach.providers, grant);
    }
  }
  return reaches;
}

interface Found {
  readonly allows: NameMatcher[];
  unlawful: string | undefined;
}

function add(
  providers: Map<string, Found>,
  grant: { readonly provider: string; readonly allows: NameMatcher; readonly unlawful: string | undefined },
): void {
  const found = providers.get(grant.provider);
  if (found === undefined) {
    providers.set(grant.provider, { allows: [grant.allows], unlawful: grant.unlawful });
    return;
  }
  found.allows.push(grant.allows);
  if (grant.unlawful === undefined) found.unlawful = undefined;
}
