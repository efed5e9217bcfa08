import { describe, expect, it } from 'vitest';
import { GovernanceCache } from '../../../lib/stores/governance-cache.ts';
import { StillClock } from './still-clock.ts';

const filled = () => {
  const clock = new StillClock();
  const cache = new GovernanceCache<string>(clock);
  cache.set('key#1', 'one');
  cache.set('policy', 'pointer');
  cache.set('key#2', undefined);
  return { clock, cache };
};

describe('GovernanceCache', () => {
  it.each([
    [0, 'fresh', 'fresh'],
    [4_999, 'fresh', 'fresh'],
    [5_000, 'usable', 'unusable'],
    [29_999, 'usable', 'unusable'],
    [30_000, 'unusable', 'unusable'],
    [-1, 'unusable', 'unusable'],
  ])('after %d ms an item is %s, a missing one %s', (ageMs, present, absent) => {
    const { clock, cache } = filled();
    clock.advance(ageMs);
    expect([cache.freshness('key#1'), cache.freshness('key#2')]).toEqual([present, absent]);
    expect(cache.freshness('key#3')).toBe('unusable');
  });

  it.each([
    [299_999, 'usable', 'usable'],
    [300_000, 'unusable', 'usable'],
  ])('after %d ms of a store that fails, a key is %s and the policy %s', (ageMs, key, policy) => {
    const { clock, cache } = filled();
    clock.advance(ageMs);
    cache.pause();
    expect([cache.freshness('key#1'), cache.freshness('policy')]).toEqual([key, policy]);
    clock.advance(1_000);
    expect(cache.paused).toBe(false);
  });

  it('a flood of unknown keys displaces no known one', () => {
    const { cache } = filled();
    for (let index = 0; index < 20_000; index++) cache.set(`key#flood${index}`, undefined);
    expect(cache.get('key#1')?.item).toBe('one');
    expect(cache.get('key#flood0')).toBeUndefined();
    expect(cache.get('key#flood19999')).toBeDefined();
  });

  it('an item is present or absent, never both', () => {
    const { cache } = filled();
    cache.set('key#1', undefined);
    expect(cache.get('key#1')?.item).toBeUndefined();
    cache.set('key#1', 'again');
    expect(cache.get('key#1')?.item).toBe('again');
  });
});
