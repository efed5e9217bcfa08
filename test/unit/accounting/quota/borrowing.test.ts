import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loanAhead, loansNeeded, type Lender } from '../../../../lib/accounting/quota/borrowing.ts';

const far = (site: string, available: number): Lender => ({
  place: { site, lane: 0 },
  available,
  near: false,
});
const lane = (number: number, available: number): Lender => ({
  place: { site: 'us', lane: number },
  available,
  near: true,
});

describe('loanAhead', () => {
  it('asks for nothing while there is enough for four more requests', () => {
    expect(loanAhead(40, 10, [far('eu', 1_000)])).toBeUndefined();
  });
  it('asks the richest for as much as sixteen requests need, but for no more than half of what it has', () => {
    expect(loanAhead(39, 10, [far('eu', 500), far('ap', 1_000)])).toEqual({
      lender: { site: 'ap', lane: 0 },
      amount: 121,
    });
    expect(loanAhead(39, 10, [far('eu', 50)])).toEqual({ lender: { site: 'eu', lane: 0 }, amount: 25 });
  });
  it('asks its own region first', () => {
    expect(loanAhead(0, 10, [far('eu', 500), lane(3, 100)])?.lender).toEqual({ site: 'us', lane: 3 });
  });
  it('asks nobody who has nothing', () => {
    expect(loanAhead(0, 10, [far('eu', 1), far('ap', 0), far('sa', -5)])).toBeUndefined();
  });
});

describe('loansNeeded', () => {
  it('takes half of what the richest has where that is more than is missing', () => {
    expect(loansNeeded(4, 10, [far('eu', 90), far('ap', 20)])).toEqual([
      { lender: { site: 'eu', lane: 0 }, amount: 45 },
    ]);
  });
  it('takes from several what one alone has not', () => {
    expect(loansNeeded(0, 10, [far('eu', 4), far('ap', 7)])).toEqual([
      { lender: { site: 'ap', lane: 0 }, amount: 7 },
      { lender: { site: 'eu', lane: 0 }, amount: 3 },
    ]);
  });
  it('makes up for what is below zero first', () => {
    expect(loansNeeded(-30, 10, [far('eu', 60)])).toEqual([{ lender: { site: 'eu', lane: 0 }, amount: 40 }]);
  });
  it('goes to no other region for what its own has', () => {
    expect(loansNeeded(0, 10, [far('eu', 900), lane(0, 12)])).toEqual([
      { lender: { site: 'us', lane: 0 }, amount: 10 },
    ]);
  });
  it('takes nothing that would not suffice', () => {
    expect(loansNeeded(0, 10, [far('eu', 4), far('ap', 5)])).toEqual([]);
  });
  it('suffices, and asks of nobody more than it has', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: -20, max: 100 }), { maxLength: 6 }),
        (available, amount, has) => {
          const loans = loansNeeded(
            available,
            amount,
            has.map((each, index) => far(`s${index}`, each)),
          );
          for (const loan of loans) {
            expect(loan.amount).toBeLessThanOrEqual(has[Number(loan.lender.site.slice(1))] ?? 0);
            expect(loan.amount).toBeGreaterThan(0);
          }
          const together = loans.reduce((sum, loan) => sum + loan.amount, available);
          if (loans.length > 0) expect(together).toBeGreaterThanOrEqual(amount);
        },
      ),
    );
  });
});
