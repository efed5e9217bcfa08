import { describe, expect, it } from 'vitest';
import { readRateLimits, resetMs } from '../../../../lib/dialects/openai/rate-limits.ts';

describe('rate-limit headers', () => {
  it('are read as OpenAI and Groq write them', () => {
    const headers = {
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '499',
      'x-ratelimit-reset-requests': '120ms',
      'x-ratelimit-limit-tokens': '200000',
      'x-ratelimit-remaining-tokens': '199000',
      'x-ratelimit-reset-tokens': '6m0s',
    };
    expect(readRateLimits(headers, 0)).toEqual({
      requestsLimit: 500,
      requestsRemaining: 499,
      requestsResetMs: 120,
      tokensLimit: 200000,
      tokensRemaining: 199000,
      tokensResetMs: 360000,
    });
  });

  it('say nothing where there are none, or none that can be read', () => {
    expect(readRateLimits({ 'content-type': 'application/json' }, 0)).toBeUndefined();
    expect(
      readRateLimits({ 'x-ratelimit-limit-requests': 'many', 'x-ratelimit-reset-tokens': 'soon' }, 0),
    ).toBeUndefined();
  });

  it.each([
    ['1h2m3.5s', 3_723_500],
    ['1d', 86_400_000],
    ['7.66', 7660],
    ['0', 0],
    ['1750000005000', 5000],
    ['1750000005', 5000],
    ['1s junk', undefined],
  ])('%s is %s ms', (text, expected) => {
    expect(resetMs(text, 1_750_000_000_000)).toBe(expected);
  });
});
