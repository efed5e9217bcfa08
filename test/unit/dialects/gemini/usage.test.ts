import { describe, expect, it } from 'vitest';
import { readUsage } from '../../../../lib/dialects/gemini/usage.ts';

describe('usage', () => {
  it('adds thoughts to the output and tool input to the input, and keeps the parts', () => {
    expect(
      readUsage({
        promptTokenCount: 100,
        cachedContentTokenCount: 60,
        toolUsePromptTokenCount: 7,
        candidatesTokenCount: 20,
        thoughtsTokenCount: 30,
        totalTokenCount: 157,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 50 },
          { modality: 'AUDIO', tokenCount: 32 },
          { modality: 'IMAGE', tokenCount: 18 },
        ],
        cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 10 }],
        toolUsePromptTokensDetails: [{ modality: 'IMAGE', tokenCount: 2 }],
        candidatesTokensDetails: [
          { modality: 'AUDIO', tokenCount: 4 },
          { modality: 'IMAGE', tokenCount: 5 },
        ],
        trafficType: 'ON_DEMAND_PRIORITY',
      }),
    ).toEqual({
      inputTokens: 107,
      outputTokens: 50,
      cachedInputTokens: 60,
      toolInputTokens: 7,
      reasoningTokens: 30,
      totalTokens: 157,
      inputAudioTokens: 32,
      inputImageTokens: 20,
      cachedInputAudioTokens: 10,
      outputAudioTokens: 4,
      outputImageTokens: 5,
      serviceTier: 'priority',
    });
  });

  it('claims no figure the provider did not give', () => {
    expect(readUsage({ promptTokenCount: 3 })).toStrictEqual({ inputTokens: 3, outputTokens: 0 });
  });

  it.each([
    [{ serviceTier: 'standard' }, 'default'],
    [{ trafficType: 'ON_DEMAND' }, 'default'],
    [{ trafficType: 'PROVISIONED_THROUGHPUT' }, 'provisioned_throughput'],
  ])('says the tier of %j in OpenAI’s words', (metadata, tier) => {
    expect(readUsage(metadata).serviceTier).toBe(tier);
  });
});
