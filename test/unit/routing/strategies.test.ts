import { describe, expect, it } from 'vitest';
import type { RouteHealth } from '../../../lib/domain/health.ts';
import type { Strategy } from '../../../lib/domain/policy.ts';
import type { Quota } from '../../../lib/domain/quota.ts';
import type { RoutingContext } from '../../../lib/routing/context.ts';
import { decide } from '../../../lib/routing/decide.ts';
import {
  caller,
  catalog,
  grant,
  healthOf,
  key,
  provider,
  routeHealth,
  routing,
} from '../../support/routing.ts';
import { seeded } from '../../support/random.ts';

const names = ['a', 'b', 'c'] as const;
const models = catalog(
  Object.fromEntries(
    names.map((id) => [
      id,
      [
        { model: 'm', family: 'm' },
        { model: 'other', family: 'other' },
      ],
    ]),
  ),
);

interface Options extends Partial<RoutingContext> {
  readonly strategy?: Strategy;
  readonly weights?: readonly (number | undefined)[];
  readonly known?: Readonly<Record<string, RouteHealth>>;
  /** Micro-dollars by provider. */
  readonly costs?: Readonly<Record<string, number>>;
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
}

const contextOf = ({ strategy = 'weighted', weights = [1, 1, 1], known, costs, ...more }: Options = {}) =>
  routing({
    providers: names.map((id) => provider(id)),
    catalog: models,
    caller: caller(
      names.map((id, index) => {
        const weight = weights[index];
        return grant(id, weight === undefined ? {} : { weight });
      }),
      { strategy },
    ),
    ...(known !== undefined && { health: healthOf(known) }),
    ...(costs !== undefined && { estimateMicroUsd: ({ provider: { id } }) => costs[id] }),
    ...more,
  });

const ask = (context: RoutingContext, draw: number | (() => number), model = 'm', fallbacks: string[] = []) =>
  decide(context, { model, fallbacks, sessionKey: undefined }, typeof draw === 'number' ? () => draw : draw);

const orderOf = (...args: Parameters<typeof ask>): string =>
  ask(...args)
    .order.map((target) =>
      target.model === 'm' ? target.provider.id : `${target.provider.id}/${target.model}`,
    )
    .join(' ');

/** How often each provider comes first. */
function firsts(context: RoutingContext, times = 2_000, model = 'm'): Readonly<Record<string, number>> {
  const random = seeded(7);
  const counts: Record<string, number> = {};
  for (let each = 0; each < times; each += 1) {
    const first = ask(context, random, model).order[0]?.provider.id ?? '';
    counts[first] = (counts[first] ?? 0) + 1 / times;
  }
  return counts;
}

const failed = routeHealth({ state: 'failed', share: 0 });
const recovering = (share: number, perSecond = 1_000) =>
  routeHealth({ state: 'recovering', share, perSecond });

describe('a route that has failed', () => {
  it('is asked last, by every strategy, and is still asked', () => {
    for (const strategy of ['weighted', 'adaptive', 'cheapest'] as const) {
      const context = contextOf({ strategy, known: { 'a/m': failed }, costs: { a: 1, b: 2, c: 3 } });
      for (const draw of [0, 0.3, 0.6, 0.99]) expect(orderOf(context, draw)).toMatch(/^(?:b c|c b) a$/);
    }
  });

  it('does not change how the others share', () => {
    const context = contextOf({ weights: [8, 3, 1], known: { 'a/m': failed } });
    const { a = 0, b = 0, c = 0 } = firsts(context);
    expect(a).toBe(0);
    expect(b / c).toBeGreaterThan(2.5);
    expect(b / c).toBeLessThan(3.6);
  });

  it("is behind fallbacks without weight, and behind the caller's", () => {
    expect(orderOf(contextOf({ weights: [1, 0, 0], known: { 'a/m': failed } }), 0)).toBe('b c a');
    expect(orderOf(contextOf({ known: { 'a/m': failed } }), 0, 'a/m', ['c/m'])).toBe('c a');
  });

  it('leaves the place it has in an alias, and the rest in order', () => {
    const aliases = { chain: ['a/m', 'b/m', 'c/m'] };
    expect(orderOf(contextOf({ aliases, known: { 'a/m': failed } }), 0, 'chain')).toBe('b c a');
    expect(orderOf(contextOf({ aliases, known: { 'b/m': failed } }), 0, 'chain')).toBe('a c b');
  });

  it('is what there is where all have failed', () => {
    const known = Object.fromEntries(names.map((id) => [`${id}/m`, failed]));
    expect(orderOf(contextOf({ known }), 0).split(' ').toSorted()).toEqual(['a', 'b', 'c']);
    expect(orderOf(contextOf({ known }), 0, 'a/m')).toBe('a');
  });

  it('has failed for its own model only', () => {
    expect(orderOf(contextOf({ known: { 'a/m': failed } }), 0, 'other')).toMatch(/^a\/other/);
  });

  it('says so to whoever asks why', () => {
    const { candidates } = ask(contextOf({ known: { 'a/m': failed } }), 0);
    expect(candidates[0]).toMatchObject({ kept: true, health: 'failed', lastResort: 'failed' });
  });
});

