import { describe, expect, it } from 'vitest';
import type { FailureClass } from '../../../lib/domain/failure.ts';
import type { HealthOutcome } from '../../../lib/domain/health.ts';
import { roughInputTokens, sampleOf, utilisationOf } from '../../../lib/execution/samples.ts';

const route = { provider: 'p', model: 'm', key: 'k', stream: true, inputTokens: 100 };

describe('what an attempt says of its route', () => {
  it.each<[FailureClass, HealthOutcome | undefined]>([
    ['transient', 'error'],
    ['silent', 'error'],
    ['broken_stream', 'error'],
    ['rate_limited', 'saturated'],
    ['credential', 'key_failed'],
    ['unserved', 'unserved'],
    ['not_here', undefined],
    ['context_length', undefined],
    ['content_policy', undefined],
    ['invalid_request', undefined],
  ])('failed as %s: %s', (each, outcome) => {
    const end = { kind: 'failed', failure: { class: each } } as const;
    expect(sampleOf(route, end)).toEqual(outcome && { ...route, outcome });
    // An answer came, whatever became of it.
    expect(sampleOf(route, { ...end, firstContentMs: 900 })).toEqual({
      ...route,
      outcome: outcome ?? 'ok',
      firstContentMs: 900,
    });
    expect(sampleOf(route, { ...end, failure: { class: each, doubtful: true } })).toBeUndefined();
  });

  it('tells how long a rate limit wants to be left alone, and of no other failure', () => {
    const end = (each: FailureClass) =>
      ({ kind: 'failed', failure: { class: each }, retryAfterMs: 7_000 }) as const;
    expect(sampleOf(route, end('rate_limited'))).toEqual({
      ...route,
      outcome: 'saturated',
      retryAfterMs: 7_000,
    });
    expect(sampleOf(route, end('transient'))).toEqual({ ...route, outcome: 'error' });
  });

  it('a whole reply: its duration and its tokens, where they are known', () => {
    const whole = { ...route, stream: false };
    expect(sampleOf(whole, { kind: 'reply', wholeMs: 2_000, outputTokens: 50 })).toEqual({
      ...whole,
      outcome: 'ok',
      wholeMs: 2_000,
      outputTokens: 50,
    });
    expect(sampleOf(whole, { kind: 'reply', wholeMs: 2_000 })).toEqual({
      ...whole,
      outcome: 'ok',
      wholeMs: 2_000,
    });
  });

  it('a stream: its first content', () => {
    expect(sampleOf(route, { kind: 'stream', firstContentMs: 300 })).toEqual({
      ...route,
      outcome: 'ok',
      firstContentMs: 300,
    });
  });

  it('outrun by one that was asked later: how long it has been silent', () => {
    const end = { kind: 'outrun', silentMs: 11_000 } as const;
    expect(sampleOf(route, end)).toEqual({ ...route, outcome: 'ok', firstContentMs: 11_000 });
    const whole = { ...route, stream: false };
    expect(sampleOf(whole, end)).toEqual({ ...whole, outcome: 'ok', wholeMs: 11_000 });
  });
});

describe('how much of a rate limit is used', () => {
  it.each([
    ['nothing is told', undefined, undefined],
    ['only resets are told', { requestsResetMs: 10 }, undefined],
    ['requests', { requestsLimit: 200, requestsRemaining: 150 }, 0.25],
    [
      'the higher of the two',
      { requestsLimit: 200, requestsRemaining: 150, tokensLimit: 100, tokensRemaining: 20 },
      0.8,
    ],
    ['nothing is left', { requestsLimit: 200, requestsRemaining: 150, tokensRemaining: 0 }, 1],
    ['a remainder of an unknown limit', { tokensRemaining: 5 }, undefined],
    ['more left than the limit', { tokensLimit: 10, tokensRemaining: 20 }, 0],
    ['a limit of nothing', { tokensLimit: 0, tokensRemaining: 0 }, 1],
  ] as const)('%s', (_name, limits, expected) => {
    const found = utilisationOf(limits);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 12);
  });
});

it('takes a request for a token for every four characters', () => {
  expect([roughInputTokens({ text: '' }), roughInputTokens({ text: 'x'.repeat(401) })]).toEqual([0, 101]);
});
