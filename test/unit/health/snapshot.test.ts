import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptSample } from '../../../lib/domain/health.ts';
import type { WindowCounts } from '../../../lib/domain/health-store.ts';
import { nextSnapshot, type Snapshot } from '../../../lib/health/snapshot.ts';
import { snapshotText } from '../../../lib/health/snapshot-text.ts';
import { shareOf, shares } from '../../../lib/health/states.ts';
import { lived, recordsOf, sampleOf, times, windowAt } from './samples.ts';

const route = 'openai/gpt-5';
const evidenceOf = (snapshot: Snapshot) => snapshot.subjects.get(route)?.evidence;

const outcome = fc.constantFrom('ok', 'ok', 'error', 'saturated', 'key_failed', 'unserved');
const sample = fc.record({
  provider: fc.constantFrom('openai', 'claude'),
  model: fc.constantFrom('one', 'two'),
  key: fc.constantFrom('a', 'b'),
  outcome,
  stream: fc.boolean(),
  inputTokens: fc.integer({ min: 0, max: 100_000 }),
  firstContentMs: fc.integer({ min: 1, max: 100_000 }),
  wholeMs: fc.integer({ min: 1, max: 100_000 }),
  outputTokens: fc.integer({ min: 0, max: 5_000 }),
  utilisation: fc.double({ min: 0, max: 1, noNaN: true }),
});
const window = fc.array(sample, { maxLength: 12 });
const story: fc.Arbitrary<AttemptSample[][]> = fc.array(window, { maxLength: 40 });

describe('the next snapshot', () => {
  it('forgets a route nobody has asked for an hour', () => {
    const once = lived([times(3, 'ok')]);
    expect(nextSnapshot(once, [], windowAt(720)).subjects.size).toBe(1);
    expect(nextSnapshot(once, [], windowAt(722)).subjects.size).toBe(0);
  });

  it('keeps the routes that are used, however many names callers invent', () => {
    const used = lived([times(20, 'ok')]);
    const invented = Array.from({ length: 3_000 }, (_, each) =>
      sampleOf('unserved', { model: `invented-${each}` }),
    );
    const next = nextSnapshot(used, recordsOf(1, invented), windowAt(2));
    expect(next.subjects.size).toBe(1_200);
    expect(next.subjects.get(route)?.standing.state).toBe('healthy');
  });

  it('counts a window once: those it has seen, and those still running, are left out', () => {
    const seen = lived([times(3, 'ok')]);
    const late = [...recordsOf(0, times(5, 'error')), ...recordsOf(1, times(5, 'error'))];
    expect(evidenceOf(nextSnapshot(seen, late, windowAt(1)))).toEqual(evidenceOf(seen));
  });

  it('is worth what was written, not what that stands for', () => {
    const few = nextSnapshot(undefined, recordsOf(0, times(2, 'error'), 250), windowAt(1));
    expect(few.subjects.get(route)?.standing.state).toBe('healthy');
    expect(evidenceOf(few)).toMatchObject({ weight: 2, judged: 2, failures: 2, perSecond: 100 });
  });

  it('is not drowned by a busy past', () => {
    const busy = Array.from({ length: 12 }, () => times(5_000, 'ok'));
    expect(evidenceOf(lived(busy))?.weight).toBeLessThan(200);
  });

  it('remembers about a dozen attempts at one a minute, and forgets old ones in silence', () => {
    const minute = [times(1, 'ok'), ...Array.from({ length: 11 }, () => undefined)];
    const hour = lived(Array.from({ length: 60 }, () => minute).flat());
    expect(evidenceOf(hour)?.weight).toBeGreaterThan(10);
    expect(evidenceOf(hour)?.weight).toBeLessThan(14);
  });

  it('tells how many attempts a second there are, and that they end', () => {
    const steady = lived(Array.from({ length: 20 }, () => times(50, 'ok')));
    expect(evidenceOf(steady)?.perSecond).toBeCloseTo(10, 1);
    const surge = lived([times(500, 'ok'), times(500, 'ok'), times(500, 'ok')], steady);
    expect(evidenceOf(surge)?.perSecond).toBeGreaterThan(60);
  });

  it('is the same whoever computes it, in whatever order the windows come', () => {
    fc.assert(
      fc.property(story, fc.integer(), (windows, seed) => {
        const records = windows.flatMap((samples, index) => recordsOf(index, samples));
        const shuffled = records.toSorted(
          (one, other) => ((one.startMs ^ seed) % 97) - ((other.startMs ^ seed) % 97),
        );
        const until = windowAt(windows.length);
        expect(snapshotText(nextSnapshot(undefined, shuffled, until))).toBe(
          snapshotText(nextSnapshot(undefined, records, until)),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('adds up what functions leave apart: one record of all of them is the same', () => {
    fc.assert(
      fc.property(story, (windows) => {
        const records = windows.flatMap((samples, index) => recordsOf(index, samples));
        const until = windowAt(windows.length);
        expect(nextSnapshot(undefined, summed(records), until)).toEqual(
          nextSnapshot(undefined, records, until),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('does not care how many snapshots were made of a silence', () => {
    fc.assert(
      fc.property(story, fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 }), (windows, pauses) => {
        const start = lived(windows);
        const end = start.untilMs + pauses.reduce((sum, pause) => sum + pause, 0) * 5_000;
        let step = start;
        for (const pause of pauses) step = nextSnapshot(step, [], step.untilMs + pause * 5_000);
        expect(step).toEqual(nextSnapshot(start, [], end));
      }),
      { numRuns: 50 },
    );
  });

  it('never shortens a cooldown, and lets a share grow by one step only', () => {
    const ladder: readonly number[] = [0, ...shares, 1];
    fc.assert(
      fc.property(story, (windows) => {
        let before: Snapshot | undefined;
        windows.forEach((samples, index) => {
          // Now and then nobody makes a snapshot.
          const seenBefore = before?.untilMs ?? windowAt(0);
          const records = windows.flatMap((each, at) =>
            windowAt(at) >= seenBefore ? recordsOf(at, each) : [],
          );
          if (samples.length % 4 === 3) return;
          const after = nextSnapshot(before, records, windowAt(index + 1));
          for (const [subject, { standing }] of after.subjects) {
            const known = before?.subjects.get(subject)?.standing;
            if (known === undefined) continue;
            if (known.failedUntilMs > after.untilMs) {
              expect(standing.failedUntilMs).toBeGreaterThanOrEqual(known.failedUntilMs);
            }
            const climbed = ladder.indexOf(shareOf(standing)) - ladder.indexOf(shareOf(known));
            expect(climbed).toBeLessThanOrEqual(1);
          }
          before = after;
        });
      }),
      { numRuns: 200 },
    );
  });
});

function summed(records: readonly WindowCounts[]): readonly WindowCounts[] {
  const sums = new Map<string, WindowCounts & { readonly counts: Record<string, number> }>();
  for (const { startMs, subject, counts } of records) {
    const sum = sums.get(`${startMs} ${subject}`) ?? { startMs, subject, counts: {} };
    sums.set(`${startMs} ${subject}`, sum);
    for (const [name, count] of Object.entries(counts)) sum.counts[name] = (sum.counts[name] ?? 0) + count;
  }
  return [...sums.values()];
}
