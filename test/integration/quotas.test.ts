import { describe, expect, it } from 'vitest';
import { type GatewayOptions, startGateway, startProvider } from '../support/gateway.ts';
import { ManualClock } from '../support/manual-clock.ts';
import type { ScriptedProvider } from '../support/scripted.ts';
import { whole } from './scene.ts';

/** 1,000 tokens in and 100 out at 100 USD a million. */
const used = { inputTokens: 1_000, outputTokens: 100 };
const costUsd = 0.11;
const prices = { inputPerMTok: 100, outputPerMTok: 100 };

async function stage(key: object, options: Partial<GatewayOptions> & { readonly provider?: object } = {}) {
  const clock = new ManualClock(Date.parse('2026-11-24T10:00:00Z'));
  const [first, second] = [
    await startProvider({ behaviours: { '*': { usage: used } } }),
    await startProvider({ behaviours: { '*': { usage: used } } }),
  ];
  const entry = (provider: ScriptedProvider, more: object = {}) => ({
    type: 'openai-compatible',
    baseUrl: `${provider.baseUrl}/v1`,
    ...more,
  });
  const { provider, ...others } = options;
  const gateway = await startGateway({
    providers: { first: entry(first, provider), second: entry(second) },
    clock,
    key,
    ...others,
    document: { models: { prices: { 'first/m': prices, 'second/m': prices } }, ...options.document },
  });
  let asked = 0;
  const ask = async (body: object = {}) => {
    const response = await whole(gateway.chat({ model: 'm', max_tokens: 100, ...body }));
    await gateway.records((asked += 1));
    return response;
  };
  return { ask, clock, gateway, first, second };
}

const hard = (limitUsd: number, more: object = {}) => ({
  limitUsd,
  every: '1d',
  enforcement: 'hard',
  ...more,
});

describe('a hard budget', () => {
  it('admits what surely fits, and refuses with owner, quota, use, limit and reset', async () => {
    const { ask, first } = await stage({ budgets: [hard(0.4, { calendar: true })] });
    const statuses = [];
    for (let request = 0; request < 4; request += 1) statuses.push((await ask()).status);
    expect(statuses).toEqual([200, 200, 200, 402]);
    const { status, error, headers } = await ask();
    expect([status, error['code']]).toEqual([402, 'budget_exceeded']);
    expect(error['message']).toMatch(
      /^the limit of 0\.4 USD a day \(1d-calendar\) of virtual key tester leaves too little: 0\.33 USD used or held, this request may take up to 0\.\d+ USD; it resets at 2026-11-25T00:00:00Z$/,
    );
    expect(headers.get('retry-after')).toBe(String(14 * 3600));
    expect(headers.get('x-should-retry')).toBe('false');
    expect(headers.get('x-ratelimit-limit-usd')).toBe('0.400000');
    expect(headers.get('x-ratelimit-remaining-usd')).toBe('0.070000');
    expect(headers.get('x-ratelimit-reset-usd')).toBe('14h0m0s');
    expect(first.requests).toHaveLength(3);
  });

  it('is whole again in the next window', async () => {
    const { ask, clock } = await stage({ budgets: [hard(0.2)] });
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(402);
    await clock.advance(24 * 3_600_000);
    expect((await ask()).status).toBe(200);
  });

  it('refuses what nobody can bound, and what has no price', async () => {
    const { ask, first } = await stage({ budgets: [hard(5)] });
    const unbounded = await ask({ max_tokens: undefined });
    expect([unbounded.status, unbounded.error['message']]).toEqual([
      400,
      expect.stringContaining('it has no output limit; set max_tokens'),
    ]);
    const unpriced = await ask({ model: 'first/unpriced' });
    expect([unpriced.status, unpriced.error['code']]).toEqual([400, 'price_unknown']);
    expect(first.requests).toHaveLength(0);
  });

  it('is bounded by the key, whose limit goes to the provider', async () => {
    const { ask, first } = await stage({ budgets: [hard(5)], maxOutputTokens: 64 });
    expect((await ask({ max_tokens: undefined })).status).toBe(200);
    expect(first.requests[0]?.body).toMatchObject({ max_tokens: 64 });
    expect((await ask({ max_tokens: 32 })).status).toBe(200);
    expect(first.requests[1]?.body).toMatchObject({ max_tokens: 32 });
  });

  it('takes what a request without a bound may cost from the document', async () => {
    const { ask } = await stage({ budgets: [hard(0.5, { reserveUsd: 0.3 })] });
    expect((await ask({ max_tokens: undefined })).status).toBe(200);
    expect((await ask({ max_tokens: undefined })).status).toBe(200);
    expect((await ask({ max_tokens: undefined })).status).toBe(402);
  });

  it('pays for an attempt that failed over only where it was not refused', async () => {
    const { ask, first } = await stage({ budgets: [hard(1)] });
    first.script('m', [{ status: 400, error: { message: 'Unsupported parameter: x' } }]);
    const { status, headers } = await ask();
    expect(status).toBe(200);
    expect(headers.get('x-fairlead-cost-usd')).toBe(costUsd.toFixed(6));
    const refused = await stage({ budgets: [hard(0.13)] });
    refused.first.script('m', [{ status: 400, error: { message: 'Unsupported parameter: x' } }]);
    // What the refused attempt held is there for the next one.
    expect((await refused.ask()).status).toBe(200);
  });

  it('of the team and the customer must pass too, and the one that does not is named', async () => {
    const { ask } = await stage(
      { team: 'research', budgets: [hard(5)] },
      {
        document: {
          models: { prices: { 'first/m': prices, 'second/m': prices } },
          customers: [{ id: 'acme', budgets: [hard(0.2)] }],
          teams: [{ id: 'research', customer: 'acme', budgets: [hard(3)] }],
        },
      },
    );
    expect((await ask()).status).toBe(200);
    const { status, error, headers } = await ask();
    expect(status).toBe(402);
    expect(error['message']).toContain('of customer acme');
    // What the other owners held was given back.
    expect(headers.get('x-ratelimit-limit-usd')).toBe('0.200000');
  });
});

