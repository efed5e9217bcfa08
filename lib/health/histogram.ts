/**
 * Distributions of durations, as weights in 64 buckets whose bounds grow by a constant ratio (about 1.2, so a quantile
 * is off by a tenth at most): below 10 ms, 62 buckets up to 15 minutes, and above. Buckets add up across functions and
 * fade with time; single quantiles do neither.
 */
export type Histogram = readonly number[];

export const buckets = 64;
const lowest = 10;
const highest = 900_000;
const logRatio = Math.log(highest / lowest) / (buckets - 2);

export const emptyHistogram: Histogram = new Array<number>(buckets).fill(0);

/** The bucket of a duration, in whatever unit its histogram is kept. Total: what is no number counts as shortest. */
export function bucketOf(value: number): number {
  if (!(value >= lowest)) return 0;
  if (value >= highest) return buckets - 1;
  return Math.min(buckets - 2, 1 + Math.floor(Math.log(value / lowest) / logRatio));
}

const lowerBound = (bucket: number): number => lowest * Math.exp((bucket - 1) * logRatio);

export const weightIn = (histogram: Histogram): number => histogram.reduce((sum, weight) => sum + weight, 0);

/**
 * The value below which the given part (0 to 1) lies, interpolated within its bucket as if the logarithms were spread
 * evenly. Undefined: the histogram is empty.
 */
export function quantile(histogram: Histogram, part: number): number | undefined {
  let left = weightIn(histogram) * part;
  let last: number | undefined;
  for (const [bucket, weight] of histogram.entries()) {
    if (weight <= 0) continue;
    if (bucket === buckets - 1) return highest;
    const within = Math.min(1, left / weight);
    last = bucket === 0 ? lowest * within : lowerBound(bucket) * Math.exp(within * logRatio);
    if (left <= weight) return last;
    left -= weight;
  }
  return last;
}

/** Fades `histogram` by `factor` and adds `window`, scaled by `scale`. */
export const blended = (histogram: Histogram, factor: number, window: Histogram, scale: number): Histogram =>
  histogram.map((weight, bucket) => weight * factor + (window[bucket] ?? 0) * scale);

/*
 * As text: a character for the first bucket in use, then two for each up to the last, but one for an empty one. Two
 * characters are a level of a logarithmic scale from 0.04 to 10,000: a step of 0.32 per cent, so that fading by a few
 * per cent is never rounded away. Less than that is empty.
 */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const empty = '_';
const least = 0.04;
/** Those whose first character is not that of an empty bucket. */
const levels = 63 * 64;
const logStep = Math.log(10_000 / least) / (levels - 1);

function bucketText(weight: number): string {
  if (weight < least) return empty;
  const level = Math.min(levels - 1, Math.round(Math.log(weight / least) / logStep));
  return alphabet.charAt(level >> 6) + alphabet.charAt(level & 63);
}

export function histogramText(histogram: Histogram): string {
  const first = histogram.findIndex((weight) => weight >= least);
  if (first < 0) return '';
  const last = histogram.findLastIndex((weight) => weight >= least);
  return (
    alphabet.charAt(first) +
    histogram
      .slice(first, last + 1)
      .map(bucketText)
      .join('')
  );
}

/** Undefined: this is no text of `histogramText`. */
export function parseHistogram(text: string): Histogram | undefined {
  const histogram = [...emptyHistogram];
  let bucket = alphabet.indexOf(text.charAt(0));
  let at = 1;
  for (; at < text.length; bucket += 1) {
    if (bucket < 0 || bucket >= buckets) return undefined;
    const high = alphabet.indexOf(text.charAt(at++));
    if (high === alphabet.length - 1) continue;
    const low = at < text.length ? alphabet.indexOf(text.charAt(at++)) : -1;
    if (high < 0 || low < 0) return undefined;
    histogram[bucket] = least * Math.exp((high * 64 + low) * logStep);
  }
  return bucket < 0 ? undefined : histogram;
}
