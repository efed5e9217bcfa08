import { describe, expect, it } from 'vitest';
import { traitsOf } from '../../../../lib/dialects/anthropic/models.ts';

describe('traitsOf', () => {
  it.each([
    ['claude-3-opus-latest', 'none'],
    ['claude-3-5-sonnet-20241022', 'none'],
    ['claude-3-7-sonnet-20250219', 'budget'],
    ['claude-sonnet-4-20250514', 'budget'],
    ['claude-sonnet-4-0', 'budget'],
    ['claude-haiku-4-5-20251001', 'budget'],
    ['anthropic/claude-sonnet-4.6', 'either'],
    ['claude-opus-4-8', 'adaptive'],
    ['claude-fable-5', 'adaptive'],
    ['claude-opus-11-20300101', 'adaptive'],
    ['in-house-distillate', 'budget'],
  ] as const)('%s thinks by %s', (model, thinking) => {
    expect(traitsOf(model).thinking).toBe(thinking);
  });

  it.each([
    ['claude-sonnet-4-6', 'omit'],
    ['claude-opus-5', 'disabled'],
    ['claude-sonnet-5-5', 'between_tools'],
    ['claude-opus-5-5', 'never'],
    ['claude-mythos-preview', 'never'],
  ] as const)('%s stops thinking by %s', (model, off) => {
    expect(traitsOf(model).thinkingOff).toBe(off);
  });

  it('knows which efforts a generation takes', () => {
    expect(traitsOf('claude-sonnet-4-5').efforts).toEqual([]);
    expect(traitsOf('claude-opus-4-5').efforts).toEqual(['low', 'medium', 'high']);
    expect(traitsOf('claude-sonnet-4-6').efforts).toEqual(['low', 'medium', 'high', 'max']);
    expect(traitsOf('claude-opus-4-7').efforts).toEqual(['low', 'medium', 'high', 'xhigh', 'max']);
  });

  it('knows structured output, forced tools, prefill and system turns', () => {
    const features = (model: string) => {
      const { schemas, forcedTools, prefill, systemTurns } = traitsOf(model);
      return [schemas, forcedTools, prefill, systemTurns];
    };
    expect(features('claude-opus-4-0')).toEqual([false, true, true, false]);
    expect(features('claude-opus-4-1')).toEqual([true, true, true, false]);
    expect(features('claude-sonnet-4-6')).toEqual([true, true, false, false]);
    expect(features('claude-opus-4-8')).toEqual([true, true, false, true]);
    expect(features('claude-sonnet-5-5')).toEqual([true, false, false, true]);
    expect(features('claude-fable-5-1')).toEqual([true, false, false, true]);
  });

  it('knows an output limit for when the catalog does not', () => {
    const limits = [
      'claude-3-haiku-20240307',
      'claude-3-5-haiku-20241022',
      'claude-opus-4-1',
      'claude-opus-4-6',
    ];
    expect(limits.map((model) => traitsOf(model).maxOutputTokens)).toEqual([4096, 8192, 32000, 64000]);
  });
});
