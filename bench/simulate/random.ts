import type { Random } from '../../lib/domain/ports.ts';
import { unitHash } from '../../lib/routing/select.ts';

/** A name as a whole number of 32 bits, to seed by. */
export const nameSeed = (name: string): number => Math.floor(unitHash(name) * 2 ** 32) >>> 0;

/** MurmurHash3's finalizer: every bit of the input moves every bit of the output. */
function mix(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * A stream of random numbers of its own for every list of seeds: what one stream has given changes no other, so that
 * two runs that differ in one thing meet the same luck in all others (common random numbers). Mulberry32 (T. Ettinger,
 * 2017), which passes PractRand's small tests; nothing here guards a secret.
 */
export function streamOf(...seeds: readonly number[]): Random {
  let state = seeds.reduce((hash, seed) => mix(Math.imul(hash, 31) + seed + 0x9e3779b9), 0x243f6a88);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One draw of the standard normal distribution (G. Box and M. Muller, 1958); it takes two numbers, always. */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

/** Standard deviations from the median to the 99th percentile. */
const p99Deviations = 2.326_347_874;

/** A log-normal value by its median and 99th percentile, at `deviations` from the median. */
export const logNormal = (median: number, p99: number, deviations: number): number =>
  median * (p99 / median) ** (deviations / p99Deviations);
