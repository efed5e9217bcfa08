import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkSites,
  equalShares,
  grantOf,
  InvalidShares,
  placesOf,
} from '../../../../lib/accounting/quota/shares.ts';
import type { Site } from '../../../../lib/domain/quota.ts';

const grants = (limit: number, sites: readonly Site[]): readonly number[] =>
  sites.map(({ site }) => grantOf(limit, { site, lane: 0 }, sites));

describe('grantOf', () => {
  it('divides a limit by shares; the first site that has one rounds up, the others down', () => {
    expect(grants(100, equalShares(['us', 'eu', 'ap']))).toEqual([34, 33, 33]);
    expect(grants(2, equalShares(['us', 'eu', 'ap']))).toEqual([1, 0, 0]);
    const moved = [
      { site: 'us', share: 0 },
      { site: 'eu', share: 0.5 },
      { site: 'ap', share: 0.5 },
    ];
    expect(grants(7, moved)).toEqual([0, 4, 3]);
  });

  it('hands out nothing that the shares leave open, and nothing to a site that joins', () => {
    const joining = [
      { site: 'us', share: 0.5 },
      { site: 'eu', share: 0.3 },
      { site: 'ap', share: 0 },
    ];
    expect(grants(101, joining)).toEqual([51, 30, 0]);
  });

  it('gives lanes beyond the first, and sites nobody knows, nothing', () => {
    const sites = equalShares(['us', 'eu']);
    expect(grantOf(100, { site: 'us', lane: 1 }, sites)).toBe(0);
    expect(grantOf(100, { site: 'sa', lane: 0 }, sites)).toBe(0);
  });

  const parts = fc.array(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 8 });
  const limits = fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 1e12 }));
  const sitesOf = (each: readonly number[], rest: number): readonly Site[] => {
    const whole = each.reduce((sum, part) => sum + part, rest) || 1;
    return each.map((part, index) => ({ site: `s${index}`, share: part / whole }));
  };

  it('never hands out more than the limit, nor much less where the shares sum to one', () => {
    fc.assert(
      fc.property(parts, fc.nat({ max: 50 }), limits, (each, rest, limit) => {
        const sites = sitesOf(each, rest);
        checkSites(sites);
        const given = grants(limit, sites);
        const sum = given.reduce((total, grant) => total + grant, 0);
        expect(Math.min(...given)).toBeGreaterThanOrEqual(0);
        expect(sum).toBeLessThanOrEqual(limit);
        if (rest === 0 && each.some((part) => part > 0)) expect(sum).toBeGreaterThan(limit - each.length - 3);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never hands out more than the higher of two limits, whichever of them each site has seen', () => {
    fc.assert(
      fc.property(
        parts,
        limits,
        limits,
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        (each, a, b, seen) => {
          const sites = sitesOf(each, 0);
          const [before, after] = [grants(a, sites), grants(b, sites)];
          const mixed = sites.map((_, index) => (seen[index] === true ? after : before)[index] ?? 0);
          expect(mixed.reduce((total, grant) => total + grant, 0)).toBeLessThanOrEqual(Math.max(a, b));
        },
      ),
      { numRuns: 1_000 },
    );
    expect(grants(110, equalShares(['us', 'eu', 'ap']))).toEqual([37, 36, 36]);
    expect(grants(111, equalShares(['us', 'eu', 'ap']))).toEqual([37, 37, 37]);
  });
});

describe('checkSites', () => {
  it('takes shares that sum to one or less', () => {
    expect(() => checkSites(equalShares(['a', 'b', 'c', 'd', 'e', 'f', 'g']))).not.toThrow();
    expect(() => checkSites([])).not.toThrow();
  });

  it.each([
    [
      [
        { site: 'us', share: 0.7 },
        { site: 'eu', share: 0.4 },
      ],
      'more than 1',
    ],
    [[{ site: 'us', share: -0.1 }], 'the share of us is -0.1'],
    [[{ site: 'us', share: NaN }], 'the share of us is NaN'],
    [
      [
        { site: 'us', share: 0.1 },
        { site: 'us', share: 0.1 },
      ],
      'site us is there twice',
    ],
  ])('refuses %j', (sites, message) => {
    expect(() => checkSites(sites)).toThrow(InvalidShares);
    expect(() => checkSites(sites)).toThrow(message);
  });
});

it('placesOf names every lane of every site', () => {
  expect(placesOf(2, equalShares(['us', 'eu']))).toEqual([
    { site: 'us', lane: 0 },
    { site: 'us', lane: 1 },
    { site: 'eu', lane: 0 },
    { site: 'eu', lane: 1 },
  ]);
});
