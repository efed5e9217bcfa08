import { describe, expect, it } from 'vitest';
import { noticeOf } from '../../../../lib/accounting/quota/refusal.ts';
import type { Refusal } from '../../../../lib/domain/quota.ts';
import { sevenOClockMs, standing } from './quota.ts';

const at = sevenOClockMs + 600_000;
const refusal = (changes: Partial<Refusal> = {}): Refusal => ({
  ...standing(990_000, { limit: 1_000_000 }),
  reason: 'exhausted',
  wanted: 20_000,
  ...changes,
});

describe('noticeOf', () => {
  it('names owner, quota, used, limit and reset of a budget', () => {
    expect(noticeOf(refusal(), at)).toEqual({
      status: 402,
      code: 'budget_exceeded',
      message:
        'the limit of 1 USD an hour (hourly) of team research leaves too little: 0.99 USD used or held, this request may take up to 0.02 USD; it resets at 2026-11-23T08:00:00Z',
      retryAfterMs: 3_000_000,
    });
  });

  it('answers 429 for tokens and requests', () => {
    const requests = refusal({
      ...standing(60, {
        unit: 'requests',
        limit: 60,
        every: '1m',
        owner: { kind: 'virtual_key', id: 'app' },
      }),
      wanted: 1,
    });
    expect(noticeOf(requests, at)).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(noticeOf(requests, at).message).toMatch(
      /^the limit of 60 requests a minute \(hourly\) of virtual key app leaves too little: 60 requests used/,
    );
  });

  it('tells nobody to wait for what will never fit', () => {
    const { retryAfterMs, status } = noticeOf(refusal({ wanted: 1_000_001 }), at);
    expect([status, retryAfterMs]).toEqual([402, undefined]);
  });

  it('is 503 while the ledger cannot be reached', () => {
    expect(noticeOf(refusal({ reason: 'unavailable' }), at)).toMatchObject({
      status: 503,
      code: 'unavailable',
      retryAfterMs: 1_000,
    });
  });

  it('says what a request lacks that has no bound', () => {
    expect(noticeOf(refusal({ reason: 'no_output_limit' }), at).message).toMatch(/set max_tokens$/);
    expect(noticeOf(refusal({ reason: 'server_tools' }), at).status).toBe(400);
    expect(noticeOf(refusal({ reason: 'price_unknown' }), at).code).toBe('price_unknown');
  });
});
