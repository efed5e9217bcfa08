import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billedUnits } from '../../../lib/accounting/billed-units.ts';
import { type CostContext, costMicroUsd } from '../../../lib/accounting/cost.ts';
import type { TokenPrices } from '../../../lib/domain/prices.ts';
import type { Usage } from '../../../lib/domain/usage.ts';

const usd = (perMTok: number) => ({ picoUsdPerToken: perMTok * 1_000_000 });
const search = { webSearchPicoUsd: 10_000_000_000 }; // 10 USD per thousand

const sonnet: TokenPrices = {
  input: usd(3),
  output: usd(15),
  cachedInput: usd(0.3),
  cacheWrite: usd(3.75),
  cacheWrite1h: usd(6),
  ...search,
};
const haiku: TokenPrices = { input: usd(1), output: usd(5) };
const realtime: TokenPrices = {
  input: usd(4),
  output: usd(16),
  cachedInput: usd(0.4),
  inputAudio: usd(32),
  cachedInputAudio: usd(0.5),
  outputAudio: usd(64),
  inputImage: usd(5),
};

const micro = (usage: Usage, prices: TokenPrices | undefined, context?: CostContext): number => {
  const cost = costMicroUsd(usage, prices, context);
  return cost.known ? cost.microUsd : NaN;
};

