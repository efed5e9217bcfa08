import type { Candidate, DropReason, Via } from '../domain/decision.ts';
import { regionOfModel, zonesOfModel } from '../domain/inference-profile.ts';
import type {
  Caller,
  ExecutionSettings,
  ModelFacts,
  NameMatcher,
  Provider,
  ProviderGrant,
} from '../domain/policy.ts';
import type { QuotaNotice, Target } from '../domain/decision.ts';
import type { Quota } from '../domain/quota.ts';
import type { CandidateContext } from './context.ts';

/**
 * One model name at one provider, through every filter in turn: allow-list, catalog, residency, certifications, quotas,
 * keys, price, capability. The target's keys are not in order yet. The first filter that says no gives the reason.
 */
export function candidate(
  context: CandidateContext,
  provider: Provider,
  name: string,
  via: Via,
  /** Of a rule that pins keys. */
  pinsKey?: NameMatcher,
  /** Of this provider, where it is at hand. */
  grant: ProviderGrant | undefined = grantOf(context, provider),
): Candidate {
  const drop = (reason: DropReason, detail: string): Candidate => ({
    kept: false,
    provider: provider.id,
    model: name,
    reason,
    detail,
  });

  if (grant === undefined)
    return drop('provider_not_allowed', `the virtual key may not use provider "${provider.id}"`);

  const served = serve(context, provider, grant, name);
  if (served === undefined)
    return drop('model_not_served', `provider "${provider.id}" serves no model "${name}"`);

  const names = served.facts === undefined ? [name, served.model] : [name, served.model, served.facts.family];
  const deniable =
    provider.modelIds.size === 0 ? names : [...names, ...documentNames(provider, served.model)];
  if (!names.some((each) => grant.allowsModel(each)) || deniable.some((each) => grant.deniesModel(each))) {
    return drop(
      'model_not_allowed',
      `the virtual key may not use model "${name}" at provider "${provider.id}"`,
    );
  }
  if (!provider.operations.has(context.operation)) {
    return drop(
      'operation_not_served',
      `provider "${provider.id}" does not serve ${context.operation} requests`,
    );
  }
  const { caller } = context;
  if (caller.zones.length > 0 && !isInside(provider.zones, caller.zones)) {
    return drop('zone', `provider "${provider.id}" processes data outside the zones ${quote(caller.zones)}`);
  }
  if (leavesZones(provider, served.model)) {
    return drop('zone', `model "${name}" may be run outside the zones of provider "${provider.id}"`);
  }
  const missing = caller.certifications.find((each) => !provider.certifications.includes(each));
  if (missing !== undefined)
    return drop('certification', `provider "${provider.id}" lacks ${quote(lacking(caller, provider))}`);

  const spent = context.overQuota(both(grant.quotas, provider.quotas));
  if (spent !== undefined) return overQuota(provider, name, spent);

  // A key without a weight among weighted ones is used when named, never picked: not even when it is all that is left.
  const weighs = provider.keys.some(({ weight }) => weight !== undefined);
  const usable = provider.keys.filter(
    (key) =>
      grant.allowsKey(key.id) &&
      (pinsKey === undefined
        ? !weighs || key.weight !== undefined || grant.namesKey(key.id)
        : pinsKey(key.id)) &&
      names.some((each) => key.allowsModel(each)) &&
      !deniable.some((each) => key.deniesModel(each)) &&
      context.keyUsable(provider, key, served.model),
  );
  const keys = usable.filter(({ quotas }) => quotas.length === 0 || context.overQuota(quotas) === undefined);
  if (provider.keys.length > 0 && keys.length === 0) {
    const over = usable.map((key) => context.overQuota(key.quotas)).find((notice) => notice !== undefined);
    if (over !== undefined) return overQuota(provider, name, over);
    return drop('no_key', `provider "${provider.id}" has no usable key for model "${name}" in this region`);
  }

  const target: Target = {
    provider,
    ...served,
    keys,
    settings: settingsAt(context, provider, names),
    ...(grant.weight === undefined ? {} : { weight: grant.weight }),
  };
  if (isUnderBudget(context, grant, provider) && !context.isPriced(target)) {
    return drop(
      'price',
      `model "${name}" at provider "${provider.id}" has no price, and a limit in dollars applies`,
    );
  }
  const obstacle = context.cannotCarry(target);
  if (obstacle === undefined) return { kept: true, target, via };
  const { parameter, reason } = obstacle;
  const detail = `"${parameter}" cannot go to provider "${provider.id}": ${reason}`;
  return { kept: false, provider: provider.id, model: name, reason: 'capability', detail, parameter };
}

