import { describe, expect, it } from 'vitest';
import { readUsage, usageJson } from '../../../../lib/dialects/openai/usage.ts';
import type { JsonObject } from '../../../../lib/domain/json.ts';

const read = (usage: JsonObject, rest: JsonObject = {}) => readUsage({ usage, ...rest }, 'm');

describe('usage', () => {
  it.each<[string, JsonObject, object]>([
    [
      'OpenAI',
      {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 60, audio_tokens: 5 },
        completion_tokens_details: {
          ...{
            reasoning_tokens: 20,
            audio_tokens: 3,
            accepted_prediction_tokens: 2,
            rejected_prediction_tokens: 1,
          },
        },
      },
      {
        ...{
          inputTokens: 100,
          outputTokens: 50,
          totalTokens: 150,
          cachedInputTokens: 60,
          inputAudioTokens: 5,
        },
        ...{
          reasoningTokens: 20,
          outputAudioTokens: 3,
          acceptedPredictionTokens: 2,
          rejectedPredictionTokens: 1,
        },
      },
    ],
    [
      'Responses',
      {
        ...{
          input_tokens: 9,
          input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
          output_tokens: 8,
        },
        ...{ output_tokens_details: { reasoning_tokens: 6 }, total_tokens: 17 },
      },
      {
        ...{ inputTokens: 9, outputTokens: 8, cachedInputTokens: 4, cacheWriteTokens: 2, reasoningTokens: 6 },
        totalTokens: 17,
      },
    ],
    [
      'embeddings',
      { prompt_tokens: 7, total_tokens: 7 },
      { inputTokens: 7, outputTokens: 0, totalTokens: 7 },
    ],
    [
      'DeepSeek',
      { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 },
      { inputTokens: 10, outputTokens: 1, cachedInputTokens: 8 },
    ],
    [
      'Mistral',
      { prompt_tokens: 10, completion_tokens: 1, num_cached_tokens: 8 },
      { inputTokens: 10, outputTokens: 1, cachedInputTokens: 8 },
    ],
    [
      'OpenRouter',
      {
        ...{ prompt_tokens: 10, completion_tokens: 1, cost: 0.5, is_byok: false },
        ...{
          cost_details: { upstream_inference_cost: 0.4 },
          server_tool_use_details: { web_search_requests: 2 },
        },
      },
      { inputTokens: 10, outputTokens: 1, providerCostUsd: 0.5, webSearches: 2 },
    ],
    [
      "OpenRouter on the caller's own account",
      {
        prompt_tokens: 10,
        completion_tokens: 1,
        cost: 0.25,
        is_byok: true,
        cost_details: { upstream_inference_cost: 0.5 },
      },
      { inputTokens: 10, outputTokens: 1, providerCostUsd: 0.75 },
    ],
  ])('of %s', (_who, usage, expected) => {
    expect(read(usage)).toEqual(expected);
  });

  it("of Groq's last chunk stands elsewhere", () => {
    const json = {
      choices: [],
      x_groq: { usage: { prompt_tokens: 3, completion_tokens: 4, total_time: 0.1 } },
    };
    expect(readUsage(json, 'm')).toEqual({ inputTokens: 3, outputTokens: 4 });
  });

  it('counts the web searches among the output of a response, once each', () => {
    const output = [
      { type: 'web_search_call', action: { type: 'search', query: 'x' } },
      { type: 'web_search_call' },
      { type: 'web_search_call', action: { type: 'open_page', url: 'https://example.com' } },
      { type: 'message' },
    ];
    expect(read({ input_tokens: 1, output_tokens: 1 }, { output })).toMatchObject({ webSearches: 2 });
    expect(read({ input_tokens: 1, output_tokens: 1, num_search_queries: 5 }, { output })).toMatchObject({
      webSearches: 5,
    });
  });

  it('names the model and the tier that were billed', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    expect(read(usage, { model: 'm-2025', service_tier: 'flex' })).toMatchObject({
      servedModel: 'm-2025',
      serviceTier: 'flex',
    });
    expect(read(usage, { model: 'm', service_tier: null })).toEqual({ inputTokens: 1, outputTokens: 1 });
  });

  it('is nothing where nothing is told', () => {
    expect(readUsage({ usage: null }, 'm')).toBeUndefined();
    expect(readUsage({ usage: {} }, 'm')).toBeUndefined();
    expect(readUsage({}, 'm')).toBeUndefined();
  });

  it('is written as OpenAI writes it, and reads back', () => {
    const usage = {
      ...{ inputTokens: 10, outputTokens: 5, totalTokens: 16, cachedInputTokens: 4, cacheWriteTokens: 2 },
      ...{ inputAudioTokens: 0, reasoningTokens: 3, outputAudioTokens: 0, webSearches: 1 },
      ...{ acceptedPredictionTokens: 0, rejectedPredictionTokens: 0 },
    };
    expect(usageJson(usage)).toMatchObject({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 16 });
    expect(read(usageJson(usage))).toEqual(usage);
  });
});
