import { describe, expect, it } from 'vitest';
import { tierMultiplier } from '../../../lib/accounting/service-tier.ts';

const factor = (catalogId?: string, tier?: string, family?: string): number | undefined => {
  const multiplier = tierMultiplier(catalogId, tier, family);
  return multiplier && multiplier.times / multiplier.over;
};

describe('tierMultiplier', () => {
  it.each<[string | undefined, string | undefined, string | undefined, number | undefined]>([
    ['openai', undefined, 'gpt-5', 1],
    ['openai', 'default', 'gpt-5', 1],
    ['openai', 'auto', 'gpt-5', 1],
    ['openai', 'flex', 'gpt-5', 0.5],
    ['openai', 'batch', 'gpt-5', 0.5],
    ['openai', 'priority', 'gpt-5', 2],
    ['openai', 'Priority', 'gpt-5-mini', 1.8],
    ['openai', 'priority', 'gpt-4-1', 1.75],
    ['openai', 'priority', 'a-model-of-next-year', 2],
    ['openai', 'priority', undefined, 2],
    ['google', 'flex', 'gemini-3-5-flash', 0.5],
    ['google', 'priority', 'gemini-3-5-flash', 2],
    ['groq', 'flex', 'gpt-oss-120b', 1],
    ['anthropic', 'batch', 'claude-opus-5', 0.5],
    ['anthropic', 'priority', 'claude-opus-5', 1],
    ['aws', 'flex', 'gpt-oss-120b', 1],
    ['aws', 'priority', 'gpt-oss-120b', undefined],
    ['openai', 'ultrafast', 'gpt-5', undefined],
    ['openai', '__proto__', 'gpt-5', undefined],
    ['openai', 'priority', '__proto__', 2],
    [undefined, undefined, undefined, 1],
    [undefined, 'priority', undefined, undefined],
  ])('%s %s %s: %s', (catalogId, tier, family, expected) => {
    expect(factor(catalogId, tier, family)).toBe(expected);
  });
});
