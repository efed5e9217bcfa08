import type { AttemptSample, HealthOutcome } from '../../../lib/domain/health.ts';
import type { WindowCounts } from '../../../lib/domain/health-store.ts';
import { nextSnapshot, type Snapshot } from '../../../lib/health/snapshot.ts';
import { countsOf } from '../../../lib/health/windows.ts';

/** A multiple of the window's length, some time in 2026. */
export const startMs = 1_780_000_000_000;
export const windowAt = (index: number): number => startMs + index * 5_000;

export const sampleOf = (
  outcome: HealthOutcome = 'ok',
  more: Partial<AttemptSample> = {},
): AttemptSample => ({
  provider: 'openai',
  model: 'gpt-5',
  outcome,
  stream: true,
  inputTokens: 100,
  ...(outcome === 'ok' ? { firstContentMs: 500 } : {}),
  ...more,
});

/** One record for each sample, as functions that serve one request at a time would add them. */
export const recordsOf = (
  index: number,
  samples: readonly AttemptSample[],
  weight = 1,
): readonly WindowCounts[] =>
  samples
    .flatMap((sample) => countsOf(sample, weight))
    .map((added) => ({ startMs: windowAt(index), ...added }));

export const times = (count: number, outcome: HealthOutcome): readonly AttemptSample[] =>
  Array.from({ length: count }, () => sampleOf(outcome));

/** What the region goes through, window by window, with a snapshot after each; undefined: nothing happens. */
export function lived(
  windows: readonly (readonly AttemptSample[] | undefined)[],
  from?: Snapshot,
  firstIndex = from === undefined ? 0 : (from.untilMs - startMs) / 5_000,
): Snapshot {
  let snapshot = from;
  windows.forEach((samples, each) => {
    const index = firstIndex + each;
    snapshot = nextSnapshot(snapshot, recordsOf(index, samples ?? []), windowAt(index + 1));
  });
  return snapshot ?? nextSnapshot(undefined, [], windowAt(firstIndex));
}
