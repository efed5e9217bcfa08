import type { HealthState } from '../domain/health.ts';
import { asObject, isObject, parseJson, type Json, type JsonObject } from '../domain/json.ts';
import type { Aging, Evidence } from './evidence.ts';
import { byEvidence, type Snapshot, type SubjectHealth } from './snapshot.ts';
import { isKeySubject } from './subject.ts';
import { shares, type Standing } from './states.ts';
import { windowMs } from './windows.ts';

/*
 * A snapshot as the text that is stored: JSON with short names, zeros left out. Every function of the region reads it
 * every few seconds, and is charged by its length. Times are windows before the snapshot's own, so that none can be
 * later; only the end of a cooldown lies ahead.
 *   t last seen · n weight · j judged · f failures · s saturated · r attempts a second · u utilisation and its time
 *   h latencies by kind and band, each "time.histogram" · z state · i step · c windows until it comes back · o cooldown
 *   b recovered at · q calm windows · k streak
 */
const version = 1;
/** An item of DynamoDB holds 400 KB with everything else in it. */
const maxBytes = 250_000;

const stateLetters: Readonly<Record<HealthState, string>> = {
  healthy: 'h',
  degraded: 'd',
  failed: 'f',
  recovering: 'r',
};
const states: ReadonlyMap<Json | undefined, HealthState> = new Map<Json | undefined, HealthState>([
  [undefined, 'healthy'],
  ['d', 'degraded'],
  ['f', 'failed'],
  ['r', 'recovering'],
]);

/** Of cooldowns, in windows; see states.ts. */
const longestCooldown = 60;

const inWindows = (ms: number): number => Math.round(ms / windowMs);
const rounded = (value: number): number => Number(value.toPrecision(4));

/** What does not fit is left out: first the latencies of keys, then whole subjects, those with the least evidence. */
export function snapshotText(snapshot: Snapshot): string {
  const all = textOf(snapshot, () => true);
  return all.complete ? all.text : textOf(snapshot, (subject) => !isKeySubject(subject)).text;
}

function textOf(
  { untilMs, subjects }: Snapshot,
  withLatencies: (subject: string) => boolean,
): { readonly text: string; readonly complete: boolean } {
  const entries: string[] = [];
  let bytes = 0;
  for (const [subject, health] of byEvidence(subjects)) {
    const entry = `${JSON.stringify(subject)}:${JSON.stringify(written(health, untilMs, withLatencies(subject)))}`;
    bytes += Buffer.byteLength(entry) + 1;
    if (bytes > maxBytes) break;
    entries.push(entry);
  }
  const text = `{"v":${version},"until":${inWindows(untilMs)},"of":{${entries.join(',')}}}`;
  return { text, complete: entries.length === subjects.size };
}

function written({ evidence, standing }: SubjectHealth, untilMs: number, withLatencies: boolean): JsonObject {
  const ago = (ms: number): number => inWindows(untilMs - ms);
  const { state, recoveredMs, failedUntilMs } = standing;
  const numbers = {
    t: ago(evidence.seenMs),
    n: rounded(evidence.weight),
    j: rounded(evidence.judged),
    f: rounded(evidence.failures),
    s: rounded(evidence.saturated),
    r: rounded(evidence.perSecond),
    i: standing.step,
    c: state === 'failed' ? -ago(failedUntilMs) : 0,
    o: inWindows(standing.cooldownMs),
    q: standing.calm,
    k: standing.streak,
  };
  const latencies = Object.entries(evidence.latencies).map(
    ([kind, { atMs, text }]) => [kind, `${ago(atMs)}.${text}`] as const,
  );
  const { utilisation } = evidence;
  return {
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0)),
    ...(state === 'healthy' ? {} : { z: stateLetters[state] }),
    ...(recoveredMs === 0 ? {} : { b: ago(recoveredMs) }),
    ...(utilisation === undefined ? {} : { u: [rounded(utilisation.part), ago(utilisation.atMs)] }),
    ...(latencies.length === 0 || !withLatencies ? {} : { h: Object.fromEntries(latencies) }),
  };
}

/**
 * Undefined: the text is no snapshot as of `untilMs`, or one of another version, or out of bounds. A snapshot that is
 * wrong in one place is trusted nowhere: to know nothing is safe.
 */
export function parseSnapshot(text: string, untilMs: number): Snapshot | undefined {
  const json = parseJson(text);
  if (!isObject(json) || json['v'] !== version || json['until'] !== inWindows(untilMs)) return undefined;
  const subjects = new Map<string, SubjectHealth>();
  for (const [subject, entry] of Object.entries(asObject(json['of']))) {
    const health = isObject(entry) ? read(entry, untilMs) : undefined;
    if (health === undefined) return undefined;
    subjects.set(subject, health);
  }
  return { untilMs, subjects };
}

/** Counts and times alike; what is left out is 0. More than this nobody has counted. */
const isCount = (value: Json | undefined): value is number =>
  typeof value === 'number' && value >= 0 && value < 1e12;

function read(entry: JsonObject, untilMs: number): SubjectHealth | undefined {
  const { t = 0, n = 0, j = 0, f = 0, s = 0, r = 0, i = 0, c = 0, o = 0, q = 0, k = 0, b } = entry;
  const state = states.get(entry['z']);
  const latencies = readLatencies(entry['h'], untilMs);
  const utilisation = readUtilisation(entry['u'], untilMs);
  if (state === undefined || latencies === undefined || utilisation === undefined) return undefined;
  if (!isCount(t) || !isCount(n) || !isCount(j) || !isCount(f) || !isCount(s) || !isCount(r))
    return undefined;
  if (!isCount(i) || !isCount(c) || !isCount(o) || !isCount(q) || !isCount(k)) return undefined;
  if (b !== undefined && !isCount(b)) return undefined;
  if (i >= shares.length || c > longestCooldown || o > longestCooldown) return undefined;
  const ago = (windows: number): number => untilMs - windows * windowMs;
  const standing: Standing = {
    state,
    step: Math.floor(i),
    failedUntilMs: state === 'failed' ? ago(-c) : 0,
    cooldownMs: o * windowMs,
    recoveredMs: b === undefined ? 0 : ago(b),
    calm: q,
    streak: k,
  };
  return {
    standing,
    evidence: {
      seenMs: ago(t),
      weight: n,
      judged: Math.min(n, j),
      failures: Math.min(n, j, f),
      saturated: Math.min(n, s),
      perSecond: r,
      ...utilisation,
      latencies,
    },
  };
}

/** The histograms themselves are read when they are needed. */
function readLatencies(value: Json | undefined, untilMs: number): Evidence['latencies'] | undefined {
  const latencies: Record<string, Aging> = {};
  for (const [kind, latency] of Object.entries(asObject(value))) {
    const [at = '', text] = typeof latency === 'string' ? latency.split('.') : [];
    if (!/^[fpw][0-4]$/.test(kind) || !/^[0-9]{1,6}$/.test(at) || text === undefined) return undefined;
    latencies[kind] = { atMs: untilMs - Number(at) * windowMs, text };
  }
  return latencies;
}

function readUtilisation(
  value: Json | undefined,
  untilMs: number,
): Pick<Evidence, 'utilisation'> | undefined {
  if (value === undefined) return {};
  const [part, at] = Array.isArray(value) ? value : [];
  if (!isCount(part) || part > 1 || !isCount(at)) return undefined;
  return { utilisation: { part, atMs: untilMs - at * windowMs } };
}
