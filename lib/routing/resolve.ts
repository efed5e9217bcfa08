import type { Candidate, Target, Via } from '../domain/decision.ts';
import type { NameMatcher } from '../domain/policy.ts';
import type { RuleTarget } from '../domain/rules.ts';
import type { Choice } from './arrange.ts';
import type { RoutingContext } from './context.ts';
import { spelledAs } from './spelling.ts';
import { candidate } from './candidate.ts';

/** One name, resolved. */
export interface Resolved {
  readonly how: 'pinned' | 'weights';
  /** Every target it could mean, kept or dropped. */
  readonly candidates: readonly Candidate[];
  /** Kept ones that may be picked or fall back. */
  readonly choices: readonly Choice[];
}

/** `provider/model` to one target, a bare name to the weighted ones. */
export function resolveName(
  context: RoutingContext,
  name: string,
  via: Exclude<Via, 'weights'>,
  pinsKey?: NameMatcher,
): Resolved {
  const pinned = pin(context, name, via, pinsKey);
  if (pinned !== undefined) {
    return {
      how: 'pinned',
      candidates: [pinned],
      choices: pinned.kept ? [{ target: pinned.target, name, weight: 1 }] : [],
    };
  }
  const candidates = context.caller.grants.flatMap((grant) => {
    const provider = context.policy.providers.get(grant.provider);
    return provider === undefined
      ? []
      : [candidate(context, provider, name, via === 'request' ? 'weights' : via, pinsKey, grant)];
  });
  // Weights are the virtual key's: one entry without a weight among weighted ones is never picked, even alone.
  const weighs = context.caller.grants.some((grant) => grant.weight !== undefined);
  const weightOf = (target: Target): number | undefined => (weighs ? target.weight : 1);
  return {
    how: 'weights',
    candidates: candidates.map((entry) =>
      entry.kept && weightOf(entry.target) === undefined ? neverPicked(entry.target, name) : entry,
    ),
    choices: candidates.flatMap((entry) => {
      const weight = entry.kept ? weightOf(entry.target) : undefined;
      return entry.kept && weight !== undefined ? [{ target: entry.target, name, weight }] : [];
    }),
  };
}

/** The targets of a rule, each with the rule's weight; one that names no provider is spread over those that serve its model. */
export function resolveRuleTargets(
  context: RoutingContext,
  targets: readonly RuleTarget[],
  askedModel: string,
): Pick<Resolved, 'candidates' | 'choices'> {
  const weighs = targets.some(({ weight }) => weight !== undefined);
  const resolved = targets.map((entry) => {
    const { candidates, choices } = resolveRuleTarget(context, entry, entry.model ?? askedModel);
    const weight = weighs ? entry.weight : 1;
    if (weight === undefined) return { candidates: candidates.map(unweighed), choices: [] };
    const total = choices.reduce((sum, choice) => sum + choice.weight, 0);
    return {
      candidates,
      choices: choices.map((choice) => ({
        ...choice,
        weight: total === 0 ? 0 : (weight * choice.weight) / total,
      })),
    };
  });
  return {
    candidates: resolved.flatMap(({ candidates }) => candidates),
    choices: resolved.flatMap(({ choices }) => choices),
  };
}

function resolveRuleTarget(
  context: RoutingContext,
  { provider: id, allowsKey }: RuleTarget,
  model: string,
): Pick<Resolved, 'candidates' | 'choices'> {
  if (id === undefined) return resolveAliasOrName(context, model, 'rule', allowsKey);
  const provider = context.policy.providers.get(id);
  if (provider === undefined) return { candidates: [], choices: [] };
  const entry = candidate(context, provider, model, 'rule', allowsKey);
  return {
    candidates: [entry],
    choices: entry.kept ? [{ target: entry.target, name: `${id}/${model}`, weight: 1 }] : [],
  };
}

/** Of an alias that is one of several targets, the first entry that is left is picked; the others are its fallbacks. */
function resolveAliasOrName(
  context: RoutingContext,
  name: string,
  via: Exclude<Via, 'weights'>,
  pinsKey: NameMatcher | undefined,
): Pick<Resolved, 'candidates' | 'choices'> {
  const chain = context.policy.aliases.get(name);
  if (chain === undefined) return resolveName(context, name, via, pinsKey);
  const entries = chain.map((entry) => resolveName(context, entry, via, pinsKey));
  return {
    candidates: entries.flatMap(({ candidates }) => candidates),
    choices: entries
      .flatMap(({ choices }) => choices)
      .map((choice, index) => ({ ...choice, weight: index === 0 ? 1 : 0 })),
  };
}

/** What a name says, as rules see it. */
export interface Named {
  /** Empty: none is pinned. */
  readonly provider: string;
  readonly model: string;
}

/**
 * Rules compare words, and the catalog finds a model in any spelling of its name (case, blanks, a vendor before it): they are
 * told the name as the catalog spells it, so that a denial is not escaped by a capital letter.
 */
export function namedBy(context: RoutingContext, name: string): Named {
  const split = splitName(context, name);
  return split === undefined || pin(context, name, 'request') === undefined
    ? { provider: '', model: spelledAs(context, undefined, name) }
    : { provider: split.provider.id, model: spelledAs(context, split.provider.id, split.model) };
}

function splitName(context: RoutingContext, name: string) {
  const slash = name.indexOf('/');
  if (slash <= 0 || slash === name.length - 1) return undefined;
  const provider = context.policy.providers.get(name.slice(0, slash));
  return provider === undefined ? undefined : { provider, model: name.slice(slash + 1) };
}

/** `provider/model` pins when the first part is a provider of the document that serves the rest; otherwise the whole is a bare name. */
function pin(
  context: RoutingContext,
  name: string,
  via: Exclude<Via, 'weights'>,
  pinsKey?: NameMatcher,
): Candidate | undefined {
  const split = splitName(context, name);
  if (split === undefined) return undefined;
  const { provider, model } = split;
  const pinned = candidate(context, provider, model, via, pinsKey);
  return !pinned.kept && pinned.reason === 'model_not_served' && servedElsewhere(context, provider.id, name)
    ? undefined
    : pinned;
}

/** Whether another provider serves the whole of `name` (OpenRouter's models carry a vendor and a slash). */
const servedElsewhere = (context: RoutingContext, pinnedId: string, name: string): boolean =>
  context.caller.grants.some((grant) => {
    const provider = context.policy.providers.get(grant.provider);
    return (
      provider !== undefined && provider.id !== pinnedId && candidate(context, provider, name, 'weights').kept
    );
  });

const unweighed = (entry: Candidate): Candidate =>
  entry.kept
    ? {
        kept: false,
        provider: entry.target.provider.id,
        model: entry.target.model,
        reason: 'zero_weight',
        detail: `the rule gives provider "${entry.target.provider.id}" no weight beside others that have one`,
      }
    : entry;

const neverPicked = ({ provider }: Target, name: string): Candidate => ({
  kept: false,
  provider: provider.id,
  model: name,
  reason: 'zero_weight',
  detail: `provider "${provider.id}" has no weight on this virtual key: ask for "${provider.id}/${name}"`,
});
