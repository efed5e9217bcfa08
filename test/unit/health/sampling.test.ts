import { describe, expect, it } from 'vitest';
import { OwnRates, weightOf } from '../../../lib/health/sampling.ts';

describe('what is written down', () => {
  it('is everything up to twenty a second, and about twenty of more', () => {
    expect([0, 1 / 60, 20, 20.1, 40, 5_000].map(weightOf)).toEqual([1, 1, 1, 2, 2, 250]);
  });
});

describe("a process' own rate", () => {
  it('is what it did in this second or the last', () => {
    const rates = new OwnRates();
    const counted = [0, 100, 200, 999].map((atMs) => rates.count('a/b', atMs));
    expect(counted).toEqual([1, 2, 3, 4]);
    expect(rates.count('a/b', 1_000)).toBe(4);
    expect(rates.count('c/d', 1_000)).toBe(1);
    expect(rates.count('a/b', 5_000)).toBe(1);
  });
});
