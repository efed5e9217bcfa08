import { listPrices } from './price-list.ts';

/** What AWS asks for one thing, first tier, before taxes, discounts and free allowances. */
export interface ListPrice {
  /** As it is called in a report. */
  readonly what: string;
  /** What one price buys, in words: `million writes`. */
  readonly unit: string;
  /** How many of the counted things that is. */
  readonly unitSize: number;
  /** In us-east-1. */
  readonly usd: number;
  /** Where it is another, or is known to be the same. */
  readonly elsewhere?: Readonly<Record<string, number>>;
  /** One price for all commercial regions. */
  readonly everywhere?: true;
  /** Regions whose figure no extract of the price list confirmed; `all`: no region's. */
  readonly unconfirmed?: 'all' | readonly string[];
  /** Counted things an account has free in every month, for ever; spent only once, by whatever runs there. */
  readonly alwaysFree?: number;
  /** Where AWS states it. */
  readonly page: string;
}

export type PriceName = keyof typeof listPrices;

const home = 'us-east-1';

export const listPrice = (name: PriceName): ListPrice => listPrices[name];

/**
 * What one counted thing costs in a region, in USD. A region the list does not know is charged as us-east-1, and said to
 * be unconfirmed: a bill that is somewhat wrong and says so is of more use than none.
 */
export function priceIn(
  name: PriceName,
  region: string,
): { readonly usd: number; readonly confirmed: boolean } {
  const price = listPrice(name);
  const known = price.elsewhere?.[region];
  const confirmed =
    price.unconfirmed !== 'all' &&
    price.unconfirmed?.includes(region) !== true &&
    (region === home || known !== undefined || price.everywhere === true);
  return { usd: (known ?? price.usd) / price.unitSize, confirmed };
}
