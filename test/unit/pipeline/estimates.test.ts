import { describe, expect, it } from 'vitest';
import { parseClientRequest } from '../../../lib/dialects/index.ts';
import type { Operation, Policy } from '../../../lib/domain/policy.ts';
import type { TokenPrices } from '../../../lib/domain/prices.ts';
import { estimatesOf } from '../../../lib/pipeline/estimates.ts';
import { routing } from '../../support/routing.ts';
import { testTarget } from '../../support/target.ts';

const usd = (perMTok: number) => ({ picoUsdPerToken: perMTok * 1e6 });
const policyWith = (prices: TokenPrices): Policy => ({
  ...routing().policy,
  prices: new Map([['openai/m', prices]]),
});
const target = testTarget('openai', 'm');

const estimates = (prices: TokenPrices, body: object, operation: Operation = 'chat') =>
  estimatesOf(policyWith(prices), parseClientRequest(operation, JSON.stringify({ model: 'm', ...body }), {}));
const messages = [{ role: 'user', content: 'word '.repeat(800) }];

describe('the price of a request', () => {
  it('counts a quarter of its characters in, and 512 tokens out unless it asks for fewer', () => {
    const prices = { input: usd(1), output: usd(10) };
    const inputTokens = estimates(prices, { messages }).size.inputTokens;
    expect(inputTokens).toBeCloseTo(1_014, -1);
    expect(estimates(prices, { messages }).estimateMicroUsd(target)).toBeCloseTo(inputTokens + 5_120);
    expect(estimates(prices, { messages, max_tokens: 100 }).estimateMicroUsd(target)).toBeCloseTo(
      estimates(prices, { messages, max_tokens: 100 }).size.inputTokens + 1_000,
    );
    expect(estimates(prices, { messages, max_tokens: 9_000 }).estimateMicroUsd(target)).toBeCloseTo(
      estimates(prices, { messages, max_tokens: 9_000 }).size.inputTokens + 5_120,
    );
  });

  it('takes the tier of long prompts', () => {
    const long = { picoUsdPerToken: 1e6, tiers: [{ aboveInputTokens: 1_000, picoUsdPerToken: 5e6 }] };
    const told = estimates({ input: long, output: usd(0) }, { messages });
    expect(told.estimateMicroUsd(target)).toBeCloseTo(5 * told.size.inputTokens);
  });

  it('is not known without prices', () => {
    expect(estimates({}, { messages }).estimateMicroUsd(target)).toBeUndefined();
    expect(estimates({ input: usd(1) }, { messages }).estimateMicroUsd(target)).toBeUndefined();
    expect(estimates({ input: usd(1) }, { messages }).isPriced(target)).toBe(false);
    expect(estimates({ input: usd(1), output: usd(1) }, { messages }).isPriced(target)).toBe(true);
    expect(estimates({ input: usd(1) }, { input: 'text' }, 'embeddings').isPriced(target)).toBe(true);
  });
});

describe('a prompt beside a window', () => {
  const facts = { model: 'm', family: 'm', contextTokens: 1_000 };
  const looks = (content: unknown, overrides: Partial<typeof facts> = {}) =>
    estimates({}, { messages: [{ role: 'user', content }] }).looksTooLong({
      ...target,
      facts: { ...facts, ...overrides },
    });

  it('looks too long only where the estimate is far beyond it', () => {
    expect(looks('word '.repeat(4_000))).toBe(true);
    expect(looks('word '.repeat(1_100))).toBe(false);
    expect(looks('short')).toBe(false);
  });

  it('is not judged by the length of an image, nor beside a window nobody knows', () => {
    const image = [{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(40_000)}` } }];
    expect(looks(image)).toBe(false);
    expect(
      estimates({}, { messages: [{ role: 'user', content: 'word '.repeat(4_000) }] }).looksTooLong(target),
    ).toBe(false);
  });
});
