import { expect, it } from 'vitest';
import { rateLimitHeaders } from '../../../../lib/accounting/quota/rate-limit-headers.ts';
import { sevenOClockMs, standing } from './quota.ts';

it('tells limit, remainder and reset of each unit, of the quota with the smallest part left', () => {
  const standings = [
    standing(10, { unit: 'requests', limit: 60 }),
    standing(900, { unit: 'requests', limit: 1_000, owner: { kind: 'customer', id: 'acme' } }),
    standing(250_000, { limit: 1_000_000 }),
    standing(300, { unit: 'tokens', limit: 200 }),
  ];
  expect(rateLimitHeaders(standings, sevenOClockMs + 2_000)).toEqual({
    'x-ratelimit-limit-requests': '1000',
    'x-ratelimit-remaining-requests': '100',
    'x-ratelimit-reset-requests': '59m58s',
    'x-ratelimit-limit-usd': '1.000000',
    'x-ratelimit-remaining-usd': '0.750000',
    'x-ratelimit-reset-usd': '59m58s',
    'x-ratelimit-limit-tokens': '200',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '59m58s',
  });
});

it('writes durations as OpenAI does', () => {
  const { window, ...rest } = standing(0, { unit: 'requests' });
  const reset = (ms: number) =>
    rateLimitHeaders([{ ...rest, window: { ...window, endMs: ms } }], 0)['x-ratelimit-reset-requests'];
  expect([1, 12_000, 360_000, 3_600_000, 90_061_000].map(reset)).toEqual([
    '1s',
    '12s',
    '6m0s',
    '1h0m0s',
    '25h1m1s',
  ]);
});

it('is silent without quotas', () => {
  expect(rateLimitHeaders([], 0)).toEqual({});
});