describe('a recovering route', () => {
  it.each([
    [0.01, 0.002, 0.008],
    [0.1, 0.02, 0.05],
    [0.5, 0.13, 0.21],
  ])('at %d of its share of a third comes first in %d to %d of all', (share, least, most) => {
    const { a = 0 } = firsts(contextOf({ known: { 'a/m': recovering(share) } }), 10_000);
    expect(a).toBeGreaterThanOrEqual(least);
    expect(a).toBeLessThanOrEqual(most);
  });

  it('gets one attempt a window, however little there is', () => {
    // Two attempts a second are ten a window: one in ten.
    const context = contextOf({
      weights: [1, 1],
      known: { 'a/m': recovering(0.01, 0), 'b/m': routeHealth({ perSecond: 2 }) },
    });
    const { a = 0 } = firsts(context, 10_000);
    expect(a).toBeGreaterThan(0.08);
    expect(a).toBeLessThan(0.12);
    const idle = contextOf({ known: { 'a/m': recovering(0.01, 0.01) } });
    expect(firsts(idle, 100)['a']).toBeCloseTo(1);
  });

  it('keeps or loses its place in a list by the same chance, counting the traffic of the whole list', () => {
    const aliases = { chain: ['a/m', 'b/m'] };
    const known = { 'a/m': recovering(0.1, 0), 'b/m': routeHealth({ perSecond: 1_000 }) };
    const { a = 0, b = 0 } = firsts(contextOf({ aliases, known }), 10_000, 'chain');
    expect(a).toBeGreaterThan(0.08);
    expect(a).toBeLessThan(0.12);
    expect(a + b).toBeCloseTo(1);
  });

  it('that is not let in is a fallback behind all others', () => {
    expect(orderOf(contextOf({ known: { 'a/m': recovering(0.1) } }), 0.99)).toBe('c b a');
    expect(ask(contextOf({ known: { 'a/m': recovering(0.1) } }), 0.99).candidates[0]).toMatchObject({
      health: 'recovering',
      lastResort: 'recovering',
    });
  });
});

describe('the adaptive strategy', () => {
  it('leaves a slow target, but for a small share', () => {
    const known = { 'a/m': routeHealth({ ms: 3_000 }), 'b/m': routeHealth(), 'c/m': routeHealth() };
    const { a = 0 } = firsts(contextOf({ strategy: 'adaptive', known }));
    expect(a).toBeGreaterThan(0.02);
    expect(a).toBeLessThan(0.1);
    expect(firsts(contextOf({ known }))['a']).toBeGreaterThan(0.28);
  });

  it('never picks what the document gives no weight, however well it does', () => {
    const known = { 'a/m': routeHealth({ ms: 9_000, errorRate: 0.4 }), 'b/m': routeHealth({ ms: 1 }) };
    expect(orderOf(contextOf({ strategy: 'adaptive', weights: [1, 0, undefined], known }), 0.99)).toBe('a b');
  });

  it('does not touch the order of an alias', () => {
    const aliases = { chain: ['a/m', 'b/m'] };
    const known = { 'a/m': routeHealth({ ms: 9_000 }), 'b/m': routeHealth({ ms: 1 }) };
    expect(orderOf(contextOf({ strategy: 'adaptive', aliases, known }), 0.5, 'chain')).toBe('a b');
  });

  it('tells the parts of the score', () => {
    const known = { 'a/m': routeHealth({ ms: 2_000 }), 'b/m': routeHealth() };
    const { candidates, reason } = ask(contextOf({ strategy: 'adaptive', known }), 0);
    expect(reason).toBe('adaptive choice');
    expect(candidates[0]).toMatchObject({ score: { base: 1, latency: 0.25, warmth: 1, headroom: 1 } });
  });

  it('chooses among the keys of a pinned provider by their health too', () => {
    const withKeys = provider('a', { keys: [key('slow', { weight: 1 }), key('fast', { weight: 1 })] });
    const known = { 'a/m/slow': routeHealth({ ms: 4_000 }), 'a/m/fast': routeHealth() };
    const context = (strategy: Strategy) =>
      routing({
        providers: [withKeys],
        catalog: models,
        caller: caller([grant('a')], { strategy }),
        health: healthOf(known),
      });
    const keysOf = (strategy: Strategy, draw: number) =>
      ask(context(strategy), draw, 'a/m').order[0]?.keys.map(({ id }) => id);
    expect(keysOf('adaptive', 0.3)).toEqual(['fast', 'slow']);
    expect(keysOf('weighted', 0.3)).toEqual(['slow', 'fast']);
  });
});