describe('costMicroUsd', () => {
  it('prices input and output', () => {
    expect(micro({ inputTokens: 1000, outputTokens: 200 }, sonnet)).toBe(3000 + 3000);
  });

  it('rounds up once, to micro-dollars', () => {
    expect(micro({ inputTokens: 1, outputTokens: 0 }, { input: usd(0.05) })).toBe(1);
    expect(micro({ inputTokens: 21, outputTokens: 0 }, { input: usd(0.05) })).toBe(2);
    expect(micro({ inputTokens: 10, outputTokens: 10 }, { input: usd(0.05), output: usd(0.05) })).toBe(1);
    expect(micro({ inputTokens: 0, outputTokens: 0 }, sonnet)).toBe(0);
  });

  it.each<[string, Usage, TokenPrices, number]>([
    ['cached', { inputTokens: 1000, outputTokens: 0, cachedInputTokens: 900 }, sonnet, 300 + 270],
    ['cache writes', { inputTokens: 1000, outputTokens: 0, cacheWriteTokens: 1000 }, sonnet, 3750],
    [
      'cache writes of both lifetimes',
      { inputTokens: 1000, outputTokens: 0, cacheWriteTokens: 900, cacheWrite1hTokens: 400 },
      sonnet,
      300 + 1875 + 2400,
    ],
    [
      'reasoning as the output it is part of',
      { inputTokens: 0, outputTokens: 100, reasoningTokens: 80 },
      sonnet,
      1500,
    ],
    [
      'reasoning at its own price',
      { inputTokens: 0, outputTokens: 100, reasoningTokens: 80 },
      { output: usd(8), outputReasoning: usd(3) },
      160 + 240,
    ],
    ['audio in', { inputTokens: 100, outputTokens: 0, inputAudioTokens: 60 }, realtime, 160 + 1920],
    [
      'cached audio',
      {
        inputTokens: 100,
        outputTokens: 0,
        inputAudioTokens: 60,
        cachedInputTokens: 50,
        cachedInputAudioTokens: 40,
      },
      realtime,
      // 40 cached audio, 10 cached text, 20 audio, 30 text
      20 + 4 + 640 + 120,
    ],
    ['audio out', { inputTokens: 0, outputTokens: 100, outputAudioTokens: 70 }, realtime, 480 + 4480],
    ['images in', { inputTokens: 100, outputTokens: 0, inputImageTokens: 100 }, realtime, 500],
    [
      'the rest of a total as output',
      { inputTokens: 100, outputTokens: 50, totalTokens: 250 },
      haiku,
      100 + 750,
    ],
    ['searches per call', { inputTokens: 0, outputTokens: 0, webSearches: 3 }, sonnet, 30_000],
    ['requests', { inputTokens: 0, outputTokens: 0 }, { requestPicoUsd: 12_000_000_000 }, 12_000],
    ['tool input as input', { inputTokens: 100, outputTokens: 0, toolInputTokens: 60 }, haiku, 100],
  ])('prices %s', (_, usage, prices, expected) => {
    expect(micro(usage, prices)).toBe(expected);
  });

  it.each<[string, Usage]>([
    ['cached', { inputTokens: 100, outputTokens: 0, cachedInputTokens: 60 }],
    ['one-hour writes', { inputTokens: 100, outputTokens: 0, cacheWriteTokens: 60, cacheWrite1hTokens: 60 }],
    ['audio', { inputTokens: 100, outputTokens: 0, inputAudioTokens: 60, cachedInputAudioTokens: 20 }],
    ['images', { inputTokens: 100, outputTokens: 0, inputImageTokens: 60 }],
  ])('prices %s as its whole where it has no price of its own', (_, usage) => {
    expect(micro(usage, haiku)).toBe(100);
  });

  it('prices one-hour writes as writes, and cached audio as audio, before it prices them as input', () => {
    const { cacheWrite1h: _, ...without1h } = sonnet;
    expect(
      micro({ inputTokens: 100, outputTokens: 0, cacheWriteTokens: 100, cacheWrite1hTokens: 100 }, without1h),
    ).toBe(375);
    const { cachedInputAudio: __, ...withoutCachedAudio } = realtime;
    expect(
      micro(
        {
          inputTokens: 10,
          outputTokens: 0,
          cachedInputTokens: 10,
          inputAudioTokens: 10,
          cachedInputAudioTokens: 10,
        },
        withoutCachedAudio,
      ),
    ).toBe(320);
  });

  it('counts tokens that are two things at once only once', () => {
    expect(
      billedUnits({ inputTokens: 100, outputTokens: 0, cachedInputTokens: 90, inputImageTokens: 80 }),
    ).toEqual([
      { price: 'cachedInput', tokens: 90 },
      { price: 'inputImage', tokens: 10 },
    ]);
  });

  it.each([
    [200_000, 200_000 * 3],
    [200_001, 200_001 * 6],
  ])('applies long-context prices to the whole of a request of %i tokens', (inputTokens, expected) => {
    const tiered: TokenPrices = {
      input: { ...usd(3), tiers: [{ aboveInputTokens: 200_000, picoUsdPerToken: 6_000_000 }] },
    };
    expect(micro({ inputTokens, outputTokens: 0 }, tiered)).toBe(expected);
  });

  it('chooses the output price by the input, and the last threshold that is exceeded', () => {
    const tiered: TokenPrices = {
      input: usd(0),
      output: {
        ...usd(1),
        tiers: [
          { aboveInputTokens: 10, picoUsdPerToken: 2_000_000 },
          { aboveInputTokens: 20, picoUsdPerToken: 3_000_000 },
        ],
      },
    };
    expect([10, 11, 20, 21].map((inputTokens) => micro({ inputTokens, outputTokens: 100 }, tiered))).toEqual([
      100, 200, 200, 300,
    ]);
  });

  describe("the provider's own figure", () => {
    it.each([
      [0.00014, 140],
      [0.000140001, 141],
      [0, 0],
      [12.345678, 12_345_678],
    ])('%d USD is %i micro-dollars, whatever the prices', (providerCostUsd, expected) => {
      const usage = { inputTokens: 1000, outputTokens: 1000, webSearches: 1, providerCostUsd };
      expect(micro(usage, sonnet)).toBe(expected);
      expect(micro(usage, undefined)).toBe(expected);
    });

    it.each([NaN, Infinity, -1])('%d is none', (providerCostUsd) => {
      expect(micro({ inputTokens: 1000, outputTokens: 0, providerCostUsd }, haiku)).toBe(1000);
    });
  });

  describe('unknown', () => {
    it('is no price at all', () => {
      expect(costMicroUsd({ inputTokens: 1, outputTokens: 1 }, undefined, { model: 'new-1' })).toEqual({
        known: false,
        missing: 'price of new-1',
        atLeastMicroUsd: 0,
      });
    });

    it('is a part without any price, beside what is certain', () => {
      expect(costMicroUsd({ inputTokens: 100, outputTokens: 1 }, { input: usd(1) })).toEqual({
        known: false,
        missing: 'output price',
        atLeastMicroUsd: 100,
      });
      expect(costMicroUsd({ inputTokens: 100, outputTokens: 0, webSearches: 1 }, haiku)).toEqual({
        known: false,
        missing: 'webSearch price',
        atLeastMicroUsd: 100,
      });
    });

    it('is a surcharge nobody publishes', () => {
      const usage = { inputTokens: 100, outputTokens: 0, serviceTier: 'priority' };
      expect(costMicroUsd(usage, haiku, { catalogId: 'aws' })).toEqual({
        known: false,
        missing: 'price of tier priority',
        atLeastMicroUsd: 100,
      });
    });

    it('does not hide behind a unit that was not used', () => {
      expect(costMicroUsd({ inputTokens: 100, outputTokens: 0 }, { input: usd(1) })).toEqual({
        known: true,
        microUsd: 100,
      });
    });
  });

  describe('the served model and tier', () => {
    const pricesOf = (model: string): TokenPrices | undefined => ({ haiku, sonnet })[model];

    it('prices the model that served, else the one asked for', () => {
      const usage = { inputTokens: 100, outputTokens: 0 };
      const context = { model: 'sonnet', pricesOf };
      expect(micro({ ...usage, servedModel: 'haiku' }, sonnet, context)).toBe(100);
      expect(micro({ ...usage, servedModel: 'sonnet-2026-01-01' }, sonnet, context)).toBe(300);
    });

    it("takes the answer's tier before the one asked for", () => {
      const usage = { inputTokens: 100, outputTokens: 0 };
      const context = { catalogId: 'openai', model: 'gpt-5', serviceTier: 'flex' };
      expect(micro(usage, haiku, context)).toBe(50);
      expect(micro({ ...usage, serviceTier: 'priority' }, haiku, context)).toBe(200);
      expect(micro({ ...usage, serviceTier: 'default' }, haiku, context)).toBe(100);
    });

    it('leaves searches out of the tier', () => {
      const usage = { inputTokens: 0, outputTokens: 0, webSearches: 1, serviceTier: 'flex' };
      expect(micro(usage, sonnet, { catalogId: 'openai' })).toBe(10_000);
    });

    it('prices every iteration with its model; they replace the totals', () => {
      const usage: Usage = {
        inputTokens: 999,
        outputTokens: 999,
        webSearches: 2,
        iterations: [
          { inputTokens: 100, outputTokens: 10 },
          { inputTokens: 100, outputTokens: 10, model: 'haiku' },
        ],
      };
      expect(micro(usage, sonnet, { model: 'sonnet', pricesOf })).toBe(450 + 150 + 20_000);
    });

    it('does not count the searches of iterations again', () => {
      const usage: Usage = {
        inputTokens: 0,
        outputTokens: 0,
        webSearches: 3,
        iterations: [{ inputTokens: 0, outputTokens: 0, webSearches: 2 }],
      };
      expect(micro(usage, sonnet)).toBe(30_000);
    });

    it('does not know an answer with an iteration by a model nobody prices', () => {
      const usage: Usage = {
        inputTokens: 0,
        outputTokens: 0,
        iterations: [
          { inputTokens: 100, outputTokens: 0 },
          { inputTokens: 1, outputTokens: 0, model: 'new-1' },
        ],
      };
      expect(costMicroUsd(usage, sonnet, { model: 'sonnet', pricesOf })).toEqual({
        known: false,
        missing: 'price of new-1',
        atLeastMicroUsd: 300,
      });
    });

    it('prices the totals when the list of iterations is empty', () => {
      expect(micro({ inputTokens: 100, outputTokens: 0, iterations: [] }, haiku)).toBe(100);
    });
  });

  it('stays a safe integer at sums no provider bills', () => {
    const cost = micro({ inputTokens: Number.MAX_VALUE, outputTokens: 0 }, sonnet);
    expect(Number.isSafeInteger(cost)).toBe(true);
    expect(micro({ inputTokens: NaN, outputTokens: -5, cachedInputTokens: Infinity }, sonnet)).toBe(0);
  });
});

