import type { Score, Target } from '../domain/decision.ts';
import type { RouteHealth } from '../domain/health.ts';
import type { Strategy } from '../domain/policy.ts';
import type { Random } from '../domain/ports.ts';
import type { RoutingContext } from './context.ts';
import type { Rotation } from './rotation.ts';
import { adaptiveScores, plainScores } from './score.ts';
import { orderByWeight } from './select.ts';

/** Targets that a choice is made among, with the weights it starts from. */
export interface Choice {
  readonly target: Target;
  /** As it was asked for. */
  readonly name: string;
  /** 0: fallback only. */
  readonly weight: number;
}

export interface Arranged {
  readonly order: readonly Target[];
  readonly scores: ReadonlyMap<Target, Score>;
}

type Context = Pick<RoutingContext, 'caller' | 'size' | 'utilisation' | 'estimateMicroUsd'>;

/**
 * The targets in the order they are tried, by the caller's strategy: first the chosen one, then the rest of those in
 * rotation, fallbacks behind them, and last whoever is not in rotation.
 */
export function arrange(
  context: Context,
  choices: readonly Choice[],
  rotation: Rotation,
  random: Random,
  sessionKey: string | undefined,
): Arranged {
  const weighted = choices.filter(({ weight }) => weight > 0);
  const { strategy } = context.caller;
  const able = weighted.filter(({ target }) => rotation.health(target)?.state !== 'failed');
  const scores = scoresOf(context, strategy, able.length > 0 ? able : weighted, rotation);
  const shareOf = (target: Target): number => scores.get(target)?.share ?? 0;
  const probe = rotation.probe(
    weighted.map(({ target }) => target),
    shareOf,
  );
  const isIn = ({ target }: Choice): boolean => rotation.lastResort(target) === undefined;
  const inRotation = weighted.filter((choice) => choice.target !== probe && isIn(choice));
  const fallbacks = choices.filter(({ weight }) => weight === 0).map(({ target }) => target);
  const finish = (chosen: readonly Target[]): readonly Target[] => {
    const first = probe === undefined ? chosen : [probe, ...chosen];
    const last = weighted.map(({ target }) => target).filter((target) => !first.includes(target));
    return rotation.inRotationFirst([...first, ...fallbacks, ...last]);
  };
  if (strategy === 'cheapest') {
    const { order, scores: priced } = byPrice(context, inRotation, rotation, random, sessionKey);
    return { order: finish(order), scores: priced };
  }
  const order = orderByWeight(
    inRotation.map(({ target }) => ({ item: target, id: target.provider.id, weight: shareOf(target) })),
    random,
    sessionKey,
  );
  return { order: finish(sameModelFirst(order)), scores };
}

/** Whoever takes over for the first answers with the same model where it can. */
function sameModelFirst(order: readonly Target[]): readonly Target[] {
  const [first, ...rest] = order;
  if (first === undefined || rest.length < 2) return order;
  const isSame = (target: Target): boolean => family(target) === family(first);
  return [first, ...rest.filter(isSame), ...rest.filter((target) => !isSame(target))];
}

const family = ({ facts, model }: Target): string => facts?.family ?? model;

function scoresOf(
  context: Context,
  strategy: Strategy,
  choices: readonly Choice[],
  rotation: Rotation,
): ReadonlyMap<Target, Score> {
  const scores =
    strategy === 'adaptive' && choices.length > 1
      ? adaptiveScores(
          choices.map(({ target, weight }) => ({
            weight,
            health: rotation.health(target),
            knownUtilisation: context.utilisation(target.provider.quotas),
          })),
          context.size,
        )
      : plainScores(choices.map(({ weight }) => weight));
  return new Map(choices.map(({ target }, index) => [target, scores[index] ?? { base: 0, share: 0 }]));
}

/** What costs up to a twentieth more than the cheapest is as cheap. */
const nearTie = 1.05;

/** From this part of attempts refused for a rate limit on, being asked first only costs an attempt more. */
const strainedFrom = 0.1;

const isStrained = (health: RouteHealth | undefined): boolean =>
  health !== undefined && (health.state === 'degraded' || health.saturation > strainedFrom);

/** Cheapest first, degraded and rate limited routes behind healthy ones, unpriced ones last; among those as cheap as the first, by weight. */
function byPrice(
  context: Context,
  choices: readonly Choice[],
  rotation: Rotation,
  random: Random,
  sessionKey: string | undefined,
): Arranged {
  const sorted = choices
    .map(({ target, weight }) => ({
      item: target,
      id: target.provider.id,
      weight,
      degraded: Number(isStrained(rotation.health(target))),
      costMicroUsd: context.estimateMicroUsd(target),
    }))
    .toSorted((a, b) => a.degraded - b.degraded || compareCosts(a.costMicroUsd, b.costMicroUsd));
  const [cheapest] = sorted;
  const mostMicroUsd = (cheapest?.costMicroUsd ?? Infinity) * nearTie;
  const tied = sorted.filter(
    ({ degraded, costMicroUsd }) =>
      degraded === cheapest?.degraded && (costMicroUsd ?? Infinity) <= mostMicroUsd,
  );
  const total = tied.reduce((sum, { weight }) => sum + weight, 0);
  return {
    order: [...orderByWeight(tied, random, sessionKey), ...sorted.slice(tied.length).map(({ item }) => item)],
    scores: new Map(
      sorted.map(({ item, weight, costMicroUsd }, index) => [
        item,
        {
          base: weight,
          share: index < tied.length ? weight / total : 0,
          ...(costMicroUsd !== undefined && { costMicroUsd }),
        },
      ]),
    ),
  };
}

const compareCosts = (a = Infinity, b = Infinity): number => (a === b ? 0 : a - b);
