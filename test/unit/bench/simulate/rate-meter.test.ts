import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../../../bench/simulate/rate-meter.ts';

describe('a rate meter', () => {
  it('takes a minute’s worth at once, then as much as time gives back', () => {
    const meter = new RateMeter({ requestsPerMinute: 2 });
    expect(meter.take(1, 1, 0)).toEqual({ requests: { limit: 2, left: 1 } });
    expect(meter.take(1, 1, 0)).toEqual({ requests: { limit: 2, left: 0 } });
    expect(meter.take(1, 1, 0)).toEqual({ retryAfterMs: 30_000, requests: { limit: 2, left: 0 } });
    expect(meter.take(1, 1, 29_000).retryAfterMs).toBe(1_000);
    expect(meter.take(1, 1, 30_000).retryAfterMs).toBeUndefined();
  });

  it('takes nothing of one limit when the other is used up', () => {
    const meter = new RateMeter({ requestsPerMinute: 10, tokensPerMinute: 100 });
    expect(meter.take(90, 1, 0).retryAfterMs).toBeUndefined();
    expect(meter.take(40, 1, 0)).toEqual({
      retryAfterMs: 18_000,
      requests: { limit: 10, left: 9 },
      tokens: { limit: 100, left: 10 },
    });
  });

  it('shrinks with the part of the limit that is left', () => {
    const meter = new RateMeter({ requestsPerMinute: 100 });
    expect(meter.take(1, 0.05, 0)).toEqual({ requests: { limit: 5, left: 4 } });
    expect(meter.take(1, 0, 0).retryAfterMs).toBe(60_000);
  });

  it('takes a request that is larger than a minute’s worth when the bucket is full', () => {
    const meter = new RateMeter({ tokensPerMinute: 100 });
    expect(meter.take(500, 1, 0).retryAfterMs).toBeUndefined();
    expect(meter.take(1, 1, 0).retryAfterMs).toBeGreaterThan(60_000);
  });

  it('without limits takes everything and says nothing', () => {
    expect(new RateMeter({}).take(1e9, 1, 0)).toEqual({});
  });
});
