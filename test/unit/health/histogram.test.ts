import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blended,
  bucketOf,
  buckets,
  emptyHistogram,
  histogramText,
  parseHistogram,
  quantile,
} from '../../../lib/health/histogram.ts';

const of = (...values: readonly number[]): readonly number[] => {
  const histogram = [...emptyHistogram];
  for (const value of values) histogram[bucketOf(value)] = (histogram[bucketOf(value)] ?? 0) + 1;
  return histogram;
};

describe('a histogram of durations', () => {
  it('has a bucket for every number, and one for what is none', () => {
    expect([bucketOf(0), bucketOf(9.99), bucketOf(-5), bucketOf(Number.NaN)]).toEqual([0, 0, 0, 0]);
    expect([bucketOf(10), bucketOf(12), bucketOf(12.1)]).toEqual([1, 1, 2]);
    expect([bucketOf(899_999), bucketOf(900_000), bucketOf(Infinity)]).toEqual([62, 63, 63]);
  });

  it('tells any quantile of any durations within a bucket, which is a fifth', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 10, max: 899_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.99),
        (values, part) => {
          const sorted = values.toSorted((one, other) => one - other);
          const exact = sorted[Math.max(0, Math.ceil(part * sorted.length - 1e-9) - 1)] ?? 0;
          const told = quantile(of(...values), part) ?? 0;
          expect(Math.max(told / exact, exact / told)).toBeLessThan(1.21);
        },
      ),
    );
  });

  it('interpolates within a bucket', () => {
    // A second lies in the bucket from 995 to 1,196 ms.
    expect(Math.round(quantile(of(1_000), 0) ?? 0)).toBe(995);
    expect(Math.round(quantile(of(1_000), 0.5) ?? 0)).toBe(1_091);
    expect(Math.round(quantile(of(1_000), 1) ?? 0)).toBe(1_196);
    expect(quantile(of(4), 0.5)).toBe(5);
    expect(quantile(of(2_000_000), 0.5)).toBe(900_000);
    expect(quantile(emptyHistogram, 0.5)).toBeUndefined();
  });

  it('fades and adds', () => {
    const histogram = blended(of(100, 100, 3_000), 0.5, of(3_000), 4);
    expect(histogram[bucketOf(100)]).toBe(1);
    expect(histogram[bucketOf(3_000)]).toBe(4.5);
  });

  it('is written in two characters a bucket and read back within a fifth of a per cent', () => {
    const text = histogramText(blended(of(100, 300, 300), 61.7, emptyHistogram, 0));
    // Two buckets in use, and those between them.
    expect(text).toHaveLength(1 + 2 * 2 + (bucketOf(300) - bucketOf(100) - 1));
    const read = parseHistogram(text);
    expect(Math.abs((read?.[bucketOf(300)] ?? 0) / 123.4 - 1)).toBeLessThan(0.002);
    expect(parseHistogram('')).toEqual(emptyHistogram);
  });

  it('is written the same however often it is read and written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 9_000, noNaN: true }), { minLength: buckets, maxLength: buckets }),
        (weights) => {
          const text = histogramText(weights);
          expect(histogramText(parseHistogram(text) ?? [])).toBe(text);
        },
      ),
    );
  });

  it('is never read from what is none', () => {
    expect(parseHistogram('A1')).toBeUndefined();
    expect(parseHistogram('A!!')).toBeUndefined();
    expect(parseHistogram('-' + 'BB'.repeat(3))).toBeUndefined();
    expect(parseHistogram('A' + 'BB'.repeat(65))).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect([undefined, buckets]).toContain(parseHistogram(text)?.length);
      }),
    );
  });
});