describe('keys', () => {
  const context = (known: Readonly<Record<string, RouteHealth>>, weights: readonly number[] = [1, 1]) =>
    routing({
      providers: [provider('a', { keys: weights.map((weight, index) => key(`k${index}`, { weight })) })],
      catalog: models,
      caller: caller([grant('a')]),
      health: healthOf(known),
    });
  const keysOf = (...args: Parameters<typeof context>) =>
    ask(context(...args), 0).order[0]?.keys.map(({ id }) => id);

  it('that fail on this model are tried last', () => {
    expect(keysOf({})).toEqual(['k0', 'k1']);
    expect(keysOf({ 'a/m/k0': failed })).toEqual(['k1', 'k0']);
    expect(keysOf({ 'a/other/k0': failed })).toEqual(['k0', 'k1']);
    expect(keysOf({ 'a/m/k0': failed, 'a/m/k1': failed })).toHaveLength(2);
  });

  it('that recover come first for their part of the traffic', () => {
    const random = seeded(3);
    let first = 0;
    const recoveringKey = context({ 'a/m/k0': recovering(0.1), 'a/m/k1': routeHealth({ perSecond: 1_000 }) });
    for (let each = 0; each < 4_000; each += 1) {
      first += ask(recoveringKey, random).order[0]?.keys[0]?.id === 'k0' ? 1 / 4_000 : 0;
    }
    expect(first).toBeGreaterThan(0.01);
    expect(first).toBeLessThan(0.08);
  });
});

describe('the cheapest strategy', () => {
  const cheapest = (costs: Readonly<Record<string, number>>, more: Options = {}) =>
    contextOf({ strategy: 'cheapest', costs, ...more });

  it('goes by the price of this request, whatever the weights, and on to the next cheapest', () => {
    for (const draw of [0, 0.5, 0.99]) {
      expect(orderOf(cheapest({ a: 30, b: 10, c: 20 }, { weights: [100, 1, 1] }), draw)).toBe('b c a');
    }
  });

  it('has unpriced targets last', () => {
    expect(orderOf(cheapest({ b: 10, c: 5 }), 0)).toBe('c b a');
    expect(orderOf(cheapest({}), 0)).toMatch(/^a/);
  });

  it('goes by weight within 5 %', () => {
    const tied = cheapest({ a: 100, b: 104, c: 106 }, { weights: [1, 3, 96] });
    const { a = 0, b = 0, c = 0 } = firsts(tied);
    expect(c).toBe(0);
    expect(b / a).toBeGreaterThan(2.4);
    expect(ask(tied, 0).candidates.map((each) => each.kept && each.score)).toEqual([
      { base: 1, share: 0.25, costMicroUsd: 100 },
      { base: 3, share: 0.75, costMicroUsd: 104 },
      { base: 96, share: 0, costMicroUsd: 106 },
    ]);
  });

  it('looks among healthy targets first', () => {
    const known = { 'a/m': routeHealth({ state: 'degraded' }) };
    expect(orderOf(cheapest({ a: 1, b: 3, c: 2 }, { known }), 0)).toBe('c b a');
  });

  it('does not begin where requests are refused for a rate limit', () => {
    const known = (saturation: number) => ({ 'a/m': routeHealth({ saturation }) });
    expect(orderOf(cheapest({ a: 1, b: 3, c: 2 }, { known: known(0.5) }), 0)).toBe('c b a');
    expect(orderOf(cheapest({ a: 1, b: 3, c: 2 }, { known: known(0.05) }), 0)).toBe('a c b');
  });

  it('leaves weight 0 a fallback', () => {
    expect(orderOf(cheapest({ a: 1, b: 3, c: 2 }, { weights: [0, 1, 1] }), 0)).toBe('c b a');
  });
});

