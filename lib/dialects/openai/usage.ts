import { asArray, asNumber, asObject, asString, isObject, type JsonObject } from '../../domain/json.ts';
import type { Usage } from '../../domain/usage.ts';

/** The figures read from one place each; the others of `Usage` are put together. */
type Figure = Exclude<
  {
    [Name in keyof Usage]-?: NonNullable<Usage[Name]> extends number ? Name : never;
  }[keyof Usage],
  'providerCostUsd'
>;

/** Where a figure may stand, dotted; the first that is a number counts. Who writes it that way is named. */
const places: readonly (readonly [Figure, readonly string[]])[] = [
  ['inputTokens', ['prompt_tokens', 'input_tokens']],
  ['outputTokens', ['completion_tokens', 'output_tokens']],
  [
    'cachedInputTokens',
    [
      'prompt_tokens_details.cached_tokens',
      'input_tokens_details.cached_tokens',
      'prompt_cache_hit_tokens', // DeepSeek
      'num_cached_tokens', // Mistral
      'cached_tokens', // Together, Moonshot
    ],
  ],
  [
    'cacheWriteTokens',
    ['prompt_tokens_details.cache_write_tokens', 'input_tokens_details.cache_write_tokens'],
  ],
  [
    'reasoningTokens',
    [
      'completion_tokens_details.reasoning_tokens',
      'output_tokens_details.reasoning_tokens',
      'reasoning_tokens', // Perplexity, Together
    ],
  ],
  ['inputAudioTokens', ['prompt_tokens_details.audio_tokens', 'input_tokens_details.audio_tokens']],
  ['inputImageTokens', ['prompt_tokens_details.image_tokens', 'input_tokens_details.image_tokens']],
  ['outputAudioTokens', ['completion_tokens_details.audio_tokens', 'output_tokens_details.audio_tokens']],
  ['outputImageTokens', ['completion_tokens_details.image_tokens', 'output_tokens_details.image_tokens']],
  ['acceptedPredictionTokens', ['completion_tokens_details.accepted_prediction_tokens']],
  ['rejectedPredictionTokens', ['completion_tokens_details.rejected_prediction_tokens']],
  [
    'webSearches',
    [
      'server_tool_use_details.web_search_requests', // OpenRouter
      'server_tool_use.web_search_requests', // OpenRouter, earlier
      'num_search_queries', // Perplexity
    ],
  ],
  ['totalTokens', ['total_tokens']],
];

/** The same, split once: this is read for every answer and for every chunk that is parsed. */
const splitPlaces = places.map(([figure, paths]) => ({
  figure,
  paths: paths.map((path) => {
    const dot = path.indexOf('.');
    return dot === -1
      ? { inside: undefined, name: path }
      : { inside: path.slice(0, dot), name: path.slice(dot + 1) };
  }),
}));

type Path = (typeof splitPlaces)[number]['paths'][number];

/**
 * The usage of a Chat Completions, Responses or Embeddings answer or final chunk, in all the wordings of
 * OpenAI-compatible hosts. `body` is the answer, `askedModel` what it was asked of; undefined where it tells nothing.
 */
export function readUsage(body: JsonObject, askedModel: string): Usage | undefined {
  const usage = usageObject(body);
  if (usage === undefined) return undefined;
  const figures: Partial<Record<Figure, number>> = {};
  let told = 0;
  for (const { figure, paths } of splitPlaces) {
    const value = firstNumber(usage, paths);
    if (value === undefined) continue;
    figures[figure] = value;
    told += 1;
  }
  const searches = figures.webSearches ?? searchesIn(body);
  const cost = providerCostUsd(usage);
  if (told === 0 && cost === undefined) return undefined;
  const { model, service_tier: tier } = body;
  return {
    ...figures,
    inputTokens: figures.inputTokens ?? 0,
    outputTokens: figures.outputTokens ?? 0,
    ...(searches === undefined ? {} : { webSearches: searches }),
    ...(cost === undefined ? {} : { providerCostUsd: cost }),
    ...(typeof model === 'string' && model !== '' && model !== askedModel ? { servedModel: model } : {}),
    ...(typeof tier === 'string' && tier !== '' ? { serviceTier: tier } : {}),
  };
}

/**
 * Responses list web searches among their output and not in their usage. A call that opens a page, or looks for
 * something in it, is no search (developers.openai.com/api/docs/pricing, "web search").
 */
function searchesIn(body: JsonObject): number | undefined {
  const calls = asArray(body['output']).filter((item) => {
    const { type, action } = asObject(item);
    return type === 'web_search_call' && (asString(asObject(action)['type']) ?? 'search') === 'search';
  });
  return calls.length === 0 ? undefined : calls.length;
}

/** `usage`, or where Groq puts it in the last chunk of a stream. */
function usageObject(body: JsonObject): JsonObject | undefined {
  const direct = body['usage'];
  const found = direct === undefined || direct === null ? asObject(body['x_groq'])['usage'] : direct;
  return found === undefined || found === null ? undefined : asObject(found);
}

/**
 * OpenRouter's `cost` in credits of one dollar, Perplexity's `cost.total_cost`. Where OpenRouter used the caller's own
 * account (`is_byok`), `cost` is only its fee and the account pays the upstream cost besides
 * (openrouter.ai/docs/use-cases/usage-accounting).
 */
function providerCostUsd(usage: JsonObject): number | undefined {
  const cost = asNumber(usage['cost']) ?? asNumber(asObject(usage['cost'])['total_cost']);
  if (cost === undefined || usage['is_byok'] !== true) return cost;
  return cost + (asNumber(asObject(usage['cost_details'])['upstream_inference_cost']) ?? 0);
}

function firstNumber(usage: JsonObject, paths: readonly Path[]): number | undefined {
  for (const { inside, name } of paths) {
    const holder = inside === undefined ? usage : usage[inside];
    const figure = isObject(holder) ? asNumber(holder[name]) : undefined;
    if (figure !== undefined) return figure;
  }
  return undefined;
}

/** Usage as Chat Completions writes it, for answers the gateway translates. */
export function usageJson(usage: Usage): JsonObject {
  const { inputTokens, outputTokens } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: usage.totalTokens ?? inputTokens + outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedInputTokens ?? 0,
      audio_tokens: usage.inputAudioTokens ?? 0,
      ...(usage.cacheWriteTokens === undefined ? {} : { cache_write_tokens: usage.cacheWriteTokens }),
      ...(usage.inputImageTokens === undefined ? {} : { image_tokens: usage.inputImageTokens }),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens ?? 0,
      audio_tokens: usage.outputAudioTokens ?? 0,
      accepted_prediction_tokens: usage.acceptedPredictionTokens ?? 0,
      rejected_prediction_tokens: usage.rejectedPredictionTokens ?? 0,
      ...(usage.outputImageTokens === undefined ? {} : { image_tokens: usage.outputImageTokens }),
    },
    ...(usage.webSearches === undefined
      ? {}
      : { server_tool_use_details: { web_search_requests: usage.webSearches } }),
  };
}
