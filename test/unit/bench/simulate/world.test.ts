import { describe, expect, it } from 'vitest';
import { parseWorld } from '../../../../bench/simulate/world.ts';
import { steady, worldOf } from './small-world.ts';

const providers = { a: { region: 'r1', zones: ['eu'], models: { m: steady, '*': steady } } };
const minuteMs = 60_000;

describe('a world', () => {
  it('finds a model by name, else by "*", else not at all', () => {
    const world = worldOf({ providers });
    expect(world.place('a', 'm')?.name).toBe('a/m');
    expect(world.place('a', 'another')?.behaviour.tokensPerSecond).toBe(100);
    expect(world.place('b', 'm')).toBeUndefined();
    expect(worldOf({ providers: { '*': providers.a } }).place('b', 'm')?.provider).toBe('b');
  });

  it('lets an incident last from its start until before its end, where it strikes', () => {
    const world = worldOf({
      providers: { ...providers, b: { region: 'r2', models: { m: steady } } },
      incidents: [
        { name: 'slow', from: '1m', to: '1m30s', provider: 'a', model: 'm', latency: 4 },
        { name: 'loss', from: 80, to: '2m', region: 'r1', outage: 'silent' },
      ],
    });
    const at = (provider: string, model: string, sinceMs: number) =>
      world.place(provider, model)?.conditions(sinceMs);
    expect(at('a', 'm', minuteMs - 1)).toEqual({ latency: 1, limits: 1 });
    expect(at('a', 'm', minuteMs)).toEqual({ latency: 4, limits: 1 });
    expect(at('a', 'm', 80_000)).toEqual({ latency: 4, limits: 1, outage: 'silent' });
    expect(at('a', 'm', 90_000)).toEqual({ latency: 1, limits: 1, outage: 'silent' });
    expect(at('a', 'm', 2 * minuteMs)).toEqual({ latency: 1, limits: 1 });
    expect(at('a', 'other', 80_000)).toEqual({ latency: 1, limits: 1, outage: 'silent' });
    expect(at('b', 'm', 85_000)).toEqual({ latency: 1, limits: 1 });
  });

  it('adds up incidents of one moment', () => {
    const world = worldOf({
      providers,
      incidents: [
        { name: 'one', from: 0, to: 10, provider: 'a', latency: 2, limits: 0.5 },
        { name: 'two', from: 0, to: 10, provider: 'a', latency: 3, limits: 0.5, errorRate: 0.2 },
      ],
    });
    expect(world.place('a', 'm')?.conditions(0)).toEqual({ latency: 6, limits: 0.25, errorRate: 0.2 });
  });

  it('knows which answers break residency', () => {
    const world = worldOf({ providers, residency: { clinic: ['eu'] } });
    expect(world.isLawful('clinic', { zones: ['eu'] })).toBe(true);
    expect(world.isLawful('clinic', { zones: ['eu', 'us'] })).toBe(false);
    expect(world.isLawful('clinic', { zones: [] })).toBe(false);
    expect(world.isLawful('app', { zones: ['us'] })).toBe(true);
  });

  it.each([
    ['a misspelt field', { providers: { a: { models: { m: { ...steady, tokenRate: 1 } } } } }, 'tokenRate'],
    ['a rate above 1', { providers: { a: { models: { m: { ...steady, errorRate: 2 } } } } }, 'errorRate'],
    [
      'a p99 below the median',
      {
        providers: {
          a: { models: { m: { tokensPerSecond: 1, firstToken: { medianMs: 500, p99Ms: 100 } } } },
        },
      },
      'providers.a.models.m.firstToken: p99Ms must be at least medianMs',
    ],
    [
      'a duration that is none',
      { providers, incidents: [{ name: 'x', from: 'noon', to: '2h', provider: 'a', latency: 2 }] },
      'incidents.0.from: must be a duration such as 9h',
    ],
    [
      'an incident that ends before it begins',
      { providers, incidents: [{ name: 'x', from: '3h', to: '2h', provider: 'a', latency: 2 }] },
      'incidents.0: "from" must be before "to"',
    ],
    [
      'an incident nowhere',
      { providers, incidents: [{ name: 'x', from: 0, to: 1, latency: 2 }] },
      'incidents.0: must name a "provider" or a "region"',
    ],
    [
      'an incident without effect',
      { providers, incidents: [{ name: 'x', from: 0, to: 1, provider: 'a' }] },
      'must have one of "latency"',
    ],
    [
      'a price for a region',
      {
        providers,
        incidents: [
          { name: 'x', from: 0, to: 1, region: 'r1', prices: { inputPerMTok: 1, outputPerMTok: 1 } },
        ],
      },
      '"prices" need a "provider"',
    ],
    ['no object', 'world', '(world):'],
  ])('with %s is refused, with the place', (_what, value, message) => {
    const parsed = parseWorld(value);
    expect(parsed.ok ? [] : parsed.problems).toEqual([expect.stringContaining(message)]);
  });
});