const overQuota = (provider: Provider, model: string, quota: QuotaNotice): Candidate => ({
  kept: false,
  provider: provider.id,
  model,
  reason: 'quota',
  detail: quota.message,
  quota,
});

/** The provider's own name for the model, and what is known of it; `undefined` where the provider does not serve it. */
export function serve(
  { policy, catalog }: CandidateContext,
  provider: Provider,
  grant: ProviderGrant,
  name: string,
): { readonly model: string; readonly facts?: ModelFacts } | undefined {
  const model = provider.modelIds.get(name) ?? name;
  const known =
    policy.addedModels.get(provider.id)?.find((added) => added.model === model || added.model === name) ??
    (provider.catalogId === undefined ? undefined : catalog.find(provider.catalogId, model));
  if (provider.modelIds.has(name))
    return known === undefined ? { model } : { model, facts: { ...known, model } };
  if (known !== undefined) return { model: known.model, facts: known };
  return provider.servesAnyModel || grant.namesModel(name) ? { model } : undefined;
}

/** What the document calls a model that is asked for by the provider's own name. */
const documentNames = (provider: Provider, model: string): readonly string[] =>
  [...provider.modelIds].flatMap(([name, id]) => (id === model ? [name] : []));

/** A caller's choice of an inference profile does not move data to where the provider says it processes none. */
function leavesZones({ type, zones, region }: Provider, model: string): boolean {
  if (type !== 'bedrock' || zones.length === 0) return false;
  const elsewhere = regionOfModel(model);
  if (elsewhere !== undefined && region !== undefined && elsewhere !== region) return true;
  const reached = zonesOfModel(model);
  return reached !== undefined && !isInside(reached, zones);
}

/** A provider is lawful for a key with zones only if it says where it processes data, and only there. */
const isInside = (providerZones: readonly string[], keyZones: readonly string[]): boolean =>
  providerZones.length > 0 && providerZones.every((zone) => keyZones.includes(zone));

const isUnderBudget = (
  { caller, policy }: CandidateContext,
  grant: ProviderGrant,
  provider: Provider,
): boolean =>
  hasBudget(caller.quotas) ||
  hasBudget(policy.quotas) ||
  hasBudget(grant.quotas) ||
  hasBudget(provider.quotas);

const hasBudget = (quotas: readonly Quota[]): boolean =>
  quotas.length > 0 && quotas.some(({ unit }) => unit === 'microUsd');

function settingsAt(
  { policy }: CandidateContext,
  provider: Provider,
  names: readonly string[],
): ExecutionSettings {
  if (provider.modelSettings.length === 0 && Object.keys(provider.settings).length === 0)
    return policy.defaults;
  const ofModel = provider.modelSettings.find((entry) => names.some((name) => entry.matches(name)));
  return { ...policy.defaults, ...provider.settings, ...ofModel?.settings };
}

const grantOf = ({ caller }: CandidateContext, { id }: Provider): ProviderGrant | undefined =>
  caller.grants.find((entry) => entry.provider === id);

const both = <T>(some: readonly T[], others: readonly T[]): readonly T[] =>
  some.length === 0 ? others : others.length === 0 ? some : [...some, ...others];

const lacking = (caller: Caller, provider: Provider): readonly string[] =>
  caller.certifications.filter((each) => !provider.certifications.includes(each));

const quote = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