describe('a target whose every key has been asked to be left alone', () => {
  const paused = (ms: number) => contextOf({ pausedMs: ({ provider: { id } }) => (id === 'a' ? ms : 0) });

  it('is asked last, unless the wait is short', () => {
    expect(orderOf(paused(20_000), 0)).toMatch(/ a$/);
    expect(orderOf(paused(3_000), 0)).toMatch(/^a /);
    expect(orderOf(paused(20_000), 0, 'a/m')).toBe('a');
    expect(ask(paused(20_000), 0).candidates[0]).toMatchObject({ lastResort: 'rate_limited' });
  });
});

describe('a prompt that looks too long for a window', () => {
  it('goes to a larger one first, and to the smaller last', () => {
    const context = contextOf({ looksTooLong: ({ provider: { id } }) => id === 'a' });
    expect(orderOf(context, 0)).toMatch(/ a$/);
    expect(ask(context, 0).candidates[0]).toMatchObject({ lastResort: 'window' });
    expect(orderOf(context, 0, 'a/m')).toBe('a');
  });
});

describe('a target without a price', () => {
  const limited = (unit: 'microUsd' | 'tokens') => {
    const context = contextOf({ isPriced: ({ provider: { id } }) => id !== 'a' });
    const budget: Quota = {
      id: '1d',
      owner: { kind: 'team', id: 't' },
      unit,
      limit: 1_000_000,
      edition: 1,
      every: '1d',
      calendar: false,
      createdAtS: 0,
      enforcement: 'soft',
    };
    return { ...context, caller: { ...context.caller, quotas: [budget] } };
  };

  it('leaves where a limit in dollars applies, and only there', () => {
    expect(orderOf(limited('microUsd'), 0)).not.toContain('a');
    expect(orderOf(limited('tokens'), 0)).toContain('a');
    expect(ask(limited('microUsd'), 0).candidates[0]).toMatchObject({ kept: false, reason: 'price' });
  });

  it('is refused by that name where it is the only one', () => {
    expect(() => ask(limited('microUsd'), 0, 'a/m')).toThrow(
      expect.objectContaining({
        status: 400,
        code: 'price_unknown',
        message: expect.stringMatching(/"m" at provider "a" has no price/),
      }),
    );
  });
});

describe('of those that are asked last', () => {
  it('what recovers comes before what waits, and what has failed comes last', () => {
    const context = contextOf({
      known: { 'a/m': failed, 'b/m': recovering(0.01, 1_000_000) },
      pausedMs: ({ provider: { id } }) => (id === 'c' ? 20_000 : 0),
    });
    expect(orderOf(context, 0.5)).toBe('b c a');
  });
});

it('the cheapest strategy lets a dear route that recovers in for one attempt a window, not for its weight', () => {
  const context = contextOf({
    strategy: 'cheapest',
    costs: { a: 100, b: 1, c: 2 },
    known: { 'a/m': recovering(1, 1_000) },
  });
  expect(firsts(context)['a'] ?? 0).toBeLessThan(0.01);
});

it('a session does not flip while a route recovers', () => {
  const context = contextOf({ known: { 'a/m': recovering(0.5) } });
  const firstOf = (sessionKey: string, draw: number) =>
    decide(context, { model: 'm', fallbacks: [], sessionKey }, () => draw).order[0]?.provider.id;
  for (let session = 0; session < 50; session += 1) {
    expect(firstOf(`s${session}`, 0.999)).toBe(firstOf(`s${session}`, 0));
  }
});

describe('a provider key without a weight among weighted ones', () => {
  const keysOf = (keys: readonly string[], known: Readonly<Record<string, RouteHealth>> = {}) => {
    const context = routing({
      providers: [
        provider('a', {
          keys: [key('w', { weight: 1, models: ['other'] }), key('v', { weight: 1 }), key('named')],
        }),
      ],
      catalog: models,
      caller: caller([grant('a', { keys })]),
      health: healthOf(known),
    });
    return ask(context, 0).order[0]?.keys.map(({ id }) => id);
  };

  it('is not picked, though the others fail, and is used where the grant names it', () => {
    expect(keysOf(['*'])).toEqual(['v']);
    expect(keysOf(['*'], { 'a/m/v': failed })).toEqual(['v']);
    expect(keysOf(['named'])).toEqual(['named']);
    expect(() => keysOf(['w', 'n*'])).toThrow(/no usable key/);
  });
});
