import type { Json, JsonObject } from '../../../domain/json.ts';
import { asArray, asObject, isObject } from '../../../domain/json.ts';

/** Parameters that have their place in the neutral form, or are the gateway's own. */
const placed = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'fallbacks'],
  ...['tools', 'tool_choice', 'parallel_tool_calls', 'response_format'],
  ...['max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'top_k', 'stop', 'seed'],
  ...['frequency_penalty', 'presence_penalty', 'reasoning_effort', 'reasoning', 'thinking', 'service_tier'],
]);

/** Parameters that only help whoever reads them: nobody is excluded for not doing so. */
const hints = new Set([
  ...['user', 'safety_identifier', 'metadata', 'prompt_cache_key', 'prompt_cache_retention'],
]);

/** Values that ask for nothing. */
const defaults: ReadonlyMap<string, readonly Json[]> = new Map(
  Object.entries<readonly Json[]>({
    n: [1],
    store: [false],
    logprobs: [false],
    top_logprobs: [0],
    logit_bias: [{}],
    modalities: [['text']],
    verbosity: ['medium'],
    function_call: ['auto'],
    functions: [[]],
  }),
);

/** True for a parameter that excludes no provider: a hint, or the value it has anyway. */
export function asksForNothing(name: string, value: Json | undefined): boolean {
  if (value === undefined || value === null || hints.has(name)) return true;
  return defaults.get(name)?.some((standard) => isSame(value, standard)) ?? false;
}

/** Defaults are plain values, flat lists and the empty object: what else a caller nests is never walked through. */
function isSame(value: Json, standard: Json): boolean {
  if (isObject(standard)) return isObject(value) && Object.keys(value).length === 0;
  if (!Array.isArray(standard)) return value === standard;
  const wanted = asArray(standard);
  const given = asArray(value);
  return (
    Array.isArray(value) &&
    given.length === wanted.length &&
    given.every((each, index) => each === wanted[index])
  );
}

/**
 * What the neutral form has no place for and a target must therefore be able to carry by itself. The form before tool
 * calls (`functions`) is among them: its answer has another shape too.
 */
export function others(json: JsonObject): JsonObject {
  const rest = Object.entries(json).filter(
    ([name, value]) => !placed.has(name) && !asksForNothing(name, value),
  );
  const excluded = asObject(json['reasoning'])['exclude'] === true;
  return Object.fromEntries(excluded ? [...rest, ['reasoning.exclude', true]] : rest);
}
