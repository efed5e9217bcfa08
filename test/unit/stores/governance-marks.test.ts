import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asObject } from '../../../lib/domain/json.ts';
import type { QuotaMark, QuotaMarks } from '../../../lib/domain/quota-entries.ts';
import { markDocument, storedMarks, stripPolicy } from '../../../lib/stores/quota-marks.ts';

const name = '1d.microUsd';
const owner = { kind: 'document', id: '' } as const;

/** What is stored of a document whose root has a budget of so many dollars, or none. */
function next(
  before: QuotaMark | undefined,
  limitUsd: number | undefined,
  version: number,
  topUp?: { readonly window: string; readonly amount: number },
): QuotaMark | undefined {
  const topUps = topUp === undefined ? [] : [{ owner, quota: '1d', unit: 'microUsd' as const, ...topUp }];
  const marks = new Map<string, QuotaMarks>(before === undefined ? [] : [['document/', { [name]: before }]]);
  const budgets = limitUsd === undefined ? [] : [{ limitUsd, every: '1d' as const }];
  const stored = markDocument({ budgets }, marks, { version, nowS: 1_000 + version, topUps });
  return storedMarks(asObject(JSON.parse(JSON.stringify(stored))), []).get('document/')?.[name];
}

/** One attempt to store a version: a limit, a top-up (0: none), and whether it comes into force. */
const attempts = fc.array(
  fc.record({
    limitUsd: fc.constantFrom(1, 1, 2, 3),
    amount: fc.constantFrom(0, 0, 5),
    window: fc.constantFrom('w1', 'w2'),
    isWhole: fc.boolean(),
  }),
  { maxLength: 30 },
);

describe('marks of a quota', () => {
  it('never show one edition with two limits, and add what came into force only', () => {
    fc.assert(
      fc.property(attempts, (tried) => {
        const seen = new Map<number, string>();
        let [mark, inForce] = [next(undefined, 1, 1), 1];
        let topUp: { window: string; amount: number } | undefined;
        for (const { limitUsd, amount, window, isWhole } of tried) {
          const before = mark;
          mark = next(mark, limitUsd, inForce + 1, amount === 0 ? undefined : { window, amount });
          const sum = { window, amount: (topUp?.window === window ? topUp.amount : 0) + amount };
          const expected = amount === 0 ? topUp : sum;
          expect(mark?.topUp).toEqual(expected);
          expect(mark?.limit).toBe(limitUsd * 1e6);
          expect(mark?.createdAtS).toBe(1_001);
          expect(mark?.edition).toBeGreaterThanOrEqual(before?.edition ?? 0);
          const limits = JSON.stringify([mark?.limit, mark?.topUp]);
          expect(seen.get(mark?.edition ?? 0) ?? limits).toBe(limits);
          seen.set(mark?.edition ?? 0, limits);
          if (isWhole) [inForce, topUp] = [inForce + 1, expected];
        }
      }),
    );
  });

  it('stay as they are where nothing about the limit changes', () => {
    const topped = next(next(undefined, 1, 1), 1, 2, { window: 'w', amount: 5 });
    expect(next(topped, 1, 3)).toEqual(topped);
  });

  it('begin anew with a higher edition where a quota was removed in between', () => {
    const first = next(undefined, 1, 1);
    const removed = next(first, undefined, 2);
    expect([removed, next(removed, 1, 3)]).toEqual([
      undefined,
      { limit: 1e6, edition: 3, createdAtS: 1_003 },
    ]);
  });

  it('follow their quota, not its place in the list', () => {
    const marks = new Map<string, QuotaMarks>();
    const budgets = [
      { id: 'a', limitUsd: 1, every: '1d' as const },
      { id: 'b', limitUsd: 2, every: '1d' as const },
    ];
    const first = markDocument({ budgets }, marks, { version: 1, nowS: 1, topUps: [] });
    const before = storedMarks(asObject(JSON.parse(JSON.stringify(first))), []);
    const turned = markDocument({ budgets: budgets.toReversed() }, before, {
      version: 2,
      nowS: 2,
      topUps: [],
    });
    const marksOf = (document: object) => asObject(asObject(document)['quotaMarks']);
    expect(marksOf(turned)).toEqual(marksOf(first));
    expect(stripPolicy(asObject(JSON.parse(JSON.stringify(first))))).toEqual({ budgets, providers: {} });
  });
});
