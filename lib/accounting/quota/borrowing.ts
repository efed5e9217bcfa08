import type { Place } from '../../domain/quota.ts';

/** Somebody who may have rights to spare, as far as this region knows; what it knows may be old. */
export interface Lender {
  readonly place: Place;
  readonly available: number;
  /** Of the borrower's own region: asking it is no waiting for another. */
  readonly near: boolean;
}

export interface Loan {
  readonly lender: Place;
  readonly amount: number;
}

/** A place with fewer rights than for so many requests of the last one's size asks for more ahead of need. */
const lowRequests = 4;
/** And then for as much as would bring it to so many. */
const ampleRequests = 16;

const inOrder = (lenders: readonly Lender[]): readonly Lender[] =>
  lenders
    .filter(({ available }) => available > 0)
    .toSorted((a, b) => Number(b.near) - Number(a.near) || b.available - a.available);

/**
 * The loan to take before rights run out, so that the next requests need not wait for one: from the own region if
 * it has anything, else from whoever has most, and never more than half of it, so that two places in want do not pass everything back and forth.
 *
 * @param requestAmount what the last request held
 */
export function loanAhead(
  available: number,
  requestAmount: number,
  lenders: readonly Lender[],
): Loan | undefined {
  if (available >= lowRequests * requestAmount) return undefined;
  const [first] = inOrder(lenders);
  if (first === undefined) return undefined;
  const amount = Math.min(ampleRequests * requestAmount - available, Math.floor(first.available / 2));
  return amount > 0 ? { lender: first.place, amount } : undefined;
}

/**
 * The loans without which a request cannot be admitted: what is missing (below zero, what a lowered limit or a charge
 * has left owing comes first), or half of what the lender has where that is more, the own region's places first,
 * then from the richest on. Empty where all lenders together have not enough.
 */
export function loansNeeded(
  available: number,
  requestAmount: number,
  lenders: readonly Lender[],
): readonly Loan[] {
  let missing = requestAmount - available;
  const loans: Loan[] = [];
  for (const { place, available: has } of inOrder(lenders)) {
    if (missing <= 0) break;
    const amount = Math.min(has, Math.max(missing, Math.floor(has / 2)));
    loans.push({ lender: place, amount });
    missing -= amount;
  }
  return missing <= 0 ? loans : [];
}
