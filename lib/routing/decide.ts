import type { Candidate, Decision, Target } from '../domain/decision.ts';
import type { Random } from '../domain/ports.ts';
import type { RoutingContext } from './candidate.ts';
import { candidate } from './candidate.ts';
import { NoTarget } from './no-target.ts';
import { orderByWeight } from './select.ts';

export interface RouteRequest {
  /** What the caller called the model: a bare name, an alias, or `provider/model`. */
  readonly model: string;
  /** The caller's own chain, in its order. */
  readonly fallbacks: readonly string[];
  readonly sessionKey: string | undefined;
}

/**
 * The whole route of a request as a value. Throws GatewayError when no target is left, naming what decided.
 *
 * Order: the first target by name or by weight; then the caller's fallbacks where it sent some; else, unless it
 * pinned a provider, the remaining weighted candidates.
 */
export function decide(context: RoutingContext, request: RouteRequest, random: Random): Decision {
  const asked = resolve(context, request, request.model, random);
  const fallbacks = request.fallbacks.map((name) => resolve(context, request, name, random, 'fallback'));
  const first =
    request.fallbacks.length > 0 && asked.how === 'weights' ? asked.order.slice(0, 1) : asked.order;
  const order = distinct([...first, ...fallbacks.flatMap((entry) => entry.order)]);
  const candidates = [asked, ...fallbacks].flatMap((entry) => entry.candidates);
  if (order.length === 0) throw new NoTarget(context.caller, request.model, candidates);
  return {
    requestedModel: request.model,
    operation: context.operation,
    candidates,
    order,
    reason: explain(asked, request, order),
    rules: [],
    pastContentPolicy: false,
  };
}

interface Resolved {
  readonly how: 'pinned' | 'alias' | 'weights';
  readonly candidates: readonly Candidate[];
  readonly order: readonly Target[];
}

/** One name to its targets: an alias is an ordered chain, `provider/model` one target, a bare name the weighted ones. */
function resolve(
  context: RoutingContext,
  request: RouteRequest,
  name: string,
  random: Random,
  via: 'request' | 'fallback' = 'request',
): Resolved {
  const chain = context.policy.aliases.get(name);
  if (chain === undefined) return resolveName(context, request, name, random, via);
  // The document check refuses aliases of aliases, so one step is the whole way.
  const entries = chain.map((entry) => resolveName(context, request, entry, random, 'alias'));
  return {
    how: 'alias',
    candidates: entries.flatMap((entry) => entry.candidates),
    order: distinct(entries.flatMap((entry) => entry.order)),
  };
}

function resolveName(
  context: RoutingContext,
  request: RouteRequest,
  name: string,
  random: Random,
  via: 'request' | 'alias' | 'fallback',
): Resolved {
  const pinned = pin(context, name, via);
  if (pinned !== undefined) {
    return { how: 'pinned', candidates: [pinned], order: pinned.kept ? [pinned.target] : [] };
  }
  const candidates = context.caller.grants.flatMap((grant) => {
    const provider = context.policy.providers.get(grant.provider);
    return provider === undefined
      ? []
      : [candidate(context, provider, name, via === 'request' ? 'weights' : via)];
  });
  const targets = candidates.flatMap((entry) => (entry.kept ? [entry.target] : []));
  // Weights are the virtual key's: one entry without a weight among weighted ones is never picked, even alone.
  const weighted = context.caller.grants.some((grant) => grant.weight !== undefined);
  const order = orderByWeight(
    targets
      .map((target) => ({ item: target, id: target.provider.id, weight: weighted ? target.weight : 1 }))
      .filter((entry) => entry.weight !== undefined),
    random,
    request.sessionKey,
  );
  const unpicked: readonly Candidate[] = targets
    .filter((target) => !order.includes(target))
    .map((target) => ({
      kept: false,
      provider: target.provider.id,
      model: name,
      reason: 'zero_weight',
      detail: `provider "${target.provider.id}" has no weight on this virtual key: ask for "${target.provider.id}/${name}"`,
    }));
  return {
    how: 'weights',
    candidates: [...candidates.filter((e) => !e.kept || order.includes(e.target)), ...unpicked],
    order,
  };
}

/** `provider/model` pins when the first part is a provider of the document that serves the rest; otherwise the whole is a bare name. */
function pin(
  context: RoutingContext,
  name: string,
  via: 'request' | 'alias' | 'fallback',
): Candidate | undefined {
  const slash = name.indexOf('/');
  if (slash <= 0 || slash === name.length - 1) return undefined;
  const provider = context.policy.providers.get(name.slice(0, slash));
  if (provider === undefined) return undefined;
  const pinned = candidate(context, provider, name.slice(slash + 1), via);
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

function distinct(targets: readonly Target[]): readonly Target[] {
  const seen = new Set<string>();
  return targets.filter((target) => {
    const id = `${target.provider.id}\n${target.model}`;
    return seen.has(id) ? false : seen.add(id) && true;
  });
}

function explain(asked: Resolved, request: RouteRequest, order: readonly Target[]): string {
  const [first] = asked.order;
  if (first === undefined) return `fallback: no target for ${request.model}`;
  if (asked.how === 'pinned') return 'pinned by the caller';
  if (asked.how === 'alias') return `alias ${request.model}`;
  if (asked.order.length === 1) return `only target of ${order.length}`;
  return request.sessionKey === undefined ? 'weighted choice' : 'weighted choice, kept for the session';
}
