import type { AttemptSample, HealthOutcome } from '../domain/health.ts';
import { bucketOf, emptyHistogram, type Histogram } from './histogram.ts';
import { isKeySubject, keySubject, maxSubjectBytes, routeSubject } from './subject.ts';

/** What attempts add to a window, and what a window tells. */

export const windowMs = 5_000;

export const windowStartMs = (atMs: number): number => Math.floor(atMs / windowMs) * windowMs;

/** Counters of one subject in one window, by name. */
export type Counts = Readonly<Record<string, number>>;

/*
 * The counters are attributes of an item, hence the short names:
 *   n samples written · a attempts they stand for · e errors · s saturated · x unserved · k key failed
 *   u, v sum (in thousandths) and number of utilisations
 *   f<band>_<bucket> milliseconds to first content of streams
 *   p<band>_<bucket> pace of whole replies, in hundredths of a millisecond per token
 *   w<band>_<bucket> milliseconds of whole replies (routes only)
 */
const counterOf: Readonly<Record<HealthOutcome, string | undefined>> = {
  ok: undefined,
  error: 'e',
  saturated: 's',
  unserved: 'x',
  key_failed: 'k',
};

const bandsBelowTokens = [1_000, 4_000, 16_000, 64_000];
/** Requests of one band wait about as long for their first token: reading the input is what takes time. */
export const bands = bandsBelowTokens.length + 1;

export function bandOf(inputTokens: number): number {
  const band = bandsBelowTokens.findIndex((below) => inputTokens < below);
  return band < 0 ? bands - 1 : band;
}

/** Every reply takes a while before its first token, however short it is: about as long as this many tokens. */
const tokensBeforeFirst = 50;

/** Where a provider needs no key, its refusal of the credential is one of the whole route. */
export const routeOutcome = ({ outcome, key }: AttemptSample): HealthOutcome =>
  outcome === 'key_failed' && key === undefined ? 'unserved' : outcome;

const isDuration = (ms: number | undefined): ms is number =>
  ms !== undefined && Number.isFinite(ms) && ms >= 0;

/** What one attempt, standing for `weight` of them, adds to its route and to its key's. */
export function countsOf(
  sample: AttemptSample,
  weight: number,
): readonly { readonly subject: string; readonly counts: Counts }[] {
  const { provider, model, key, firstContentMs, wholeMs, outputTokens, utilisation } = sample;
  const counts: Record<string, number> = { n: 1, a: weight };
  const counter = counterOf[routeOutcome(sample)];
  if (counter !== undefined) counts[counter] = weight;
  if (utilisation !== undefined && utilisation >= 0) {
    counts['u'] = Math.round(Math.min(1, utilisation) * 1_000);
    counts['v'] = 1;
  }
  const band = bandOf(sample.inputTokens);
  if (sample.stream && isDuration(firstContentMs)) counts[`f${band}_${bucketOf(firstContentMs)}`] = weight;
  const whole: Record<string, number> = {};
  if (!sample.stream && isDuration(wholeMs)) {
    whole[`w${band}_${bucketOf(wholeMs)}`] = weight;
    if (isDuration(outputTokens)) {
      counts[`p${band}_${bucketOf((100 * wholeMs) / (outputTokens + tokensBeforeFirst))}`] = weight;
    }
  }
  const added = [{ subject: routeSubject(provider, model), counts: { ...counts, ...whole } }];
  if (key !== undefined) added.push({ subject: keySubject(provider, model, key), counts });
  return added.filter(({ subject }) => Buffer.byteLength(subject) <= maxSubjectBytes);
}

/** One window of one subject, as its counters tell it; in attempts, but for `samples`. */
export interface WindowFacts {
  readonly startMs: number;
  readonly endMs: number;
  /** Written; what they tell is never surer than that. */
  readonly samples: number;
  readonly attempts: number;
  /** Those that tell whether the subject works: neither a rate limit nor another's key does. */
  readonly judged: number;
  readonly failures: number;
  /** Of the failures, those that one more try cannot mend: no such model, the key refused. */
  readonly hopeless: number;
  readonly saturated: number;
  readonly utilisation?: number;
  readonly histograms: ReadonlyMap<string, Histogram>;
}

const cell = /^([fpw][0-4])_([0-9]{1,2})$/;

/** Undefined: nothing was attempted. Counters that are unknown, negative or no numbers count as absent. */
export function windowFacts(subject: string, startMs: number, counts: Counts): WindowFacts | undefined {
  const count = (name: string): number => {
    const value = counts[name];
    return value !== undefined && Number.isFinite(value) && value > 0 ? value : 0;
  };
  const [samples, attempts] = [count('n'), count('a')];
  if (samples === 0 || attempts === 0) return undefined;
  const [saturated, keyFailed] = [count('s'), count('k')];
  const hopeless = count('x') + (isKeySubject(subject) ? keyFailed : 0);
  const others = isKeySubject(subject) ? 0 : keyFailed;
  const judged = Math.max(0, attempts - saturated - others);
  const histograms = new Map<string, number[]>();
  for (const name of Object.keys(counts)) {
    const [, kind, bucket] = cell.exec(name) ?? [];
    if (kind === undefined || Number(bucket) >= emptyHistogram.length) continue;
    const histogram = histograms.get(kind) ?? [...emptyHistogram];
    histogram[Number(bucket)] = count(name);
    histograms.set(kind, histogram);
  }
  return {
    startMs,
    endMs: startMs + windowMs,
    samples,
    attempts,
    judged,
    failures: Math.min(judged, count('e') + hopeless),
    hopeless: Math.min(judged, hopeless),
    saturated: Math.min(attempts, saturated),
    ...(count('v') === 0 ? {} : { utilisation: Math.min(1, count('u') / count('v') / 1_000) }),
    histograms,
  };
}
