import { describe, expect, it } from 'vitest';
import { pricesInForce } from '../../../../lib/accounting/catalog/in-force.ts';

const prices = (input: number) => ({ input_mtok: input, output_mtok: 1 });
const from = (start_date: string, input: number) => ({
  constraint: { type: 'start_date' as const, start_date },
  prices: prices(input),
});
const hours = (start_time: string, end_time: string, input: number) => ({
  constraint: { type: 'time_of_date' as const, start_time, end_time },
  prices: prices(input),
});

describe('pricesInForce', () => {
  it('takes an unconditional price', () => {
    expect(pricesInForce(prices(3), '2026-01-01')).toEqual(prices(3));
  });

  it.each([
    ['2025-12-31', 1],
    ['2026-01-01', 2],
    ['2026-05-31', 2],
    ['2026-06-01', 3],
  ])('on %s takes the last price that has begun', (day, input) => {
    const list = [{ prices: prices(1) }, from('2026-01-01', 2), from('2026-06-01', 3)];
    expect(pricesInForce(list, day)).toEqual(prices(input));
  });

  it('takes the dearest of the day where the hour decides', () => {
    const list = [{ prices: prices(1) }, from('2026-06-01', 2), hours('01:00:00Z', '04:00:00Z', 4)];
    expect(pricesInForce(list, '2026-07-01')).toEqual(prices(4));
    expect(pricesInForce([{ prices: prices(5) }, hours('00:30:00Z', '16:30:00Z', 4)], '2026-07-01')).toEqual(
      prices(5),
    );
  });

  it('takes the first price where none has begun', () => {
    expect(pricesInForce([from('2027-01-01', 1), from('2028-01-01', 2)], '2026-01-01')).toEqual(prices(1));
  });
});
