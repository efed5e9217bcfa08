import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeThinking } from '../../../../lib/dialects/gemini/thinking.ts';

describe('thinkingConfig', () => {
  it('says nothing where the caller did not', () => {
    expect(writeThinking(undefined, 'gemini-2.5-flash', undefined)).toBeUndefined();
  });

  it.each(['gemini-2.0-flash', 'gemini-2.5-flash-image', 'gemini-3-pro-image-preview'])(
    'says nothing to %s',
    (model) => {
      expect(writeThinking({ effort: 'high' }, model, undefined)).toBeUndefined();
    },
  );

  it.each([
    ['none', { thinkingBudget: 0 }],
    ['low', { thinkingBudget: 1024, includeThoughts: true }],
    ['medium', { thinkingBudget: 8192, includeThoughts: true }],
    ['high', { thinkingBudget: 24_576, includeThoughts: true }],
    ['max', { thinkingBudget: 24_576, includeThoughts: true }],
  ] as const)('gives gemini-2.5-flash a budget for effort %s', (effort, config) => {
    expect(writeThinking({ effort }, 'gemini-2.5-flash', undefined)).toEqual(config);
  });

  it('gives gemini-2.5-pro its least budget where it cannot switch off', () => {
    expect(writeThinking({ effort: 'none' }, 'gemini-2.5-pro', undefined)).toEqual({ thinkingBudget: 128 });
    expect(writeThinking({ effort: 'max' }, 'gemini-2.5-pro', undefined)).toEqual({
      thinkingBudget: 32_768,
      includeThoughts: true,
    });
  });

  it('raises a budget to the least of gemini-2.5-flash-lite', () => {
    expect(writeThinking({ budgetTokens: 100 }, 'gemini-2.5-flash-lite', undefined)).toEqual({
      thinkingBudget: 512,
      includeThoughts: true,
    });
  });

  it('leaves room for the answer', () => {
    expect(writeThinking({ effort: 'high' }, 'gemini-2.5-flash', 1000)).toMatchObject({
      thinkingBudget: 800,
    });
    expect(writeThinking({ budgetTokens: 2000 }, 'gemini-2.5-flash', 1000)).toMatchObject({
      thinkingBudget: 999,
    });
  });

  it.each([
    ['gemini-3-pro-preview', 'minimal', 'LOW'],
    ['gemini-3-pro-preview', 'medium', 'HIGH'],
    ['gemini-3.1-pro-preview', 'medium', 'MEDIUM'],
    ['gemini-3-flash-preview', 'minimal', 'MINIMAL'],
    ['gemini-3.8-flash', 'minimal', 'LOW'],
    ['gemini-3.6-flash', 'xhigh', 'HIGH'],
    ['gemini-4-ultra', 'low', 'LOW'],
  ] as const)('gives %s for effort %s the level %s', (model, effort, thinkingLevel) => {
    expect(writeThinking({ effort }, model, undefined)).toEqual({ thinkingLevel, includeThoughts: true });
  });

  it('turns budgets into levels for Gemini 3', () => {
    const level = (budgetTokens: number): unknown =>
      writeThinking({ budgetTokens }, 'gemini-3-flash-preview', undefined)?.['thinkingLevel'];
    expect([0, 512, 1025, 20_000].map(level)).toEqual(['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']);
  });

  it('keeps explicit budgets of gemini-2.5-flash below the output limit', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 2, max: 100_000 }), (budgetTokens, maxOutputTokens) => {
        const config = writeThinking({ budgetTokens }, 'gemini-2.5-flash', maxOutputTokens);
        expect(Number(config?.['thinkingBudget'])).toBeLessThan(maxOutputTokens);
      }),
    );
  });
});
