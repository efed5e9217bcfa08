import type { SourceModel, SourcePrice } from './extract.ts';

type Conditional = Exclude<SourceModel['prices'], SourcePrice>[number];

const inputUsd = (prices: SourcePrice): number => {
  const input = prices.input_mtok ?? 0;
  return typeof input === 'number' ? input : input.base;
};

const hasBegun = (entry: Conditional, asOf: string): boolean =>
  entry.constraint === undefined ||
  (entry.constraint.type === 'start_date' && entry.constraint.start_date <= asOf);

/**
 * The prices of one UTC day (YYYY-MM-DD). Of prices with a start date, the last that has begun. Where the hour decides
 * as well, the dearest of the day: a bill estimated at noon must not depend on it, and must not be too low.
 */
export function pricesInForce(prices: SourceModel['prices'], asOf: string): SourcePrice {
  if (!Array.isArray(prices)) return prices;
  const allDay = prices.findLastIndex((entry) => hasBegun(entry, asOf));
  const ofTheDay = prices.filter(
    (entry, index) =>
      index === Math.max(allDay, 0) || (index > allDay && entry.constraint?.type === 'time_of_date'),
  );
  return ofTheDay.reduce<SourcePrice>(
    (dearest, { prices: candidate }) => (inputUsd(candidate) > inputUsd(dearest) ? candidate : dearest),
    ofTheDay[0]?.prices ?? {},
  );
}
