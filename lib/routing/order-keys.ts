import type { Target } from '../domain/decision.ts';
import type { ProviderKey } from '../domain/policy.ts';
import type { Random } from '../domain/ports.ts';
import type { RoutingContext } from './context.ts';
import { entryChance } from './let-in.ts';
import { adaptiveScores } from './score.ts';
import { orderByWeight, unitHash } from './select.ts';

/**
 * The keys of a target in the order they are tried: by weight, under `adaptive` by live health and what is left of their limits
 * (also where the provider is pinned), those that fail on this model last.
 */
export function orderKeys(
  context: Pick<RoutingContext, 'caller' | 'health' | 'size' | 'utilisation'>,
  { provider, model, keys }: Target,
  random: Random,
  sessionKey: string | undefined,
): readonly ProviderKey[] {
  if (keys.length < 2) return keys;
  const known = keys.map((key) => ({ key, health: context.health.key(provider.id, model, key.id) }));
  const perSecond = known.reduce((sum, { health }) => sum + (health?.perSecond ?? 0), 0);
  // As for routes: a session does not flip.
  const luck = (id: string): number =>
    sessionKey === undefined ? random() : unitHash(`${sessionKey}\n${provider.id}\n${model}\n${id}\nentry`);
  const entries = known.map(({ key, health }) => ({
    key,
    health,
    isIn:
      health?.state !== 'failed' &&
      (health?.state !== 'recovering' || luck(key.id) < entryChance(health.share / keys.length, perSecond)),
  }));
  const weighs = keys.some(({ weight }) => weight !== undefined);
  const inRotation = entries.filter(({ key, isIn }) => isIn && !(weighs && key.weight === undefined));
  const shares =
    context.caller.strategy === 'adaptive' && inRotation.length > 1
      ? adaptiveShares(context, inRotation, weighs)
      : undefined;
  const order = orderByWeight(
    inRotation.map(({ key }) => ({ item: key, id: key.id, weight: shares?.get(key) ?? key.weight })),
    random,
    sessionKey,
  );
  const last = entries.filter(({ isIn }) => !isIn).map(({ key }) => key);
  return last.length === 0 ? order : [...order, ...last];
}

/** Of the keys that have a weight above 0; the others keep theirs. */
function adaptiveShares(
  context: Pick<RoutingContext, 'size' | 'utilisation'>,
  entries: readonly {
    readonly key: ProviderKey;
    readonly health: ReturnType<RoutingContext['health']['key']>;
  }[],
  weighs: boolean,
): ReadonlyMap<ProviderKey, number> {
  const contenders = entries.flatMap(({ key, health }) => {
    const weight = weighs ? (key.weight ?? 0) : 1;
    return weight > 0 ? [{ key, weight, health, knownUtilisation: context.utilisation(key.quotas) }] : [];
  });
  const scores = adaptiveScores(contenders, context.size);
  return new Map(contenders.map(({ key }, index) => [key, scores[index]?.share ?? 0]));
}
