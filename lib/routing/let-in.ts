/** The windows in which health is counted: each needs an attempt, or a route that recovers is never seen to. */
const windowS = 5;

/**
 * The chance that a recovering route takes part in a decision: its part of the traffic, but often enough for one attempt a
 * window, so that at a few requests a minute every one of them may try.
 *
 * @param part of the traffic, 0 to 1: the step it has reached, times what would be its own
 * @param perSecond requests for which the route is a candidate, whoever serves them now (all candidates' attempts
 *   together) – not the route's own attempts, which are few just because it is hardly let in
 */
export const entryChance = (part: number, perSecond: number): number =>
  Math.max(part, Math.min(1, 1 / (Math.max(0, perSecond) * windowS)));
