import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLater, nextVersion, type Version } from '../../../../../functions/local/replication/version.ts';

const version = (atMs: number, region: string, sequence = 0): Version => ({ atMs, region, sequence });

describe('isLater', () => {
  it.each([
    ['time first', version(2, 'ap'), version(1, 'us')],
    ['then the name of the region', version(1, 'us'), version(1, 'eu', 9)],
    ['then the order within the region', version(1, 'us', 1), version(1, 'us')],
  ])('%s', (_rule, late, early) => {
    expect([isLater(late, early), isLater(early, late), isLater(late, late)]).toEqual([true, false, false]);
  });
});

describe('nextVersion', () => {
  it('is the time of the write', () => {
    expect(nextVersion(5, 'us', undefined)).toEqual(version(5, 'us'));
    expect(nextVersion(5, 'ap', version(4, 'us'))).toEqual(version(5, 'ap'));
  });

  it('counts the writes of one region within a millisecond', () => {
    expect(nextVersion(5, 'us', version(5, 'us'))).toEqual(version(5, 'us', 1));
  });

  it('comes after what it was based on, by as little as it takes', () => {
    expect(nextVersion(5, 'us', version(5, 'eu'))).toEqual(version(5, 'us'));
    expect(nextVersion(5, 'ap', version(5, 'eu', 3))).toEqual(version(6, 'ap'));
    expect(nextVersion(5, 'ap', version(7, 'ap', 3))).toEqual(version(7, 'ap', 4));
  });

  it('is later than any version before it', () => {
    const anyRegion = fc.constantFrom('ap', 'eu', 'us');
    const anyVersion = fc.record({ atMs: fc.nat(3), region: anyRegion, sequence: fc.nat(2) });
    fc.assert(
      fc.property(fc.nat(3), anyRegion, anyVersion, (nowMs, region, before) => {
        expect(isLater(nextVersion(nowMs, region, before), before)).toBe(true);
      }),
    );
  });
});
