import type { Candidate, Decision, Score, Target } from '../domain/decision.ts';
import type { Random } from '../domain/ports.ts';
import type { RoutingContext } from './context.ts';
import { NoTarget } from './no-target.ts';
import { orderKeys } from './order-keys.ts';
import { choose, planFor, type Chooser, type Plan } from './plan.ts';
import { Rotation } from './rotation.ts';

export interface RouteRequest {
  /** What the caller called the model: a bare name, an alias, or `provider/model`. */
  readonly model: string;
  /** The caller's own chain, in its order. */
  readonly fallbacks: readonly string[];
  readonly sessionKey: string | undefined;
}

/**
 * The whole route of a request as a value. Throws GatewayError when no target is left, or a rule denies the request, naming
 * what decided.
 *
 * Order: the rules, then the strategy among the targets that every filter leaves, then catalog and keys. The first target
 * is the one chosen; behind it a matching rule's fallbacks, else the caller's, else, unless it pinned a provider, the
 * remaining weighted targets. Routes that have failed, are not let in yet, wait for their rate limit or look too small for
 * the prompt come last.
 */
export function decide(context: RoutingContext, request: RouteRequest, random: Random): Decision {
  const { sessionKey } = request;
  const rotation = new Rotation(context, random, sessionKey);
  const chooser: Chooser = { context, rotation, random, sessionKey };
  const asked = planFor(chooser, request.model, 'request');
  const names = asked.how === 'denied' ? [] : (asked.fallbacks ?? request.fallbacks);
  const fallbacks = names.map((name) =>
    // A rule's own fallbacks have passed the rules with it.
    asked.fallbacks === undefined
      ? planFor(chooser, name, 'fallback')
      : planFor({ ...chooser, context: withoutRules(context) }, name, 'fallback'),
  );
  const plans = [asked, ...fallbacks];
  for (const { groups } of plans)
    for (const group of groups) rotation.meet(group.map(({ target }) => target));

  const scores = new Map<Target, Score>();
  const [first = [], ...behind] = plans.map((plan) => orderOf(plan, chooser, scores));
  const wide = asked.how === 'weights' || asked.how === 'rule' || asked.fallbacks !== undefined;
  const chosen = names.length > 0 && wide ? first.slice(0, 1) : first;
  const order = rotation.inRotationFirst(rotation.distinct([...chosen, ...behind.flat()]));
  const candidates = plans.flatMap((plan) =>
    plan.candidates.map((each) => explained(each, rotation, scores)),
  );
  const rules = plans.flatMap((plan) => plan.rules);
  if (order.length === 0) throw new NoTarget(context.caller, request.model, candidates, rules);
  return {
    requestedModel: request.model,
    operation: context.operation,
    candidates,
    order: order.map((target) =>
      target.keys.length < 2
        ? target
        : new OrderedTarget(target, () => orderKeys(context, target, random, sessionKey)),
    ),
    reason: explain(context, asked, request, first, order),
    rules,
    pastContentPolicy: asked.pastContentPolicy,
  };
}

function orderOf(plan: Plan, chooser: Chooser, scores: Map<Target, Score>): readonly Target[] {
  return plan.groups.flatMap((group) => {
    const arranged = plan.arranged ?? choose(chooser, group);
    if (group.length > 1) for (const [target, score] of arranged.scores) scores.set(target, score);
    return arranged.order;
  });
}

const withoutRules = ({ ruleFor: _asked, ...context }: RoutingContext): RoutingContext => context;

function explained(each: Candidate, rotation: Rotation, scores: ReadonlyMap<Target, Score>): Candidate {
  if (!each.kept) return each;
  const health = rotation.health(each.target);
  const lastResort = rotation.lastResort(each.target);
  const score = scores.get(each.target);
  if (health === undefined && lastResort === undefined && score === undefined) return each;
  return {
    ...each,
    ...(health !== undefined && { health: health.state }),
    ...(lastResort !== undefined && { lastResort }),
    ...(score !== undefined && { score }),
  };
}

/** A target whose keys are put in order when it is tried: of a long chain most never are. */
class OrderedTarget implements Target {
  readonly provider: Target['provider'];
  readonly model: string;
  readonly facts?: NonNullable<Target['facts']>;
  readonly weight?: number;
  readonly settings: Target['settings'];
  readonly #order: () => Target['keys'];
  #keys: Target['keys'] | undefined;

  constructor({ provider, model, facts, weight, settings }: Target, order: () => Target['keys']) {
    this.provider = provider;
    this.model = model;
    if (facts !== undefined) this.facts = facts;
    if (weight !== undefined) this.weight = weight;
    this.settings = settings;
    this.#order = order;
  }

  get keys(): Target['keys'] {
    return (this.#keys ??= this.#order());
  }
}

/** What decided the first target, in a few words. */
function explain(
  { caller }: RoutingContext,
  asked: Plan,
  request: RouteRequest,
  first: readonly Target[],
  order: readonly Target[],
): string {
  const ruled = asked.rules.length === 0 ? '' : `rule ${asked.rules.join(', ')}: `;
  const [head] = first;
  if (head === undefined) return `${ruled}fallback: no target for ${request.model}`;
  const moved = order[0]?.provider.id === head.provider.id && order[0].model === head.model;
  if (!moved) return `${ruled}fallback: ${head.provider.id} is not in rotation`;
  if (asked.how === 'pinned') return `${ruled}pinned by the caller`;
  if (asked.how === 'alias') return `${ruled}alias ${request.model}`;
  if (first.length === 1) return `${ruled}only target of ${order.length}`;
  const kept = request.sessionKey === undefined ? '' : ', kept for the session';
  return `${ruled}${caller.strategy === 'cheapest' ? 'cheapest target' : `${caller.strategy} choice${kept}`}`;
}
