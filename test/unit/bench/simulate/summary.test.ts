import { describe, expect, it } from 'vitest';
import { render } from '../../../../bench/simulate/report.ts';
import { percentiles, summarise } from '../../../../bench/simulate/summary.ts';
import { Tally, type Outcome } from '../../../../bench/simulate/tally.ts';
import { worldOf } from './small-world.ts';

const world = worldOf({ providers: {} });
const answer: Outcome = {
  startedMs: 0,
  answered: true,
  durationMs: 2_000,
  firstContentMs: 500,
  costMicroUsd: 1_000_000,
  attempts: 1,
  provider: 'a',
  unlawful: false,
};
const incident = { name: 'storm', from: 1_000, to: 2_000, provider: 'a', limits: 0.5 };

function tallyOf(outcomes: readonly Outcome[]): Tally {
  const tally = new Tally(world);
  for (const outcome of outcomes) tally.add(outcome);
  return tally;
}

describe('a summary', () => {
  it('says what became of all requests, and of those within an incident', () => {
    const tally = tallyOf([
      answer,
      { ...answer, startedMs: 1_500, provider: 'b', costMicroUsd: Number.NaN, attempts: 3, unlawful: true },
      { ...answer, startedMs: 1_999, answered: false, provider: '', firstContentMs: Number.NaN, attempts: 2 },
      { ...answer, startedMs: 2_000 },
    ]);
    tally.hedged(1_600);
    const { whole, incidents } = summarise('d', { tally, startMs: 0 }, [incident]);
    expect(whole).toEqual({
      requests: 4,
      availability: 0.75,
      firstTokenMs: { p50: 500, p95: 500, p99: 500 },
      wholeMs: { p50: 2_000, p95: 2_000, p99: 2_000 },
      // What broke off was billed too.
      costUsd: 3,
      unpriced: 1,
      attemptsPerRequest: 1.75,
      hedges: 1,
      outsideZones: 1,
      shares: { a: 2 / 3, b: 1 / 3 },
    });
    expect(incidents).toMatchObject([
      { name: 'storm', figures: { requests: 2, availability: 0.5, hedges: 1, shares: { b: 1 } } },
    ]);
  });

  it('keeps thousands of outcomes as they were', () => {
    const outcomes = Array.from({ length: 5_000 }, (_, index) => ({
      ...answer,
      startedMs: index,
      provider: `p${index % 300}`,
      answered: index % 3 === 0,
    }));
    expect([...tallyOf(outcomes).outcomes()]).toEqual(outcomes);
  });

  it('takes percentiles that occurred', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentiles(values)).toEqual({ p50: 50, p95: 95, p99: 99 });
    expect(percentiles([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  });
});

describe('the table', () => {
  it('has a line for each document, and never says 100 % where an answer is missing', () => {
    const tally = tallyOf([
      ...Array.from({ length: 99_999 }, () => answer),
      { ...answer, answered: false, provider: '', costMicroUsd: Number.NaN },
    ]);
    const summary = summarise('mine', { tally, startMs: 0 }, []);
    expect(render([summary, { ...summary, document: 'other' }]).split('\n')).toEqual([
      '100000 requests:',
      '',
      '| document | answered | first token p50 / p95 / p99, s | whole answer p50 / p95 / p99, s | cost, USD | attempts | hedges | outside its zone | answers from |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      '| mine | 99.99 % | 0.50 / 0.50 / 0.50 | 2.00 / 2.00 / 2.00 | 99999.00 | 1.000 | 0 | 0 | a 100 % |',
      '| other | 99.99 % | 0.50 / 0.50 / 0.50 | 2.00 / 2.00 / 2.00 | 99999.00 | 1.000 | 0 | 0 | a 100 % |',
      '',
    ]);
  });
});
