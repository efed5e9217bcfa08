import { describe, expect, it } from 'vitest';
import { boundsOf, type Attempt } from '../../../../lib/accounting/quota/bound.ts';

const attempt: Attempt = {
  bodyBytes: 976,
  hasMedia: false,
  hasServerTools: false,
  choices: 1,
  maxOutputTokens: 500,
  contextTokens: 200_000,
  prices: { input: { picoUsdPerToken: 3_000_000 }, output: { picoUsdPerToken: 15_000_000 } },
};
const known = (most: number) => ({ known: true, most });

describe('boundsOf', () => {
  it('takes every byte of the body for a token, adds what templates add, and the output limit', () => {
    // (976 + 1,024) x 3 + 500 x 15 micro-dollars
    expect(boundsOf(attempt)).toEqual({
      requests: known(1),
      tokens: known(2_500),
      microUsd: known(13_500),
    });
  });

  it('never takes more input than the model has a window for', () => {
    expect(boundsOf({ ...attempt, bodyBytes: 900_000 }).tokens).toEqual(known(200_500));
  });

  it('takes the whole window for images, files and URLs', () => {
    expect(boundsOf({ ...attempt, hasMedia: true }).tokens).toEqual(known(200_500));
  });

  it('counts every answer asked for', () => {
    expect(boundsOf({ ...attempt, choices: 3 }).tokens).toEqual(known(3_500));
  });

  it('takes the dearest tariff: cache write, long context, reasoning, and the price of the request', () => {
    const prices = {
      input: {
        picoUsdPerToken: 1_000_000,
        tiers: [{ aboveInputTokens: 128_000, picoUsdPerToken: 2_000_000 }],
      },
      cacheWrite1h: { picoUsdPerToken: 5_000_000 },
      output: { picoUsdPerToken: 4_000_000 },
      outputReasoning: { picoUsdPerToken: 6_000_000 },
      requestPicoUsd: 7_000_000,
    };
    expect(boundsOf({ ...attempt, prices }).microUsd).toEqual(known(2_000 * 5 + 500 * 6 + 7));
  });

  it('rounds up to a micro-dollar', () => {
    const prices = { input: { picoUsdPerToken: 1 }, output: { picoUsdPerToken: 1 } };
    expect(boundsOf({ ...attempt, prices }).microUsd).toEqual(known(1));
  });

  it('takes the price of the service tier asked for', () => {
    const priority = { ...attempt, catalogId: 'openai', serviceTier: 'priority' };
    expect(boundsOf(priority).microUsd).toEqual(known(27_000));
    const unpublished = { ...attempt, catalogId: 'aws', serviceTier: 'priority' };
    expect(boundsOf(unpublished).microUsd).toMatchObject({ known: false, why: 'price_unknown' });
  });

  it('needs no output price for what has no output', () => {
    const embeddings = { ...attempt, maxOutputTokens: 0, prices: { input: { picoUsdPerToken: 100_000 } } };
    expect(boundsOf(embeddings).microUsd).toEqual(known(200));
  });

  it('has no bound for tools the provider runs', () => {
    const bounds = boundsOf({ ...attempt, hasServerTools: true });
    expect(bounds.tokens).toEqual({ known: false, why: 'server_tools', knownPart: 2_000 });
    expect(bounds.microUsd).toEqual({ known: false, why: 'server_tools', knownPart: 6_000 });
  });

  it('has no bound without an output limit, but knows what the input takes at most', () => {
    const { maxOutputTokens: _, ...unlimited } = attempt;
    expect(boundsOf(unlimited).tokens).toEqual({ known: false, why: 'no_output_limit', knownPart: 2_000 });
  });

  it('has no bound for media without a context window', () => {
    const { contextTokens: _, ...unknown } = attempt;
    expect(boundsOf({ ...unknown, hasMedia: true }).tokens).toMatchObject({ why: 'no_context_window' });
  });

  it('does not guess prices', () => {
    const { prices: _, ...unpriced } = attempt;
    const onlyInput = { ...attempt, prices: { input: { picoUsdPerToken: 1 } } };
    expect(boundsOf(unpriced).microUsd).toEqual({ known: false, why: 'price_unknown', knownPart: 0 });
    expect(boundsOf(onlyInput).microUsd).toMatchObject({ why: 'price_unknown' });
    expect(boundsOf(unpriced).tokens).toEqual(known(2_500));
  });
});
