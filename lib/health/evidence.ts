import {
  blended,
  emptyHistogram,
  histogramText,
  parseHistogram,
  weightIn,
  type Histogram,
} from './histogram.ts';
import { windowMs, type WindowFacts } from './windows.ts';

/*
 * How evidence ages. Two things must hold at once: at 5,000 requests a second a route is judged by the last half
 * minute, and at one request a minute it is judged by more than its last request.
 *
 * So weight halves every 30 s, but what is left of the last dozen samples halves only every ten minutes: at one request
 * a minute about twelve are remembered, each new one pushing the old ones out; at one an hour, nothing. A window
 * counts for at most 20 samples, however many it had: a busy minute of the past does not drown the few samples of now.
 *
 * Ageing is worked out from the time of the last sample, not step by step, so that it does not matter how many
 * snapshots were made of a silence, and none has to be.
 */
const halfLifeMs = 30_000;
const keptSamples = 12;
const keptHalfLifeMs = 600_000;
const mostOfWindow = 20;

/** Rates follow traffic faster than figures: what is sampled, and who is let in, hangs on them. */
const rateHalfLifeMs = 10_000;
/** Providers' limits are per minute: an older figure is about another minute. */
const utilisationMs = 60_000;

const halved = (elapsedMs: number, halfLife: number): number => 2 ** (-Math.max(0, elapsedMs) / halfLife);

/** What is left of a weight of samples after a time without new ones. */
export const aged = (weight: number, elapsedMs: number): number =>
  Math.max(
    weight * halved(elapsedMs, halfLifeMs),
    Math.min(weight, keptSamples) * halved(elapsedMs, keptHalfLifeMs),
  );

/** A histogram with the time of its last sample. */
export interface Aging {
  readonly atMs: number;
  readonly text: string;
}

/** What is known of a subject by counting; every figure is as of `seenMs`, the end of its last window. */
export interface Evidence {
  readonly seenMs: number;
  /** Samples, aged; so are the next three, of them. */
  readonly weight: number;
  readonly judged: number;
  readonly failures: number;
  readonly saturated: number;
  readonly perSecond: number;
  readonly utilisation?: { readonly atMs: number; readonly part: number };
  /** By kind and band, as the counters are named. */
  readonly latencies: Readonly<Record<string, Aging>>;
}

export const noEvidence: Evidence = {
  seenMs: 0,
  weight: 0,
  judged: 0,
  failures: 0,
  saturated: 0,
  perSecond: 0,
  latencies: {},
};

/** The share of failures among what could fail. */
export const errorRateOf = ({ judged, failures }: Pick<Evidence, 'judged' | 'failures'>): number =>
  judged === 0 ? 0 : failures / judged;

/** The counts as of a later time. Latencies age on their own, see `latencyAt`. */
export function evidenceAt(evidence: Evidence, atMs: number): Evidence {
  const elapsedMs = atMs - evidence.seenMs;
  if (elapsedMs <= 0 || evidence.weight === 0) return evidence;
  const weight = aged(evidence.weight, elapsedMs);
  const factor = weight / evidence.weight;
  const { utilisation, ...counts } = evidence;
  return {
    ...counts,
    seenMs: atMs,
    weight,
    judged: evidence.judged * factor,
    failures: evidence.failures * factor,
    saturated: evidence.saturated * factor,
    perSecond: evidence.perSecond * halved(elapsedMs, rateHalfLifeMs),
    ...(utilisation === undefined || atMs - utilisation.atMs > utilisationMs ? {} : { utilisation }),
  };
}

/** Undefined: nothing is known, or what was known can no longer be read. */
export function latencyAt(latency: Aging | undefined, atMs: number): Histogram | undefined {
  const histogram = latency === undefined ? undefined : parseHistogram(latency.text);
  if (latency === undefined || histogram === undefined) return undefined;
  const weight = weightIn(histogram);
  return weight === 0
    ? undefined
    : blended(histogram, aged(weight, atMs - latency.atMs) / weight, emptyHistogram, 0);
}

export function withWindow(before: Evidence, window: WindowFacts): Evidence {
  const { startMs, endMs } = window;
  const known = evidenceAt(before, endMs);
  const scale = Math.min(window.samples, mostOfWindow) / window.attempts;
  const perSecond = (window.attempts * 1_000) / windowMs;
  const fresh = 1 - halved(windowMs, rateHalfLifeMs);
  const latencies: Record<string, Aging> = { ...before.latencies };
  for (const [kind, added] of window.histograms) {
    const histogram = latencyAt(before.latencies[kind], endMs) ?? emptyHistogram;
    const samples = (weightIn(added) * window.samples) / window.attempts;
    if (samples === 0) continue;
    const part = Math.min(samples, mostOfWindow) / weightIn(added);
    latencies[kind] = { atMs: endMs, text: histogramText(blended(histogram, 1, added, part)) };
  }
  return {
    seenMs: endMs,
    weight: known.weight + window.attempts * scale,
    judged: known.judged + window.judged * scale,
    failures: known.failures + window.failures * scale,
    saturated: known.saturated + window.saturated * scale,
    perSecond:
      before.seenMs === 0
        ? perSecond
        : evidenceAt(before, startMs).perSecond * (1 - fresh) + perSecond * fresh,
    ...utilisationOf(window, known),
    latencies,
  };
}

const utilisationOf = (window: WindowFacts, known: Evidence): Pick<Evidence, 'utilisation'> =>
  window.utilisation === undefined
    ? known.utilisation === undefined
      ? {}
      : { utilisation: known.utilisation }
    : { utilisation: { atMs: window.endMs, part: window.utilisation } };

/** What failed is told apart from what comes after: a route that comes back is judged by how it does then. */
export const forgiven = (evidence: Evidence): Evidence => ({
  ...evidence,
  judged: 0,
  failures: 0,
  saturated: 0,
});
