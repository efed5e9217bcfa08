import type { QuotaTotals } from '../../domain/quota.ts';
import type { Balance } from '../../domain/quota-ledger.ts';

const sum = (figures: Iterable<number>): number => {
  let total = 0;
  for (const figure of figures) total += figure;
  return total;
};

/**
 * What is spent and held at one place. It follows from the item alone: loans on their way between two places, or
 * copies of different ages, do not disturb it.
 */
export const usedOf = ({ granted, available, lent, got }: Balance): number =>
  granted + sum(got.values()) - sum(lent.values()) - available;

/** Sums over sites and lanes; a place that is not open yet has used nothing. */
export function totalsOf(balances: Iterable<Balance>): QuotaTotals {
  let [used, spent] = [0, 0];
  for (const balance of balances) {
    used += usedOf(balance);
    spent += balance.spent;
  }
  return { used, spent, held: used - spent };
}
