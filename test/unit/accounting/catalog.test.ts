import { describe, expect, it } from 'vitest';
import { catalogData, loadCatalog } from '../../../lib/accounting/catalog.ts';
import type { Price } from '../../../lib/domain/prices.ts';

const catalog = loadCatalog(await catalogData());

const handWritten = loadCatalog({
  source: 'by hand',
  asOf: '2026-11-23',
  prices: 'i2.5>200000:5 o10 c1.25 s10|i0 o0|q12',
  providers: {
    maker: {
      models: 'big-1 128000 0 4096 big-1-2026-01-01 Big-Latest|small - 1 -|- - 0 -|odd 10 - -',
      rules: '^ft:big-1 2|*odd- 3',
      fallbacks: '',
    },
    reseller: { models: 'own - 2 -', rules: '', fallbacks: 'maker nobody' },
  },
});

describe('loadCatalog', () => {
  it('finds a model by its own name, whatever the case', () => {
    expect(handWritten.find('maker', 'BIG-1')).toEqual({
      model: 'big-1',
      family: 'big-1',
      contextTokens: 128_000,
      maxOutputTokens: 4096,
      prices: {
        input: {
          picoUsdPerToken: 2_500_000,
          tiers: [{ aboveInputTokens: 200_000, picoUsdPerToken: 5_000_000 }],
        },
        output: { picoUsdPerToken: 10_000_000 },
        cachedInput: { picoUsdPerToken: 1_250_000 },
        webSearchPicoUsd: 10_000_000_000,
      },
    });
  });

  it('answers an alias under the name to send', () => {
    expect(handWritten.find('maker', 'big-1-2026-01-01')?.model).toBe('big-1-2026-01-01');
    expect(handWritten.find('maker', 'big-latest')?.model).toBe('Big-Latest');
  });

  it('answers a rule under the name asked for, with the facts of its model', () => {
    expect(handWritten.find('maker', 'ft:big-1:acme')).toMatchObject({
      model: 'ft:big-1:acme',
      prices: { output: { picoUsdPerToken: 10_000_000 } },
    });
  });

  it('knows free from unknown', () => {
    expect(handWritten.find('maker', 'small')?.prices).toEqual({
      input: { picoUsdPerToken: 0 },
      output: { picoUsdPerToken: 0 },
    });
    expect(handWritten.find('maker', 'odd')).toEqual({ model: 'odd', family: 'odd', contextTokens: 10 });
  });

  it('asks the next provider where the source says so', () => {
    expect(handWritten.find('reseller', 'own')?.prices).toEqual({ requestPicoUsd: 12_000_000_000 });
    expect(handWritten.find('reseller', 'small')?.model).toBe('small');
    expect(handWritten.list('reseller').map(({ model }) => model)).toEqual(['own', 'big-1', 'small', 'odd']);
  });

  it('lists what has a name, once', () => {
    expect(handWritten.list('maker').map(({ model }) => model)).toEqual(['big-1', 'small', 'odd']);
  });

  it.each(['', ' ', 'x'.repeat(257), '__proto__', 'constructor', 'big', 'big-1-2027-01-01'])(
    'does not know %j',
    (name) => {
      expect(handWritten.find('maker', name)).toBeUndefined();
    },
  );

  it.each(['nobody', '__proto__', 'toString', ''])('knows no provider %j', (id) => {
    expect(handWritten.find(id, 'big-1')).toBeUndefined();
    expect(handWritten.list(id)).toEqual([]);
  });
});

