import { logNormal, normal } from './random.ts';
import type { Random } from '../../lib/domain/ports.ts';
import type { Conditions } from './world.ts';
import type { ModelEntry } from './world-schema.ts';

/** What becomes of one attempt that its provider has room for. */
export type Fate =
  | { readonly kind: 'refused' }
  /** Taken, and never answered. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'fault'; readonly status: 500 | 503; readonly afterMs: number }
  | {
      readonly kind: 'answer';
      readonly firstTokenMs: number;
      readonly tokensPerMs: number;
      /** The part of its tokens after which it breaks off; absent: it is whole. */
      readonly cutAt?: number;
    };

/** A provider that fails says so at once. */
const faultMs = 50;

/** How far rates of generation differ between requests: the 99th percentile is half as fast again. */
const rateSpread = 1.5;

/**
 * The fate of an attempt by its own luck. Every draw is made whatever happens, in one order, so that the same attempt
 * under other conditions (or in a run with another document) meets the same luck.
 *
 * @param underWay requests the provider is answering with this model
 */
export function fateOf(
  behaviour: ModelEntry,
  conditions: Conditions,
  inputTokens: number,
  underWay: number,
  random: Random,
): Fate {
  const [firstTokenLuck, rateLuck] = [normal(random), normal(random)];
  const [errorLuck, cutLuck, cutAt] = [random(), random(), random()];
  if (conditions.outage === 'refused') return { kind: 'refused' };
  if (conditions.outage === 'silent') return { kind: 'silent' };
  if (conditions.outage === '503') return { kind: 'fault', status: 503, afterMs: faultMs };
  if (errorLuck < (conditions.errorRate ?? behaviour.errorRate)) {
    return { kind: 'fault', status: 500, afterMs: faultMs };
  }
  const { medianMs, p99Ms, msPerThousandInputTokens } = behaviour.firstToken;
  const load = 1 + underWay / (behaviour.doublesAtRequests ?? Infinity);
  const alone = logNormal(medianMs, p99Ms, firstTokenLuck) + (msPerThousandInputTokens * inputTokens) / 1000;
  return {
    kind: 'answer',
    firstTokenMs: alone * load * conditions.latency,
    tokensPerMs:
      logNormal(behaviour.tokensPerSecond, behaviour.tokensPerSecond * rateSpread, rateLuck) /
      1000 /
      conditions.latency,
    ...(cutLuck < behaviour.cutRate && { cutAt }),
  };
}
