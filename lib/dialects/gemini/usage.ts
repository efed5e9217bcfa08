import { asArray, asNumber, asObject, asString } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Usage } from '../../domain/usage.ts';

/** Gemini's `serviceTier` and Vertex AI's `trafficType` in OpenAI's words; others pass in lower case. */
const tierNames: Readonly<Record<string, string>> = {
  standard: 'default',
  on_demand: 'default',
  on_demand_flex: 'flex',
  on_demand_priority: 'priority',
};

export function readServiceTier(metadata: JsonObject): string | undefined {
  const tier = (asString(metadata['serviceTier']) ?? asString(metadata['trafficType']))?.toLowerCase();
  return tier === undefined ? undefined : Object.hasOwn(tierNames, tier) ? tierNames[tier] : tier;
}

type Figure = Exclude<
  { [Name in keyof Usage]-?: NonNullable<Usage[Name]> extends number ? Name : never }[keyof Usage],
  undefined
>;

const figures: readonly (readonly [string, Figure])[] = [
  ['cachedContentTokenCount', 'cachedInputTokens'],
  ['toolUsePromptTokenCount', 'toolInputTokens'],
  ['thoughtsTokenCount', 'reasoningTokens'],
  ['totalTokenCount', 'totalTokens'],
];

/** Text, video and documents have one price and are the rest of the totals; sound and images are told apart. */
const modalityFigures: readonly (readonly [string, Readonly<Record<string, Figure>>])[] = [
  ['promptTokensDetails', { AUDIO: 'inputAudioTokens', IMAGE: 'inputImageTokens' }],
  ['toolUsePromptTokensDetails', { AUDIO: 'inputAudioTokens', IMAGE: 'inputImageTokens' }],
  ['cacheTokensDetails', { AUDIO: 'cachedInputAudioTokens' }],
  ['candidatesTokensDetails', { AUDIO: 'outputAudioTokens', IMAGE: 'outputImageTokens' }],
];

/**
 * `usageMetadata` (ai.google.dev/api/generate-content#UsageMetadata). `promptTokenCount` includes cached tokens, but
 * not those that server tools brought in; `candidatesTokenCount` excludes thoughts. A figure the provider does not
 * give stays absent: a later report of a stream must not erase an earlier one.
 */
export function readUsage(metadata: JsonObject): Usage {
  const count = (name: string): number => asNumber(metadata[name]) ?? 0;
  const usage: { -readonly [Name in keyof Usage]: Usage[Name] } = {
    inputTokens: count('promptTokenCount') + count('toolUsePromptTokenCount'),
    outputTokens: count('candidatesTokenCount') + count('thoughtsTokenCount'),
  };
  for (const [name, figure] of figures) {
    const tokens = asNumber(metadata[name]);
    if (tokens !== undefined) usage[figure] = tokens;
  }
  for (const [name, byModality] of modalityFigures) {
    for (const value of asArray(metadata[name])) {
      const { modality, tokenCount } = asObject(value);
      const figure =
        typeof modality === 'string' && Object.hasOwn(byModality, modality)
          ? byModality[modality]
          : undefined;
      if (figure !== undefined) usage[figure] = (usage[figure] ?? 0) + (asNumber(tokenCount) ?? 0);
    }
  }
  const serviceTier = readServiceTier(metadata);
  if (serviceTier !== undefined) usage.serviceTier = serviceTier;
  return usage;
}
