import { describe, expect, it } from 'vitest';
import { mergeUsage, readUsage } from '../../../../lib/dialects/anthropic/usage.ts';

describe('readUsage', () => {
  it('counts cached and cache-written tokens into the total', () => {
    expect(
      readUsage({
        input_tokens: 4,
        cache_creation_input_tokens: 426,
        cache_read_input_tokens: 14210,
        cache_creation: { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 26 },
        output_tokens: 290,
        output_tokens_details: { thinking_tokens: 15 },
        server_tool_use: { web_search_requests: 2, web_fetch_requests: 1 },
        service_tier: 'standard',
      }),
    ).toEqual({
      inputTokens: 14640,
      outputTokens: 290,
      cachedInputTokens: 14210,
      cacheWriteTokens: 426,
      cacheWrite1hTokens: 26,
      reasoningTokens: 15,
      webSearches: 2,
      webFetches: 1,
      serviceTier: 'standard',
    });
  });

  it('keeps every iteration with its model', () => {
    const usage = readUsage({
      input_tokens: 10,
      output_tokens: 5,
      iterations: [
        { type: 'message', input_tokens: 10, output_tokens: 5 },
        {
          type: 'advisor_message',
          model: 'claude-opus-4-8',
          input_tokens: 7,
          cache_read_input_tokens: 3,
          output_tokens: 2,
        },
      ],
    });
    expect(usage).toEqual({
      inputTokens: 10,
      outputTokens: 5,
      iterations: [
        { inputTokens: 10, outputTokens: 5 },
        { model: 'claude-opus-4-8', inputTokens: 10, outputTokens: 2, cachedInputTokens: 3 },
      ],
    });
  });

  it('is nothing where nothing was counted', () => {
    expect(readUsage({})).toBeUndefined();
    expect(readUsage({ input_tokens: '12' })).toBeUndefined();
  });

  it('lets a later report replace what it mentions and nothing else', () => {
    const start = {
      input_tokens: 30,
      cache_read_input_tokens: 60,
      output_tokens: 1,
      service_tier: 'standard',
    };
    expect(readUsage(mergeUsage(start, { output_tokens: 9, input_tokens: null }))).toEqual({
      inputTokens: 90,
      outputTokens: 9,
      cachedInputTokens: 60,
      serviceTier: 'standard',
    });
  });
});
