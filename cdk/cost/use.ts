import type { PriceName } from './price.ts';

/** So many counted things of one kind, in a month, in a region. */
export interface Use {
  readonly region: string;
  readonly item: PriceName;
  readonly count: number;
}

/** AWS's month, in its own examples. */
export const hoursPerMonth = 730;
export const secondsPerMonth = hoursPerMonth * 3_600;

const kbPerGb = 1_024 * 1_024;

/** GB that so many things of so many KB make. */
export const gigabytes = (things: number, kbEach: number): number => (things * kbEach) / kbPerGb;

/** GB-seconds of a function's memory over a time. */
export const gbSeconds = (memoryMb: number, seconds: number): number => (memoryMb / 1_024) * seconds;

/** Share of periods of a length in which at least one request arrives, when they arrive at random. */
export const busyShare = (requestsPerSecond: number, periodSeconds: number): number =>
  1 - Math.exp(-requestsPerSecond * periodSeconds);