const tokens = fc.nat({ max: 3_000_000 });
const parts = [
  'cachedInputTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'inputAudioTokens',
  'cachedInputAudioTokens',
  'inputImageTokens',
  'reasoningTokens',
  'outputAudioTokens',
  'outputImageTokens',
  'totalTokens',
  'webSearches',
] as const;
const anyUsage: fc.Arbitrary<Usage> = fc.record(
  { inputTokens: tokens, outputTokens: tokens, ...Object.fromEntries(parts.map((part) => [part, tokens])) },
  { requiredKeys: ['inputTokens', 'outputTokens'] },
);
const picoUsdPerToken = fc.nat({ max: 600_000_000 });
const anyPrice = fc
  .tuple(picoUsdPerToken, fc.option(fc.tuple(fc.nat({ max: 500_000 }), fc.nat({ max: 600_000_000 }))))
  .map(([base, tier]) =>
    tier === null
      ? { picoUsdPerToken: base }
      : { picoUsdPerToken: base, tiers: [{ aboveInputTokens: tier[0], picoUsdPerToken: base + tier[1] }] },
  );
const flatPrice = picoUsdPerToken.map((base) => ({ picoUsdPerToken: base }));
const pricesOfKind = (price: typeof anyPrice | typeof flatPrice): fc.Arbitrary<TokenPrices> =>
  fc.record(
    {
      input: price,
      output: price,
      outputReasoning: price,
      cachedInput: price,
      cacheWrite: price,
      cacheWrite1h: price,
      inputAudio: price,
      cachedInputAudio: price,
      outputAudio: price,
      inputImage: price,
      outputImage: price,
      webSearchPicoUsd: fc.nat({ max: 100_000_000_000 }),
    },
    { requiredKeys: ['input', 'output', 'webSearchPicoUsd'] },
  );

