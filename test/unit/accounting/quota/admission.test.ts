import { describe, expect, it } from 'vitest';
import { percentUsed, stepFor } from '../../../../lib/accounting/quota/admission.ts';
import type { Bounds } from '../../../../lib/domain/quota.ts';
import { most, quota, standing } from './quota.ts';

const unbounded = (knownPart: number): Bounds => ({
  ...most(0),
  microUsd: { known: false, why: 'server_tools', knownPart },
});
const unpriced: Bounds = { ...most(5), microUsd: { known: false, why: 'price_unknown', knownPart: 0 } };

describe('a soft quota', () => {
  it('charges afterwards while this attempt at its dearest stays under 90 %', () => {
    expect(stepFor(quota(), most(100), 800)).toEqual({ step: 'charge' });
    expect(stepFor(quota(), most(101), 800)).toEqual({ step: 'reserve', amount: 101 });
  });
  it('holds what is left where the bound is more', () => {
    expect(stepFor(quota(), most(400), 950)).toEqual({ step: 'reserve', amount: 50 });
  });
  it('refuses when nothing is left', () => {
    const refused = { step: 'refuse', reason: 'exhausted', wanted: 400 };
    expect(stepFor(quota(), most(400), 1_000)).toEqual(refused);
    expect(stepFor(quota(), most(400), 1_200)).toEqual(refused);
    expect(stepFor(quota(), most(0), 1_000)).toMatchObject({ step: 'refuse' });
  });
  it('lets an attempt without a bound hold all that is left', () => {
    expect(stepFor(quota(), unbounded(10), 100)).toEqual({ step: 'charge' });
    expect(stepFor(quota(), unbounded(10), 895)).toEqual({ step: 'reserve', amount: 105 });
    expect(stepFor(quota({ reserve: 20 }), unbounded(10), 895)).toEqual({ step: 'reserve', amount: 20 });
  });
});

describe('a hard quota', () => {
  const hard = quota({ enforcement: 'hard' });
  it('holds the bound, whatever is known of its use', () => {
    expect(stepFor(hard, most(100), 0)).toEqual({ step: 'reserve', amount: 100 });
    expect(stepFor(hard, most(100), 5_000)).toEqual({ step: 'reserve', amount: 100 });
  });
  it('refuses what is larger than the limit', () => {
    expect(stepFor(hard, most(1_001), 0)).toEqual({ step: 'refuse', reason: 'exhausted', wanted: 1_001 });
  });
  it('refuses an attempt without a bound, unless the document says what to hold', () => {
    expect(stepFor(hard, unbounded(10), 0)).toEqual({ step: 'refuse', reason: 'server_tools' });
    expect(stepFor({ ...hard, reserve: 250 }, unbounded(10), 0)).toEqual({ step: 'reserve', amount: 250 });
  });
});

describe('an unknown price', () => {
  it('is refused under every limit in dollars, and under no other', () => {
    const refused = { step: 'refuse', reason: 'price_unknown' };
    expect(stepFor(quota(), unpriced, 0)).toEqual(refused);
    expect(stepFor(quota({ enforcement: 'hard', reserve: 250 }), unpriced, 0)).toEqual(refused);
    expect(stepFor(quota({ unit: 'tokens' }), unpriced, 0)).toEqual({ step: 'charge' });
  });
});

it('percentUsed is the highest of each unit over the owners', () => {
  const standings = [
    standing(250),
    standing(900, { owner: { kind: 'customer', id: 'acme' }, limit: 1_200 }),
    standing(30, { unit: 'requests', limit: 60 }),
  ];
  expect(percentUsed(standings)).toEqual({ microUsd: 75, tokens: 0, requests: 50 });
});
