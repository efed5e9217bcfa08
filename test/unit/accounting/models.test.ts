import { describe, expect, it } from 'vitest';
import { findModel, listModels, type UsableModel } from '../../../lib/accounting/models.ts';

const usable: readonly UsableModel[] = [
  {
    provider: 'openai',
    facts: {
      model: 'gpt-5-mini',
      family: 'gpt-5-mini',
      contextTokens: 400_000,
      maxOutputTokens: 128_000,
      prices: {
        input: { picoUsdPerToken: 250_000 },
        output: { picoUsdPerToken: 2_000_000 },
        cachedInput: { picoUsdPerToken: 25_000 },
        webSearchPicoUsd: 10_000_000_000,
      },
    },
  },
  {
    provider: 'claude-eu',
    facts: { model: 'anthropic.claude-haiku-4-5-20251001-v1:0', family: 'claude-haiku-4-5' },
  },
  { provider: 'azure', facts: { model: 'gpt-5-mini', family: 'gpt-5-mini' } },
];
const aliases = new Map([
  ['fast', ['openai/gpt-5-mini', 'claude-eu/claude-haiku-4-5']],
  ['small', ['elsewhere/other', 'claude-eu/claude-haiku-4-5']],
  ['mine', ['gpt-5-mini']],
  ['forbidden', ['elsewhere/other']],
]);
const list = listModels(usable, aliases, 1_700_000_000);

describe('listModels', () => {
  it('lists provider/model and the aliases that lead to one of them, by id', () => {
    expect(list.object).toBe('list');
    expect(list.data.map(({ id }) => id)).toEqual([
      'azure/gpt-5-mini',
      'claude-eu/anthropic.claude-haiku-4-5-20251001-v1:0',
      'fast',
      'mine',
      'openai/gpt-5-mini',
      'small',
    ]);
  });

  it('tells context, limits and prices in dollars per token', () => {
    expect(list.data.find(({ id }) => id === 'openai/gpt-5-mini')).toEqual({
      id: 'openai/gpt-5-mini',
      object: 'model',
      created: 1_700_000_000,
      owned_by: 'openai',
      context_length: 400_000,
      max_output_tokens: 128_000,
      pricing: {
        prompt: '0.00000025',
        completion: '0.000002',
        input_cache_read: '0.000000025',
        web_search: '0.01',
      },
    });
  });

  it('leaves out what is not known', () => {
    expect(list.data.find(({ id }) => id === 'azure/gpt-5-mini')).toEqual({
      id: 'azure/gpt-5-mini',
      object: 'model',
      created: 1_700_000_000,
      owned_by: 'azure',
    });
  });

  it('describes an alias by the first model it leads to', () => {
    expect(list.data.find(({ id }) => id === 'fast')).toMatchObject({
      owned_by: 'fairlead',
      context_length: 400_000,
    });
    expect(list.data.find(({ id }) => id === 'small')).not.toHaveProperty('context_length');
  });

  it('lists nothing for a caller who may use nothing', () => {
    expect(listModels([], aliases, 0)).toEqual({ object: 'list', data: [] });
  });

  it.each([
    [0, '0'],
    [1, '0.000000000001'],
    [37_500, '0.0000000375'],
    [1_000_000_000_000, '1'],
    [2_500_000_000_000, '2.5'],
  ])('writes %i pico-dollars as %s', (picoUsdPerToken, expected) => {
    const facts = { model: 'm', family: 'm', prices: { input: { picoUsdPerToken } } };
    expect(listModels([{ provider: 'p', facts }], new Map(), 0).data[0]?.pricing).toEqual({
      prompt: expected,
    });
  });
});

describe('findModel', () => {
  it('finds by listed id', () => {
    expect(findModel(list, 'azure/gpt-5-mini')?.owned_by).toBe('azure');
    expect(findModel(list, 'fast')?.owned_by).toBe('fairlead');
  });

  it('finds a bare name at its first provider and keeps it', () => {
    expect(findModel(list, 'gpt-5-mini')).toMatchObject({ id: 'gpt-5-mini', owned_by: 'azure' });
  });

  it('finds nothing else', () => {
    expect(findModel(list, 'gpt-5')).toBeUndefined();
    expect(findModel(list, 'forbidden')).toBeUndefined();
  });
});
