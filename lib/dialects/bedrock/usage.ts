import { asArray, asNumber, asObject, asString, isObject } from '../../domain/json.ts';
import type { Json } from '../../domain/json.ts';
import type { Usage } from '../../domain/usage.ts';

/**
 * `TokenUsage` (API reference). `inputTokens` counts neither what was read from the cache nor what was written to it
 * (`totalTokens` is the sum of all four), so both are added. `cacheReadInputTokenCount` and
 * `cacheWriteInputTokenCount` repeat the figures without "Count".
 */
export function readUsage(wire: Json | undefined): Usage | undefined {
  if (!isObject(wire)) return undefined;
  const cached = asNumber(wire['cacheReadInputTokens']) ?? asNumber(wire['cacheReadInputTokenCount']);
  const written = asNumber(wire['cacheWriteInputTokens']) ?? asNumber(wire['cacheWriteInputTokenCount']);
  const total = asNumber(wire['totalTokens']);
  const oneHour = asArray(wire['cacheDetails'])
    .map(asObject)
    .filter((detail) => asString(detail['ttl']) === '1h')
    .reduce((sum, detail) => sum + (asNumber(detail['inputTokens']) ?? 0), 0);
  return {
    inputTokens: (asNumber(wire['inputTokens']) ?? 0) + (cached ?? 0) + (written ?? 0),
    outputTokens: asNumber(wire['outputTokens']) ?? 0,
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(written === undefined ? {} : { cacheWriteTokens: written }),
    ...(oneHour === 0 ? {} : { cacheWrite1hTokens: oneHour }),
    ...(total === undefined ? {} : { totalTokens: total }),
  };
}

/** What a reply, or the `metadata` event of a stream, says about how it was served. */
export interface Served {
  readonly usage?: Usage;
  readonly serviceTier?: string;
}

export function readServed(wire: Json | undefined): Served {
  const metadata = asObject(wire);
  const serviceTier = asString(asObject(metadata['serviceTier'])['type']);
  const routed = asString(asObject(asObject(metadata['trace'])['promptRouter'])['invokedModelId']);
  const usage = readUsage(metadata['usage']);
  return {
    ...(usage === undefined
      ? {}
      : {
          usage: {
            ...usage,
            ...(routed === undefined ? {} : { servedModel: routed.slice(routed.lastIndexOf('/') + 1) }),
            ...(serviceTier === undefined ? {} : { serviceTier }),
          },
        }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
  };
}
