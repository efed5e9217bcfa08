import { asArray, asNumber, asObject, asString, isObject } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Usage, UsageIteration } from '../../domain/usage.ts';

/**
 * Two reports of one stream as one: `message_delta` is cumulative but leaves out (or nulls) what `message_start`
 * said already (docs: "Streaming messages").
 */
export const mergeUsage = (earlier: JsonObject, later: JsonObject): JsonObject => ({
  ...earlier,
  ...Object.fromEntries(Object.entries(later).filter(([, value]) => value !== null)),
});

/**
 * The API's `usage` (API reference: "Usage"). Its `input_tokens` leaves out what the prompt cache read or wrote; the
 * neutral total includes both. `undefined` where there is no count at all.
 */
export function readUsage(usage: JsonObject): Usage | undefined {
  if (asNumber(usage['input_tokens']) === undefined && asNumber(usage['output_tokens']) === undefined) {
    return undefined;
  }
  const iterations = asArray(usage['iterations']).filter(isObject).map(readIteration);
  return { ...readCounts(usage), ...(iterations.length > 0 && { iterations }) };
}

function readIteration(iteration: JsonObject): UsageIteration {
  const model = asString(iteration['model']);
  return { ...readCounts(iteration), ...(model !== undefined && { model }) };
}

function readCounts(usage: JsonObject): Omit<Usage, 'iterations'> {
  const cacheRead = asNumber(usage['cache_read_input_tokens']);
  const cacheWrite = asNumber(usage['cache_creation_input_tokens']);
  const lifetimes = asObject(usage['cache_creation']);
  const written5m = asNumber(lifetimes['ephemeral_5m_input_tokens']);
  const written1h = asNumber(lifetimes['ephemeral_1h_input_tokens']);
  const written = cacheWrite ?? sumOf(written5m, written1h);
  const thinking = asNumber(asObject(usage['output_tokens_details'])['thinking_tokens']);
  const tools = asObject(usage['server_tool_use']);
  const webSearches = asNumber(tools['web_search_requests']);
  const webFetches = asNumber(tools['web_fetch_requests']);
  const serviceTier = asString(usage['service_tier']);
  return {
    inputTokens: (asNumber(usage['input_tokens']) ?? 0) + (cacheRead ?? 0) + (written ?? 0),
    outputTokens: asNumber(usage['output_tokens']) ?? 0,
    ...(cacheRead !== undefined && { cachedInputTokens: cacheRead }),
    ...(written !== undefined && { cacheWriteTokens: written }),
    ...(written1h !== undefined && { cacheWrite1hTokens: written1h }),
    ...(thinking !== undefined && { reasoningTokens: thinking }),
    ...(webSearches !== undefined && { webSearches }),
    ...(webFetches !== undefined && { webFetches }),
    ...(serviceTier !== undefined && { serviceTier }),
  };
}

const sumOf = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
