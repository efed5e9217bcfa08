import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderByWeight, unitHash } from '../../../lib/routing/select.ts';
import { seeded } from '../../support/random.ts';

const entries = (weights: Record<string, number | undefined>) =>
  Object.entries(weights).map(([id, weight]) => ({ item: id, id, weight }));

const shares = (weights: Record<string, number | undefined>, session: boolean): Record<string, number> => {
  const random = seeded(7);
  const counts: Record<string, number> = {};
  for (let i = 0; i < 10_000; i += 1) {
    const first = orderByWeight(entries(weights), random, session ? `session-${i}` : undefined)[0] ?? 'none';
    counts[first] = (counts[first] ?? 0) + 1;
  }
  return counts;
};

describe('orderByWeight', () => {
  it.each([
    ['drawn', false],
    ['kept by session', true],
  ])('lands within 2 points of 80/20 over 10,000 requests, %s', (_name, session) => {
    const counts = shares({ a: 0.8, b: 0.2 }, session);
    expect(Math.abs((counts['a'] ?? 0) / 100 - 80)).toBeLessThan(2);
    expect((counts['a'] ?? 0) + (counts['b'] ?? 0)).toBe(10_000);
  });

  it('normalises: 800 and 200 are the same as 0.8 and 0.2', () => {
    expect(shares({ a: 800, b: 200 }, false)).toEqual(shares({ a: 0.8, b: 0.2 }, false));
  });

  it('counts all 1 when no entry has a weight', () => {
    const counts = shares({ a: undefined, b: undefined }, false);
    expect(Math.abs((counts['a'] ?? 0) / 100 - 50)).toBeLessThan(2);
  });

  it('never picks an entry without a weight among weighted ones, nor tries it', () => {
    expect(orderByWeight(entries({ a: 1, b: undefined, c: 0 }), seeded(1), undefined)).toEqual(['a', 'c']);
  });

  it('keeps weight 0 for last, and uses it when nothing else is left', () => {
    expect(orderByWeight(entries({ a: 0, b: 2, c: 1 }), () => 0, undefined)).toEqual(['b', 'c', 'a']);
    expect(orderByWeight(entries({ a: 0, b: undefined }), () => 0, undefined)).toEqual(['a']);
  });

  it('tries the rest heaviest first', () => {
    expect(orderByWeight(entries({ a: 1, b: 5, c: 3 }), () => 0, undefined)).toEqual(['a', 'b', 'c']);
  });

  it('keeps a session where it is when another target leaves', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.dictionary(
          fc.string({ minLength: 1, maxLength: 5 }),
          fc.double({ min: 0.01, max: 100, noNaN: true }),
          { minKeys: 2, maxKeys: 6 },
        ),
        (session, weights) => {
          const all = entries(weights);
          const first = orderByWeight(all, () => 0, session)[0];
          for (const gone of all) {
            if (gone.id === first) continue;
            const left = all.filter((entry) => entry !== gone);
            expect(orderByWeight(left, () => 0.99, session)[0]).toBe(first);
          }
        },
      ),
    );
  });

  it('orders every entry with a weight exactly once, whatever the draw', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { maxLength: 8 }),
        fc.double({ min: 0, max: 0.999999999, noNaN: true }),
        fc.array(fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: undefined }), {
          minLength: 8,
          maxLength: 8,
        }),
        (ids, draw, weights) => {
          const items = ids.map((id, index) => ({ item: id, id, weight: weights[index] }));
          const level = items.every((entry) => entry.weight === undefined);
          const expected = items
            .filter((entry) => level || entry.weight !== undefined)
            .map((entry) => entry.id);
          expect([...orderByWeight(items, () => draw, undefined)].sort()).toEqual(expected.sort());
        },
      ),
    );
  });
});

describe('unitHash', () => {
  it('spreads similar strings evenly over (0, 1)', () => {
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i += 1) {
      const at = Math.floor(unitHash(`conversation-${i}`) * 10);
      buckets[at] = (buckets[at] ?? 0) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it('never returns 0 or 1', () => {
    fc.assert(fc.property(fc.string(), (text) => unitHash(text) > 0 && unitHash(text) < 1));
  });
});