describe('the generated catalog', () => {
  it.each([
    ['openai', 'gpt-4o-2024-08-06', 'gpt-4o-2024-08-06', 'gpt-4o', 2_500_000],
    ['openai', 'gpt-4o-2024-05-13', 'gpt-4o-2024-05-13', 'gpt-4o', 5_000_000],
    ['anthropic', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5', 3_000_000],
    ['aws', 'claude-sonnet-4-5', 'anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5', 3_300_000],
    [
      'aws',
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'claude-sonnet-4-5',
      3_300_000,
    ],
    [
      'aws',
      'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'claude-sonnet-4-5',
      3_000_000,
    ],
    ['aws', 'us.anthropic.claude-opus-5', 'us.anthropic.claude-opus-5', 'claude-opus-5', 5_500_000],
    ['aws', 'us.anthropic.claude-opus-5-5', 'us.anthropic.claude-opus-5-5', 'claude-opus-5-5', 4_400_000],
    [
      'aws',
      'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0',
      'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0',
      'nova-lite',
      60_000,
    ],
    [
      'aws',
      'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0',
      'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0',
      'nova-pro',
      800_000,
    ],
    ['google', 'gemini-2.5-pro', 'gemini-2.5-pro', 'gemini-2-5-pro', 1_250_000],
    ['vertex', 'claude-sonnet-4-5', 'claude-sonnet-4-5@20250929', 'claude-sonnet-4-5', 3_000_000],
    ['vertex', 'gemini-2.5-pro', 'gemini-2.5-pro', 'gemini-2-5-pro', 1_250_000],
    ['groq', 'gpt-oss-120b', 'openai/gpt-oss-120b', 'gpt-oss-120b', 150_000],
    ['groq', 'Llama-3.3-70B-Instruct', 'llama-3.3-70b-versatile', 'llama-3-3-70b-instruct', 590_000],
    ['openrouter', 'claude-opus-4-5', 'anthropic/claude-opus-4.5', 'claude-opus-4-5', 5_000_000],
    ['fireworks', 'gpt-oss-120b', 'accounts/fireworks/models/gpt-oss-120b', 'gpt-oss-120b', 150_000],
    ['azure', 'gpt-4o', 'gpt-4o', 'gpt-4o', 2_500_000],
  ])('%s: %s is sent as %s, family %s', (provider, asked, model, family, inputPrice) => {
    const found = catalog.find(provider, asked);
    expect(found).toMatchObject({ model, family });
    expect(found?.prices?.input?.picoUsdPerToken).toBe(inputPrice);
  });

  it('sends Claude on Bedrock under the ids Bedrock has', () => {
    const ids = ['opus-4-1', 'opus-4-5', 'opus-4-6', 'sonnet-4-6', 'opus-4-8', 'sonnet-5', 'opus-5-5'].map(
      (model) => catalog.find('aws', `claude-${model}`)?.model,
    );
    expect(ids).toEqual([
      'anthropic.claude-opus-4-1-20250805-v1:0',
      'anthropic.claude-opus-4-5-20251101-v1:0',
      'anthropic.claude-opus-4-6-v1',
      'anthropic.claude-sonnet-4-6',
      'anthropic.claude-opus-4-8',
      'anthropic.claude-sonnet-5',
      'anthropic.claude-opus-5-5',
    ]);
    expect(catalog.find('aws', 'us.anthropic.claude-opus-4-8')?.prices?.input?.picoUsdPerToken).toBe(
      5_500_000,
    );
  });

  it('never answers a snapshot with another snapshot', () => {
    expect(catalog.find('openai', 'gpt-4o-2030-01-01')).toBeUndefined();
  });

  it('offers Claude through Vertex, not through the Gemini API', () => {
    expect(catalog.find('google', 'claude-sonnet-4-5')).toBeUndefined();
    expect(catalog.list('google').filter(({ family }) => family.startsWith('claude'))).toEqual([]);
  });

  it('tells which providers serve the same model', () => {
    const serving = ['openai', 'anthropic', 'aws', 'vertex', 'google', 'openrouter', 'groq'].filter(
      (provider) => catalog.find(provider, 'claude-haiku-4-5') !== undefined,
    );
    expect(serving).toEqual(['anthropic', 'aws', 'vertex', 'openrouter']);
  });

  it('has long-context, cache, audio and search prices', () => {
    expect(catalog.find('anthropic', 'claude-sonnet-4-5')?.prices).toMatchObject({
      cacheWrite: {
        picoUsdPerToken: 3_750_000,
        tiers: [{ aboveInputTokens: 200_000, picoUsdPerToken: 7_500_000 }],
      },
      cacheWrite1h: { picoUsdPerToken: 6_000_000 },
      webSearchPicoUsd: 10_000_000_000,
    });
    expect(catalog.find('openai', 'gpt-realtime')?.prices).toMatchObject({
      inputAudio: { picoUsdPerToken: 32_000_000 },
      cachedInputAudio: { picoUsdPerToken: 400_000 },
      outputAudio: { picoUsdPerToken: 64_000_000 },
      inputImage: { picoUsdPerToken: 5_000_000 },
    });
    expect(catalog.find('perplexity', 'sonar-deep-research')?.prices?.outputReasoning?.picoUsdPerToken).toBe(
      3_000_000,
    );
    expect(catalog.find('perplexity', 'sonar')?.prices?.requestPicoUsd).toBe(12_000_000_000);
  });

  it('has no price for what is sold by the hour or the page', () => {
    expect(catalog.find('openai', 'whisper-1')).toEqual({ model: 'whisper-1', family: 'whisper-1' });
    expect(catalog.find('mistral', 'mistral-ocr-latest')?.prices).toBeUndefined();
    expect(catalog.find('cerebras', 'qwen-3-coder-480b')?.prices).toBeUndefined();
  });

  it('has whole prices with thresholds that ascend', async () => {
    for (const id of Object.keys((await catalogData()).providers))
      for (const { model, prices = {} } of catalog.list(id))
        for (const price of Object.values({ ...prices } satisfies Record<string, number | Price>)) {
          const { picoUsdPerToken, tiers = [] } =
            typeof price === 'number' ? { picoUsdPerToken: price } : price;
          const figures = [picoUsdPerToken, ...tiers.map((tier) => tier.picoUsdPerToken)];
          expect(figures.every(Number.isSafeInteger), model).toBe(true);
          const thresholds = tiers.map((tier) => tier.aboveInputTokens);
          expect(thresholds, model).toEqual(thresholds.toSorted((a, b) => a - b));
        }
  });
});
