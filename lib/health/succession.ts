import type { HealthStore, StoredSnapshot } from '../domain/health-store.ts';
import { nextSnapshot } from './snapshot.ts';
import { parseSnapshot, snapshotText } from './snapshot-text.ts';
import { windowStartMs } from './windows.ts';

/** What was seen in a window has been written so long after its end. */
const settledMs = 2_000;
const claimLapsesMs = 2_000;
/** Windows are kept, and subjects remembered, for an hour. */
const reachMs = 3_600_000;

/** The end of the last window that is settled. */
export const dueUntilMs = (nowMs: number): number => windowStartMs(nowMs - settledMs);

/**
 * Makes the region's next snapshot if nobody else does: whoever claims it reads what has been added since the last one
 * and publishes. A process that dies on the way loses nothing but time: its claim lapses, and the windows are still
 * there for the next. Undefined: somebody else has the claim. Rejects with what the store throws.
 */
export async function succeed(
  store: HealthStore,
  untilMs: number,
  nowMs: number,
): Promise<StoredSnapshot | undefined> {
  if (!(await store.claim(untilMs, nowMs, claimLapsesMs))) return undefined;
  const latest = await store.latest();
  if (latest !== undefined && latest.untilMs >= untilMs) return latest;
  const previous = latest === undefined ? undefined : parseSnapshot(latest.body, latest.untilMs);
  const windows = await store.windows(Math.max(latest?.untilMs ?? 0, untilMs - reachMs), untilMs);
  const body = snapshotText(nextSnapshot(previous, windows, untilMs));
  await store.publish({ untilMs, body });
  return { untilMs, body, rests: latest?.rests ?? [] };
}