describe('rate limits', () => {
  it('count requests, answer 429 with when to come back, and begin anew', async () => {
    const { ask, clock, first } = await stage({ rateLimits: [{ requests: 2, every: '1m' }] });
    const one = await ask();
    expect(one.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(one.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    expect((await ask()).status).toBe(200);
    const { status, error, headers } = await ask();
    expect([status, error['code']]).toEqual([429, 'rate_limited']);
    expect(error['message']).toContain('the limit of 2 requests a minute (1m) of virtual key tester');
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(first.requests).toHaveLength(2);
    await clock.advance(60_000);
    expect((await ask()).status).toBe(200);
  });

  it('count a request once, however many attempts it takes', async () => {
    const { ask, first, second } = await stage({ rateLimits: [{ requests: 10, every: '1h' }] });
    first.script('m', [{ status: 400, error: { message: 'Unsupported parameter: x' } }]);
    const { headers } = await ask();
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('9');
  });

  it('of tokens count what the provider reports', async () => {
    const { ask } = await stage({ rateLimits: [{ tokens: 100_000, every: '1h' }] });
    await ask();
    expect((await ask()).headers.get('x-ratelimit-remaining-tokens')).toMatch(/^9[67]\d\d\d$/);
  });
});

describe('what is over a quota of its own leaves the candidates', () => {
  const grants = (quota: object) => [
    { provider: 'first', weight: 1, models: ['*'], keys: ['*'], ...quota },
    { provider: 'second', weight: 0, models: ['*'], keys: ['*'] },
  ];

  it('a provider entry', async () => {
    const { ask, first, second } = await stage(
      {},
      { grants: grants({ rateLimits: [{ requests: 1, every: '1h' }] }) },
    );
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(200);
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
    const pinned = await ask({ model: 'first/m' });
    expect([pinned.status, pinned.error['code']]).toEqual([429, 'rate_limited']);
    expect(pinned.error['message']).toContain('of provider entry tester/first');
  });

  it('a provider', async () => {
    const { ask, first, second } = await stage(
      {},
      { provider: { rateLimits: [{ requests: 2, every: '1h' }] } },
    );
    for (let request = 0; request < 4; request += 1) expect((await ask()).status).toBe(200);
    expect([first.requests.length, second.requests.length]).toEqual([2, 2]);
  });

  it('a provider key, whose requests another key of the provider takes', async () => {
    const { ask, first } = await stage(
      {},
      {
        env: { A: 'value-a', B: 'value-b' },
        provider: {
          keys: [
            { id: 'a', env: 'A', weight: 1, rateLimits: [{ requests: 1, every: '1h' }] },
            { id: 'b', env: 'B', weight: 0 },
          ],
        },
      },
    );
    for (let request = 0; request < 3; request += 1) expect((await ask()).status).toBe(200);
    expect(first.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer value-a',
      'Bearer value-b',
      'Bearer value-b',
    ]);
  });
});

it('a quota of the document is everybody’s', async () => {
  const { ask } = await stage(
    {},
    {
      document: { models: { prices: { 'first/m': prices } }, rateLimits: [{ requests: 1, every: '1h' }] },
    },
  );
  expect((await ask()).status).toBe(200);
  const { status, error } = await ask();
  expect([status, error['message']]).toEqual([
    429,
    expect.stringContaining('of the gateway leaves too little'),
  ]);
});
