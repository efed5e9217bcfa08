import type { Score } from '../domain/decision.ts';
import type { RequestSize, RouteHealth } from '../domain/health.ts';

/** One of several targets (or keys of one target) that an adaptive choice is made among. */
export interface Contender {
  /** Of the document, above 0. */
  readonly weight: number;
  /** Undefined: nothing is known of it. */
  readonly health: RouteHealth | undefined;
  /** Of the limits the document knows, 0 to 1. */
  readonly knownUtilisation: number;
}

/** What is believed of a route before it is seen: two failures in a hundred, as firmly as after ten attempts. */
const priorErrorRate = 0.02;
const priorSamples = 10;
/** Failures weigh in steeply: who answers nine times in ten keeps two thirds of its weight, who answers every other time a sixteenth. */
const reliabilityPower = 4;
/** Twice as slow is a quarter of the traffic, three times a ninth. */
const latencyPower = 2;
/** Up to this part of its rate limit a provider takes its full share. */
const fullShareUntil = 0.7;
/** Never nothing: at a limit the provider itself says no, and that is how we learn that it has room again. */
const leastHeadroom = 0.02;
/** From as many recent attempts on a route is known. */
const warmSamples = 20;
/** Of all traffic, spread by the weights of the document alone, so that no estimate goes stale. */
export const explorationShare = 0.05;

/**
 * The adaptive strategy's weights, part by part:
 *
 *     weight = base x reliability x latency x headroom x warmth
 *     share  = (1 - e) x weight / sum(weight) + e x base / sum(base),   e = 5 %
 *
 * - base: the document's weight, respected as a factor.
 * - reliability: (1 - error rate)^4, the rate smoothed by a Beta prior (mean 2 %, ten attempts; Gelman et al., "Bayesian
 *   Data Analysis", 2.4), so that one failure out of one is no verdict.
 * - latency: (fastest / own)^2 of what requests of this size typically wait for until the first token: the time-decayed
 *   quantile of the route, within its band of input sizes; whole replies by time per token, so that the length of answers
 *   does not matter. A route nobody has timed counts as the median of the others. Smooth in its inputs, which
 *   is what keeps it from swinging (Mitzenmacher, "How Useful Is Old Information?", 2000: with information of some seconds'
 *   age, proportional choice is stable where "always the best" herds).
 * - headroom: 1 up to 70 % of a rate limit, then falling to 2 % at the limit; the highest of what the provider's headers say, what the
 *   document knows, and the part of attempts refused with 429.
 * - warmth: a route with under twenty recent attempts starts small and grows with what is known of it.
 * - exploration: an epsilon-greedy share (Sutton and Barto, "Reinforcement Learning", 2.2).
 */
export function adaptiveScores(contenders: readonly Contender[], size: RequestSize): readonly Score[] {
  const waits = contenders.map(({ health }) => health?.typicalMs(size));
  const known = waits.filter((ms) => ms !== undefined).sort((a, b) => a - b);
  const fastestMs = known[0] ?? 1;
  const medianMs = known[Math.floor(known.length / 2)] ?? fastestMs;
  let total = 0;
  let baseTotal = 0;
  const scores = contenders.map(({ weight: base, health, knownUtilisation }, index) => {
    const samples = health?.samples ?? 0;
    const errorRate =
      ((health?.errorRate ?? 0) * samples + priorErrorRate * priorSamples) / (samples + priorSamples);
    const used = Math.max(health?.utilisation ?? 0, health?.saturation ?? 0, knownUtilisation);
    const reliability = (1 - errorRate) ** reliabilityPower;
    const latency = (fastestMs / Math.max(waits[index] ?? medianMs, fastestMs)) ** latencyPower;
    const headroom = Math.min(1, Math.max(leastHeadroom, (1 - used) / (1 - fullShareUntil)));
    const warmth = Math.min(1, (samples + 1) / (warmSamples + 1));
    const weight = base * reliability * latency * headroom * warmth;
    total += weight;
    baseTotal += base;
    return { base, reliability, latency, headroom, warmth, share: weight };
  });
  for (const score of scores) {
    score.share =
      (1 - explorationShare) * (score.share / total) + explorationShare * (score.base / baseTotal);
  }
  return scores;
}

/** The weighted strategy's: the document's weights, normalised. */
export function plainScores(weights: readonly number[]): readonly Score[] {
  const total = sum(weights);
  return weights.map((base) => ({ base, share: base / total }));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
