import { describe, expect, it } from 'vitest';
import { readUsage } from '../../../../lib/dialects/bedrock/usage.ts';

describe('readUsage', () => {
  it('adds what was read from and written to the cache to the input', () => {
    expect(
      readUsage({
        inputTokens: 30,
        outputTokens: 1,
        totalTokens: 101,
        cacheReadInputTokens: 60,
        cacheReadInputTokenCount: 60,
        cacheWriteInputTokens: 10,
        cacheWriteInputTokenCount: 10,
        cacheDetails: [
          { ttl: '1h', inputTokens: 4 },
          { ttl: '5m', inputTokens: 6 },
        ],
      }),
    ).toEqual({
      inputTokens: 100,
      outputTokens: 1,
      totalTokens: 101,
      cachedInputTokens: 60,
      cacheWriteTokens: 10,
      cacheWrite1hTokens: 4,
    });
  });

  it('knows the older names alone', () => {
    expect(readUsage({ inputTokens: 1, outputTokens: 2, cacheReadInputTokenCount: 5 })).toEqual({
      inputTokens: 6,
      outputTokens: 2,
      cachedInputTokens: 5,
    });
  });

  it('is absent where Bedrock says nothing', () => {
    expect(readUsage(undefined)).toBeUndefined();
    expect(readUsage('many')).toBeUndefined();
  });
});
