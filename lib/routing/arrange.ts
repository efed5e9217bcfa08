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
  const scores =
    strategy === 'cheapest'
      ? undefined
      : scoresOf(context, strategy, able.length > 0 ? able : weighted, rotation);
  // Prices are ranked here only where a route recovers, which is when its part is asked for.
  let ranked: Arranged['scores'] | undefined;
  const partOf = (target: Target): number =>
    (scores ?? (ranked ??= rankByPrice(context, able, rotation).scores)).get(target)?.share ?? 0;
  const probe = rotation.probe(
    weighted.map(({ target }) => target),
    partOf,
  );
  const isIn = ({ target }: Choice): boolean => rotation.lastResort(target) === undefined;
  const inRotation = weighted.filter((choice) => choice.target !== probe && isIn(choice));
  const fallbacks = choices.filter(({ weight }) => weight === 0).map(({ target }) => target);
  const finish = (chosen: readonly Target[]): readonly Target[] => {
    const first = probe === undefined ? chosen : [probe, ...chosen];
    const left = weighted.filter(({ target }) => !first.includes(target));
    const last =
      left.length < 2
        ? left.map(({ target }) => target)
        : orderByWeight(left.map(weighedBy(({ weight }) => weight)), random, sessionKey);
    return rotation.inRotationFirst([...first, ...fallbacks, ...last]);
  };
  if (scores === undefined) {
    const { sorted, tied, scores: now } = rankByPrice(context, inRotation, rotation);
    const cheapest = orderByWeight(tied.map(weighedBy(({ weight }) => weight)), random, sessionKey);
    return {
      order: finish([...cheapest, ...sorted.slice(tied.length).map(({ target }) => target)]),
      scores: now,
    };
  }
  const order = orderByWeight(
    inRotation.map(weighedBy(({ target }) => scores.get(target)?.share ?? 0)),
    random,
    sessionKey,
  );
  const [, ...behindProbe] = probe === undefined ? [] : sameModelFirst([probe, ...order]);
  return { order: finish(probe === undefined ? sameModelFirst(order) : behindProbe), scores };
}

/** Named by provider and model: two models of one provider are two places for a session. */
const weighedBy = (weightOf: (choice: Choice) => number) => (choice: Choice) => ({
  item: choice.target,
  id: `${choice.target.provider.id}/${choice.target.model}`,
  weight: weightOf(choice),
});

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
function rankByPrice(
  context: Context,
  choices: readonly Choice[],
  rotation: Rotation,
): {
  readonly sorted: readonly Choice[];
  /** The first of them, as cheap as the cheapest. */
  readonly tied: readonly Choice[];
  readonly scores: ReadonlyMap<Target, Score>;
} {
  const sorted = choices
    .map((choice) => ({
      choice,
      strained: Number(isStrained(rotation.health(choice.target))),
      costMicroUsd: context.estimateMicroUsd(choice.target),
    }))
    .toSorted((a, b) => a.strained - b.strained || compareCosts(a.costMicroUsd, b.costMicroUsd));
  const [cheapest] = sorted;
  const mostMicroUsd = (cheapest?.costMicroUsd ?? Infinity) * nearTie;
  const tied = sorted.filter(
    ({ strained, costMicroUsd }) =>
      strained === cheapest?.strained && (costMicroUsd ?? Infinity) <= mostMicroUsd,
  );
  const total = tied.reduce((sum, { choice }) => sum + choice.weight, 0);
  return {
    sorted: sorted.map(({ choice }) => choice),
    tied: tied.map(({ choice }) => choice),
    scores: new Map(
      sorted.map(({ choice: { target, weight }, costMicroUsd }, index) => [
        target,
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