describe('any usage at any prices', () => {
  it('costs a known, whole, non-negative amount', () => {
    fc.assert(
      fc.property(anyUsage, pricesOfKind(anyPrice), (usage, prices) => {
        const cost = micro(usage, prices);
        return Number.isSafeInteger(cost) && cost >= 0;
      }),
    );
  });

  it('bills every token of the totals exactly once', () => {
    fc.assert(
      fc.property(anyUsage, (usage) => {
        const billed = billedUnits(usage).reduce((sum, unit) => sum + unit.tokens, 0);
        return billed === Math.max(usage.inputTokens + usage.outputTokens, usage.totalTokens ?? 0);
      }),
    );
  });

  it('lies between all tokens at the lowest and all at the highest price', () => {
    fc.assert(
      fc.property(anyUsage, pricesOfKind(flatPrice), (usage, prices) => {
        const { webSearchPicoUsd = 0, requestPicoUsd: _, ...perToken } = prices;
        const all = Object.values(perToken).map((price) => price.picoUsdPerToken);
        const billed = Math.max(usage.inputTokens + usage.outputTokens, usage.totalTokens ?? 0);
        const searches = (usage.webSearches ?? 0) * webSearchPicoUsd;
        const cost = micro(usage, prices);
        return (
          cost >= Math.ceil((Math.min(...all) * billed + searches) / 1e6) &&
          cost <= Math.ceil((Math.max(...all) * billed + searches) / 1e6)
        );
      }),
    );
  });

  it('never gets cheaper with more tokens of any kind', () => {
    const kinds: readonly (readonly (keyof Usage)[])[] = [
      ['inputTokens', 'totalTokens'],
      ['outputTokens', 'totalTokens'],
      ['cachedInputTokens', 'inputTokens', 'totalTokens'],
      ['cacheWriteTokens', 'inputTokens', 'totalTokens'],
      ['cacheWrite1hTokens', 'cacheWriteTokens', 'inputTokens', 'totalTokens'],
      ['inputAudioTokens', 'inputTokens', 'totalTokens'],
      ['cachedInputAudioTokens', 'cachedInputTokens', 'inputAudioTokens', 'inputTokens', 'totalTokens'],
      ['inputImageTokens', 'inputTokens', 'totalTokens'],
      ['reasoningTokens', 'outputTokens', 'totalTokens'],
      ['outputAudioTokens', 'outputTokens', 'totalTokens'],
      ['outputImageTokens', 'outputTokens', 'totalTokens'],
      ['totalTokens'],
      ['webSearches'],
    ];
    const wellFormed = fc
      .tuple(anyUsage, fc.constantFrom(...kinds), fc.integer({ min: 1, max: 1000 }))
      .map(([usage, kind, more]) => {
        // Whoever reports a part reports what it is a part of.
        const before: Usage = {
          ...usage,
          cacheWriteTokens: Math.max(usage.cacheWriteTokens ?? 0, usage.cacheWrite1hTokens ?? 0),
          cachedInputTokens: Math.max(usage.cachedInputTokens ?? 0, usage.cachedInputAudioTokens ?? 0),
          inputAudioTokens: Math.max(usage.inputAudioTokens ?? 0, usage.cachedInputAudioTokens ?? 0),
          totalTokens: Math.max(usage.totalTokens ?? 0, usage.inputTokens + usage.outputTokens),
        };
        const added = Object.fromEntries(kind.map((field) => [field, Number(before[field] ?? 0) + more]));
        return [before, { ...before, ...added } satisfies Usage] as const;
      });
    fc.assert(
      fc.property(
        wellFormed,
        pricesOfKind(anyPrice),
        ([before, after], prices) => micro(after, prices) >= micro(before, prices),
      ),
      { numRuns: 500 },
    );
  });

  it('never gets dearer by being billed whole instead of in two requests', () => {
    const field = fc.nat({ max: 100_000 });
    const sides = fc.record({ inputTokens: field, outputTokens: field, webSearches: field });
    fc.assert(
      fc.property(sides, sides, pricesOfKind(flatPrice), (a, b, prices) => {
        const whole = {
          inputTokens: a.inputTokens + b.inputTokens,
          outputTokens: a.outputTokens + b.outputTokens,
          webSearches: a.webSearches + b.webSearches,
        };
        const split = micro(a, prices) + micro(b, prices);
        return split >= micro(whole, prices) && split <= micro(whole, prices) + 1;
      }),
    );
  });

  it('is exact: the same sum in integers of any size, rounded once', () => {
    fc.assert(
      fc.property(anyUsage, pricesOfKind(flatPrice), (usage, prices) => {
        const { input, output, webSearchPicoUsd } = prices;
        const plain: TokenPrices = {
          input: input ?? usd(0),
          output: output ?? usd(0),
          webSearchPicoUsd: webSearchPicoUsd ?? 0,
        };
        const { inputTokens, outputTokens, webSearches = 0 } = usage;
        const exact =
          BigInt(inputTokens) * BigInt(input?.picoUsdPerToken ?? 0) +
          BigInt(outputTokens) * BigInt(output?.picoUsdPerToken ?? 0) +
          BigInt(Math.min(webSearches, 1000)) * BigInt(webSearchPicoUsd ?? 0);
        fc.pre(exact <= BigInt(Number.MAX_SAFE_INTEGER));
        const billed = { inputTokens, outputTokens, webSearches: Math.min(webSearches, 1000) };
        return BigInt(micro(billed, plain)) === (exact + 999_999n) / 1_000_000n;
      }),
    );
  });
});
