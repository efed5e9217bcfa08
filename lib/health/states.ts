import type { HealthState } from '../domain/health.ts';
import { errorRateOf, type Evidence } from './evidence.ts';
import type { WindowFacts } from './windows.ts';

/*
 * healthy -> degraded -> failed -> recovering -> healthy, for a route and for one key of it alike.
 *
 * Every threshold has a lower one for the way back, and coming back takes steps, so that a route on the brink does not
 * flap. Rate limits fail nobody: a saturated route works, and its saturation is told on its own.
 */
const degradedOver = 0.1;
const calmUnder = 0.05;
const calmWindows = 3;
const failedOver = 0.5;
const enoughSamples = 10;
/** However long they took: at one request a minute there is never a window with more. */
const failuresInARow = 5;

export const shares = [0.01, 0.1, 0.5] as const;
/** A step is earned by a window that has successes and no more failures than this. */
const stepUnder = 0.2;

const shortestMs = 30_000;
const longestMs = 300_000;
/** A failure sooner than this after coming back is a relapse: the next cooldown is twice the last. */
const relapseMs = 600_000;

export interface Standing {
  readonly state: HealthState;
  /** While recovering: how many steps have been climbed. */
  readonly step: number;
  /** While failed: when it comes back; 0: it has not. */
  readonly failedUntilMs: number;
  readonly cooldownMs: number;
  /** When it last had all its traffic again; 0: never. */
  readonly recoveredMs: number;
  /** While degraded: windows in a row with few failures. */
  readonly calm: number;
  /** Failures since the last success. */
  readonly streak: number;
}

export const healthy: Standing = {
  state: 'healthy',
  step: 0,
  failedUntilMs: 0,
  cooldownMs: 0,
  recoveredMs: 0,
  calm: 0,
  streak: 0,
};

export const shareOf = ({ state, step }: Standing): number =>
  state === 'failed' ? 0 : state === 'recovering' ? (shares[step] ?? 1) : 1;

/** Time alone brings a failed subject back to the first step. */
export const standingAt = (standing: Standing, atMs: number): Standing =>
  standing.state === 'failed' && atMs >= standing.failedUntilMs
    ? { ...standing, state: 'recovering', failedUntilMs: 0 }
    : standing;

function failed(standing: Standing, atMs: number): Standing {
  const relapse =
    standing.state === 'recovering' || (standing.recoveredMs > 0 && atMs - standing.recoveredMs < relapseMs);
  const cooldownMs = relapse ? Math.min(longestMs, 2 * standing.cooldownMs) : shortestMs;
  return {
    ...standing,
    state: 'failed',
    step: 0,
    cooldownMs,
    failedUntilMs: atMs + cooldownMs,
    calm: 0,
    streak: 0,
  };
}

function recovering(standing: Standing, window: WindowFacts, mayClimb: boolean): Standing {
  const errorRate = errorRateOf(window);
  if (errorRate > failedOver) return failed(standing, window.endMs);
  if (errorRate > stepUnder || !mayClimb) return standing;
  const step = standing.step + 1;
  return step < shares.length
    ? { ...standing, step }
    : { ...standing, state: 'healthy', step: 0, recoveredMs: window.endMs };
}

/** Whether this is no longer a route that fails at times, but one that does not work. */
function isBroken(window: WindowFacts, evidence: Evidence, streak: number): boolean {
  if (streak >= failuresInARow) return true;
  if (window.hopeless > 0 && window.failures === window.judged) return true;
  const judgedSamples = (window.judged * window.samples) / window.attempts;
  return (
    (judgedSamples >= enoughSamples && errorRateOf(window) > failedOver) ||
    (evidence.judged >= enoughSamples && errorRateOf(evidence) > failedOver)
  );
}

/**
 * The standing after one window, `evidence` including it. `mayClimb`: false if the share has already grown since the
 * last snapshot, for what happened in this window happened under the old one.
 */
export function afterWindow(
  standing: Standing,
  window: WindowFacts,
  evidence: Evidence,
  mayClimb: boolean,
): Standing {
  // A cooldown that runs stays as it is: whoever asks a failed route does so as a last resort, or asked before it failed.
  if (window.judged === 0 || standing.state === 'failed') return standing;
  if (standing.state === 'recovering') return recovering(standing, window, mayClimb);
  const worked = window.failures < window.judged;
  const failedSamples = (window.failures * window.samples) / window.attempts;
  const streak = worked ? 0 : standing.streak + Math.max(1, Math.round(failedSamples));
  if (isBroken(window, evidence, streak)) return failed(standing, window.endMs);
  const errorRate = errorRateOf(evidence);
  if (standing.state === 'healthy') {
    const degraded = errorRate > degradedOver && evidence.judged >= enoughSamples;
    return { ...standing, streak, calm: 0, state: degraded ? 'degraded' : 'healthy' };
  }
  const calm = errorRate < calmUnder && worked ? standing.calm + 1 : 0;
  return calm < calmWindows
    ? { ...standing, streak, calm }
    : { ...standing, streak, calm: 0, state: 'healthy' };
}
