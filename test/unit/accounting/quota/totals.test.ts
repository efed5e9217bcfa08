import { expect, it } from 'vitest';
import { totalsOf, usedOf } from '../../../../lib/accounting/quota/totals.ts';
import { balance } from './balance.ts';

it('what is used at a place is what it had less what it has', () => {
  expect(usedOf(balance({ granted: 50, available: 20, spent: 25 }))).toBe(30);
  const lender = balance({ granted: 50, available: 0, lent: new Map([['eu', 40]]) });
  expect(usedOf(lender)).toBe(10);
  const borrower = balance({ granted: 0, available: 5, spent: 35, got: new Map([['us', 40]]) });
  expect(usedOf(borrower)).toBe(35);
});

it('a loan nobody has received yet changes no total', () => {
  const lender = balance({ granted: 50, available: 10, spent: 0, lent: new Map([['eu', 40]]) });
  const borrower = balance({ granted: 50, available: 50 });
  expect(totalsOf([lender, borrower])).toEqual({ used: 0, spent: 0, held: 0 });
});

it('totals are sums over sites and lanes; what is used and not spent is held', () => {
  const sites = [
    balance({ granted: 34, available: 4, spent: 20 }),
    balance({ granted: 0, available: -6, spent: 6 }),
    balance({ granted: 33, available: 33 }),
  ];
  expect(totalsOf(sites)).toEqual({ used: 36, spent: 26, held: 10 });
  expect(totalsOf([])).toEqual({ used: 0, spent: 0, held: 0 });
});
