import type { WindowCounts } from '../domain/health-store.ts';
import { forgiven, noEvidence, withWindow, type Evidence } from './evidence.ts';
import { afterWindow, healthy, shareOf, standingAt, type Standing } from './states.ts';
import { windowFacts, windowStartMs, type WindowFacts } from './windows.ts';

export interface SubjectHealth {
  readonly evidence: Evidence;
  readonly standing: Standing;
}

/** The health of everything a region has asked within the hour, as of the end of a window. */
export interface Snapshot {
  readonly untilMs: number;
  readonly subjects: ReadonlyMap<string, SubjectHealth>;
}

const forgottenAfterMs = 3_600_000;
/** Callers may name any model of an in-house provider: what has the least evidence goes first. */
const maxSubjects = 1_200;

/**
 * The snapshot as of `untilMs`. Windows before `previous.untilMs`, or not before `untilMs`, count as unseen; several
 * records of one window and subject add up. Work grows with windows and subjects, not with the time between snapshots.
 */
export function nextSnapshot(
  previous: Snapshot | undefined,
  windows: readonly WindowCounts[],
  untilMs: number,
): Snapshot {
  const subjects = new Map<string, SubjectHealth>();
  const added = windowsBySubject(windows, previous?.untilMs ?? 0, untilMs);
  for (const subject of new Set([...(previous?.subjects.keys() ?? []), ...added.keys()])) {
    const next = after(previous?.subjects.get(subject), added.get(subject) ?? [], untilMs);
    if (untilMs - next.evidence.seenMs <= forgottenAfterMs) subjects.set(subject, next);
  }
  return { untilMs, subjects: subjects.size > maxSubjects ? best(subjects) : subjects };
}

function after(
  before: SubjectHealth = { evidence: noEvidence, standing: healthy },
  windows: readonly WindowFacts[],
  untilMs: number,
): SubjectHealth {
  const shareBefore = shareOf(before.standing);
  let { evidence, standing } = before;
  const at = (atMs: number): void => {
    const now = standingAt(standing, atMs);
    if (now !== standing) evidence = forgiven(evidence);
    standing = now;
  };
  for (const window of windows) {
    at(window.startMs);
    evidence = withWindow(evidence, window);
    standing = afterWindow(standing, window, evidence, shareOf(standing) <= shareBefore);
  }
  at(untilMs);
  return { evidence, standing };
}

function windowsBySubject(
  windows: readonly WindowCounts[],
  fromMs: number,
  untilMs: number,
): ReadonlyMap<string, readonly WindowFacts[]> {
  const sums = new Map<string, Map<number, Record<string, number>>>();
  for (const window of windows) {
    const startMs = windowStartMs(window.startMs);
    if (!(startMs >= fromMs && startMs < untilMs)) continue;
    const ofSubject = sums.get(window.subject) ?? new Map<number, Record<string, number>>();
    sums.set(window.subject, ofSubject);
    const sum = ofSubject.get(startMs) ?? {};
    ofSubject.set(startMs, sum);
    for (const [name, count] of Object.entries(window.counts)) {
      if (count > 0 && Number.isFinite(count)) sum[name] = (sum[name] ?? 0) + count;
    }
  }
  const facts = new Map<string, readonly WindowFacts[]>();
  for (const [subject, byStart] of sums) {
    const inOrder = [...byStart].toSorted(([one], [other]) => one - other);
    const known = inOrder
      .map(([startMs, counts]) => windowFacts(subject, startMs, counts))
      .filter((each) => each !== undefined);
    if (known.length > 0) facts.set(subject, known);
  }
  return facts;
}

/** Those with the most evidence; the names decide between equals, so that everybody forgets the same. */
export const byEvidence = (
  subjects: ReadonlyMap<string, SubjectHealth>,
): readonly [string, SubjectHealth][] =>
  [...subjects].toSorted(
    ([oneName, one], [otherName, other]) =>
      other.evidence.weight - one.evidence.weight || (oneName < otherName ? -1 : 1),
  );

const best = (subjects: ReadonlyMap<string, SubjectHealth>): ReadonlyMap<string, SubjectHealth> =>
  new Map(byEvidence(subjects).slice(0, maxSubjects));
