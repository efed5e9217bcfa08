import type { Candidate, Target } from '../domain/decision.ts';
import type { Random } from '../domain/ports.ts';
import type { Rule } from '../domain/rules.ts';
import { arrange, type Arranged, type Choice } from './arrange.ts';
import type { RoutingContext } from './context.ts';
import { namedBy, resolveName, resolveRuleTargets, type Named } from './resolve.ts';
import type { Rotation } from './rotation.ts';

/** What one name comes to, before anything is chosen. */
export interface Plan {
  readonly how: 'pinned' | 'alias' | 'weights' | 'rule' | 'denied';
  readonly candidates: readonly Candidate[];
  /** In the order they are tried; a choice is made among the members of each. */
  readonly groups: readonly (readonly Choice[])[];
  /** A chain of rules has made the choice already. */
  readonly arranged?: Arranged;
  /** The rules that matched, in their order. */
  readonly rules: readonly string[];
  /** Of the last rule that gave any. */
  readonly fallbacks?: readonly string[];
  readonly pastContentPolicy: boolean;
}

/** What choosing takes, for all names of one request. */
export interface Chooser {
  readonly context: RoutingContext;
  readonly rotation: Rotation;
  readonly random: Random;
  readonly sessionKey: string | undefined;
}

export const choose = (
  { context, rotation, random, sessionKey }: Chooser,
  choices: readonly Choice[],
): Arranged => arrange(context, choices, rotation, random, sessionKey);

/** A chain of rules that has not ended after so many ends there. */
const mostRules = 10;

/** One name as a caller writes it: what the rules make of it, else what it means by itself. */
export function planFor(chooser: Chooser, name: string, via: 'request' | 'fallback'): Plan {
  const { context } = chooser;
  const { matched, outcome } =
    context.ruleFor === undefined
      ? { matched: [], outcome: undefined }
      : followRules(chooser, context.ruleFor, namedBy(context, name));
  const fallbacks = matched.findLast((rule) => rule.fallbacks !== undefined)?.fallbacks;
  return {
    ...(outcome ?? byItself(context, name, via)),
    rules: matched.map(({ id }) => id),
    ...(fallbacks !== undefined && { fallbacks }),
    pastContentPolicy: matched.some((rule) => rule.pastContentPolicy),
  };
}

type Outcome = Pick<Plan, 'how' | 'candidates' | 'groups' | 'arranged'>;

/** The rules that match, one after the other: a chained one is asked again with the model it has chosen, no state twice. */
function followRules(
  chooser: Chooser,
  ruleFor: NonNullable<RoutingContext['ruleFor']>,
  name: Named,
): { readonly matched: readonly Rule[]; readonly outcome: Outcome | undefined } {
  const { context, rotation } = chooser;
  const matched: Rule[] = [];
  const seen = new Set<string>();
  let outcome: Outcome | undefined;
  let asked = name;
  while (matched.length < mostRules && !seen.has(stateOf(asked))) {
    const rule = ruleFor(asked.model, asked.provider);
    if (rule === undefined) break;
    matched.push(rule);
    seen.add(stateOf(asked));
    if (rule.deny !== undefined) {
      const candidates = [denied(rule.id, rule.deny, asked)];
      return { matched, outcome: { how: 'denied', candidates, groups: [] } };
    }
    if (rule.targets === undefined) break;
    const { candidates, choices } = resolveRuleTargets(context, rule.targets, asked.model);
    outcome = { how: 'rule', candidates, groups: [choices] };
    if (!rule.chain) break;
    const { open, dropped, by } = withoutDenied(context, ruleFor, candidates, choices);
    if (open.length === 0 && by !== undefined) {
      return { matched: [...matched, by], outcome: { how: 'denied', candidates: dropped, groups: [] } };
    }
    outcome = { how: 'rule', candidates: dropped, groups: [open] };
    rotation.meet(open.map(({ target }) => target));
    const arranged = choose(chooser, open);
    const picked = open.find(({ target }) => target === arranged.order[0]);
    if (picked === undefined) break;
    outcome = { ...outcome, arranged };
    asked = namedBy(context, picked.name);
  }
  return { matched, outcome };
}

/** A rule that denies a name denies it however a request comes to it: out of an alias, or as another target of a chain. */
function withoutDenied(
  context: RoutingContext,
  ruleFor: NonNullable<RoutingContext['ruleFor']>,
  candidates: readonly Candidate[],
  choices: readonly Choice[],
): {
  readonly open: readonly Choice[];
  /** The candidates, those that are denied as dropped. */
  readonly dropped: readonly Candidate[];
  /** The first rule that denied one. */
  readonly by: Rule | undefined;
} {
  let by: Rule | undefined;
  const denials = new Map<Target, Candidate>();
  const open = choices.filter(({ name, target }) => {
    const asked = namedBy(context, name);
    const rule = ruleFor(asked.model, asked.provider);
    if (rule?.deny === undefined) return true;
    by ??= rule;
    denials.set(target, denied(rule.id, rule.deny, { provider: target.provider.id, model: asked.model }));
    return false;
  });
  const dropped = candidates.map((each) => (each.kept ? (denials.get(each.target) ?? each) : each));
  return { open, dropped, by };
}

/** An alias is an ordered chain, `provider/model` one target, a bare name the weighted ones. */
function byItself(
  context: RoutingContext,
  name: string,
  via: 'request' | 'fallback',
): Pick<Plan, 'how' | 'candidates' | 'groups'> {
  const chain = context.policy.aliases.get(name);
  if (chain === undefined) {
    const { how, candidates, choices } = resolveName(context, name, via);
    return { how, candidates, groups: [choices] };
  }
  // The document check refuses aliases of aliases, so one step is the whole way.
  const entries = chain.map((entry) => resolveName(context, entry, 'alias'));
  const { ruleFor } = context;
  const left = entries.map(({ candidates, choices }) =>
    ruleFor === undefined
      ? { open: choices, dropped: candidates }
      : withoutDenied(context, ruleFor, candidates, choices),
  );
  return {
    how: 'alias',
    candidates: left.flatMap(({ dropped }) => dropped),
    groups: left.map(({ open }) => open),
  };
}

const stateOf = ({ provider, model }: Named): string => `${provider}\n${model}`;

const denied = (rule: string, reason: string, { provider, model }: Named): Candidate => ({
  kept: false,
  provider,
  model,
  reason: 'rule',
  detail: `rule "${rule}" denies it: ${reason}`,
});
