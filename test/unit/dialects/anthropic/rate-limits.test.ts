import { describe, expect, it } from 'vitest';
import { anthropicTranslator as anthropic } from '../../../../lib/dialects/anthropic/index.ts';

const nowMs = Date.parse('2026-11-01T00:00:00Z');

describe('readRateLimits', () => {
  it('reads requests and tokens, with resets from now', () => {
    expect(
      anthropic.readRateLimits(
        {
          'anthropic-ratelimit-requests-limit': '50',
          'anthropic-ratelimit-requests-remaining': '49',
          'anthropic-ratelimit-requests-reset': '2026-11-01T00:00:01.5Z',
          'anthropic-ratelimit-input-tokens-limit': '1',
          'anthropic-ratelimit-tokens-limit': '80000',
          'anthropic-ratelimit-tokens-remaining': '79000',
          'anthropic-ratelimit-tokens-reset': '2026-10-31T23:59:59Z',
        },
        nowMs,
      ),
    ).toEqual({
      requestsLimit: 50,
      requestsRemaining: 49,
      requestsResetMs: 1500,
      tokensLimit: 80000,
      tokensRemaining: 79000,
      tokensResetMs: 0,
    });
  });

  it('takes input tokens where there is no total', () => {
    const headers = {
      'anthropic-ratelimit-input-tokens-limit': '40000',
      'anthropic-ratelimit-input-tokens-remaining': '0',
    };
    expect(anthropic.readRateLimits(headers, nowMs)).toEqual({ tokensLimit: 40000, tokensRemaining: 0 });
  });

  it('is nothing without headers or with nonsense in them', () => {
    expect(anthropic.readRateLimits({}, nowMs)).toBeUndefined();
    expect(anthropic.readRateLimits({ 'anthropic-ratelimit-requests-limit': 'many' }, nowMs)).toBeUndefined();
  });
});
