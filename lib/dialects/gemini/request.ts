import type { ChatRequest, ResponseFormat } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { ProviderType } from '../../domain/policy.ts';
import type { OutboundRequest } from '../../domain/ports.ts';
import { writeContents } from './contents.ts';
import { takesPenalties } from './models.ts';
import { writeThinking } from './thinking.ts';
import { writeTools } from './tools.ts';

/** Parameters of other dialects' clients that Gemini knows under the same name: they pass as they are. */
const nativeParameters: ReadonlyMap<
  string,
  { readonly place: 'root' | 'generationConfig'; readonly only?: ProviderType }
> = new Map([
  ['cachedContent', { place: 'root' }],
  ['safetySettings', { place: 'root' }],
  ['labels', { place: 'root', only: 'vertex' }],
  ['responseModalities', { place: 'generationConfig' }],
  ['mediaResolution', { place: 'generationConfig' }],
  ['speechConfig', { place: 'generationConfig' }],
  ['imageConfig', { place: 'generationConfig' }],
  ['audioTimestamp', { place: 'generationConfig', only: 'vertex' }],
]);

/** Where this target takes a parameter under its own name; undefined: nowhere. */
export function nativePlace(name: string, target: Target): 'root' | 'generationConfig' | undefined {
  const native = nativeParameters.get(name);
  return native?.only === undefined || native.only === target.provider.type ? native?.place : undefined;
}

/** OpenAI's names of service tiers to Gemini's; `undefined` is the default of both. */
export const serviceTiers: ReadonlyMap<string, string | undefined> = new Map([
  ['auto', undefined],
  ['default', undefined],
  ['standard', undefined],
  ['flex', 'flex'],
  ['priority', 'priority'],
]);

/** `seed` is an int32. */
export const takesSeed = (seed: number): boolean => Number.isInteger(seed) && Math.abs(seed) < 2 ** 31;

/**
 * POST models/{model}:generateContent or :streamGenerateContent (ai.google.dev/api/generate-content;
 * docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference).
 */
export function writeRequest(request: ChatRequest, target: Target): OutboundRequest {
  const tier = serviceTiers.get(request.serviceTier ?? 'auto');
  const vertex = target.provider.type === 'vertex';
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  // Vertex AI takes the tier as a header, not in the body.
  if (vertex && tier !== undefined) headers['x-vertex-ai-llm-shared-request-type'] = tier;
  const generationConfig = writeGenerationConfig(request, target);
  const body: JsonObject = {
    ...native(request.others, 'root', target),
    ...writeContents(request.messages, target),
    ...writeTools(request),
    generationConfig: Object.keys(generationConfig).length > 0 ? generationConfig : undefined,
    serviceTier: vertex ? undefined : tier,
  };
  return { method: 'POST', url: urlOf(target, request.stream), headers, body: JSON.stringify(body) };
}

function urlOf(target: Target, stream: boolean): string {
  const { baseUrl, project, region, type } = target.provider;
  const place =
    type === 'gemini'
      ? 'v1beta'
      : project === undefined
        ? 'v1beta1/publishers/google'
        : `v1beta1/projects/${project}/locations/${region ?? 'global'}/publishers/google`;
  const call = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return `${baseUrl}/${place}/models/${encodeURIComponent(target.model)}:${call}`;
}

function writeGenerationConfig(request: ChatRequest, target: Target): JsonObject {
  const penalties = takesPenalties(target.model);
  const config: Record<string, Json | undefined> = {
    ...native(request.others, 'generationConfig', target),
    maxOutputTokens: request.maxOutputTokens,
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    stopSequences: request.stop !== undefined && request.stop.length > 0 ? request.stop : undefined,
    seed: request.seed !== undefined && takesSeed(request.seed) ? request.seed : undefined,
    frequencyPenalty: penalties ? request.frequencyPenalty : undefined,
    presencePenalty: penalties ? request.presencePenalty : undefined,
    thinkingConfig: writeThinking(request.reasoning, target.model, request.maxOutputTokens),
    ...writeFormat(request.responseFormat),
  };
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

/** `responseJsonSchema` takes JSON Schema as it is (recorded with gemini-2.0-flash, 2.5-flash and 3-flash). */
function writeFormat(format: ResponseFormat | undefined): JsonObject {
  if (format === undefined || format.type === 'text') return {};
  const responseMimeType = 'application/json';
  return format.type === 'json_schema'
    ? { responseMimeType, responseJsonSchema: format.schema }
    : { responseMimeType };
}

const native = (others: JsonObject, place: 'root' | 'generationConfig', target: Target): JsonObject =>
  Object.fromEntries(Object.entries(others).filter(([name]) => nativePlace(name, target) === place));
