import type { Place } from '../../domain/quota.ts';

/** Somebody who may have rights to spare, as far as this region knows; what it knows may be old. */
export interface Lender {
  readonly place: Place;
  readonly available: number;
}

export interface Loan {
  readonly lender: Place;
  readonly amount: number;
}

/** A place with fewer rights than for so many requests of the last one's size asks for more ahead of need. */
const lowRequests = 4;
/** And then for as much as would bring it to so many. */
const amplyRequests = 16;

const richestFirst = (lenders: readonly Lender[]): readonly Lender[] =>
  lenders.filter(({ available }) => available > 0).toSorted((a, b) => b.available - a.available);

/**
 * The loan to take before rights run out, so that the next requests need not wait for one: from whoever has most, and
 * never more than half of it, so that two places in want do not pass everything back and forth.
 *
 * @param requestAmount what the last request held
 */
export function loanAhead(
  available: number,
  requestAmount: number,
  lenders: readonly Lender[],
): Loan | undefined {
  if (available >= lowRequests * requestAmount) return undefined;
  const [richest] = richestFirst(lenders);
  if (richest === undefined) return undefined;
  const amount = Math.min(amplyRequests * requestAmount - available, Math.floor(richest.available / 2));
  return amount > 0 ? { lender: richest.place, amount } : undefined;
}

/**
 * The loans without which a request cannot be admitted: what is missing (below zero, what a lowered limit or a charge
 * has left owing comes first), or half of what the lender has where that is more, from the richest on. Empty where
 * all lenders together have not enough.
 */
export function loansNeeded(
  available: number,
  requestAmount: number,
  lenders: readonly Lender[],
): readonly Loan[] {
  let missing = requestAmount - available;
  const loans: Loan[] = [];
  for (const { place, available: has } of richestFirst(lenders)) {
    if (missing <= 0) break;
    const amount = Math.min(has, Math.max(missing, Math.floor(has / 2)));
    loans.push({ lender: place, amount });
    missing -= amount;
  }
  return missing <= 0 ? loans : [];
}
