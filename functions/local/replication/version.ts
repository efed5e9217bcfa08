/**
 * Which write of an item this is: when and where it was applied. Versions are ordered as global tables order writes to
 * one item (DynamoDB Developer Guide, "Consistency modes", MREC: last writer wins), ties by region name.
 */
export interface Version {
  readonly atMs: number;
  readonly region: string;
  /** Tells writes of one region within one millisecond apart. */
  readonly sequence: number;
}

export function isLater(one: Version, other: Version): boolean {
  if (one.atMs !== other.atMs) return one.atMs > other.atMs;
  if (one.region !== other.region) return one.region > other.region;
  return one.sequence > other.sequence;
}

/**
 * The version of a write that is applied now in `region`, on top of `before`. A write never loses to what it was based
 * on, though the clock may stand still or have been set back: its own replica would keep it and the others refuse it.
 */
export function nextVersion(nowMs: number, region: string, before: Version | undefined): Version {
  const now = { atMs: nowMs, region, sequence: 0 };
  if (before === undefined || isLater(now, before)) return now;
  const sequence = before.region === region ? before.sequence + 1 : 0;
  const next = { atMs: before.atMs, region, sequence };
  return isLater(next, before) ? next : { atMs: before.atMs + 1, region, sequence: 0 };
}
