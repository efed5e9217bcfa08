/**
 * Requests in flight on average: arrivals a second times the seconds each stays (J. D. C. Little, "A Proof for the
 * Queuing Formula L = λW", Operations Research 9 (3), 1961). True whatever the distribution of either.
 */
export const inFlight = (requestsPerSecond: number, seconds: number): number => requestsPerSecond * seconds;

/** Standard deviations below which a count stays 99.9 % of the time. */
const deviations = 3.09;

/**
 * Requests in flight that are exceeded a thousandth of the time, when arrivals are random and nobody waits for a server:
 * the number is then Poisson, whatever the distribution of durations (M/G/∞), and near enough normal.
 */
export const inFlightAtMost = (mean: number): number => Math.ceil(mean + deviations * Math.sqrt(mean));

/** Environments Lambda adds to one function in ten seconds (docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html). */
export const scalingStep = { environments: 1_000, seconds: 10 } as const;

/** Seconds until Lambda has so many more environments of one function. */
export const secondsToScale = (environments: number): number =>
  (environments / scalingStep.environments) * scalingStep.seconds;
