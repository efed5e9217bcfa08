import { describe, expect, it } from 'vitest';
import { regionOfSite } from '../../../lib/domain/quota.ts';
import { entryPk, readBalance } from '../../../lib/stores/quota-items.ts';

const key = {
  owner: { kind: 'team', id: 'research' },
  quotaId: 'b0',
  unit: 'microUsd',
  window: '1d@2026-11-23T00:00:00Z',
  place: { site: 'eu-central-1', lane: 3 },
} as const;

describe('entryPk', () => {
  it('names owner, quota, window, lane and, last, the site', () => {
    expect(entryPk(key)).toBe('team/research#b0.microUsd#1d@2026-11-23T00:00:00Z#3#eu-central-1');
  });
  it('begins another ledger when an id is used again for another unit', () => {
    expect(entryPk({ ...key, unit: 'tokens' })).not.toBe(entryPk(key));
  });
});

it('regionOfSite finds the region of a site that has returned', () => {
  expect(['eu-central-1', 'eu-central-1.2'].map(regionOfSite)).toEqual(['eu-central-1', 'eu-central-1']);
});

describe('readBalance', () => {
  it('reads figures, tickets, marks and loans', () => {
    const balance = readBalance({
      pk: { S: 'team/research#…' },
      granted: { N: '100' },
      available: { N: '-7' },
      spent: { N: '60' },
      edition: { N: '3' },
      expires: { N: '1800000000' },
      tickets: { NS: ['297000001234567890'] },
      m4: { N: '297000000000000004' },
      'lent_us-east-1/2': { N: '40' },
      'got_ap-northeast-1': { N: '5' },
    });
    expect(balance).toEqual({
      granted: 100,
      available: -7,
      spent: 60,
      edition: 3,
      tickets: ['297000001234567890'],
      marks: new Map([['m4', '297000000000000004']]),
      lent: new Map([['us-east-1/2', 40]]),
      got: new Map([['ap-northeast-1', 5]]),
    });
  });
  it('takes an item that was never opened for none', () => {
    expect(readBalance(undefined)).toBeUndefined();
    expect(readBalance({ pk: { S: 'x' } })).toBeUndefined();
  });
});
