import type { Random } from '../domain/ports.ts';
import type { Reaction } from '../health/failure-class.ts';

const baseMs = 200;
const capMs = 4_000;

/**
 * Exponential back-off with equal jitter: half fixed, half random, so that retries of many functions spread without
 * any coming at once (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export function backoffMs(retry: number, random: Random): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** retry);
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}

/** What lies behind the target that just failed. */
export interface Outlook {
  readonly nextTarget: boolean;
  /** Whether going on would answer with another model than the one asked for. */
  readonly nextChangesModel: boolean;
}

export const patienceBeforeModelChangeMs = 3_000;
const patienceAtTheEndMs = 5_000;

/** How long to wait before the same target is tried again; `undefined`: not again. */
export function waitMs(
  reaction: Reaction,
  retryAfterMs: number | undefined,
  retry: number,
  outlook: Outlook,
  random: Random,
): number | undefined {
  if (reaction.sameTarget === 'never') return undefined;
  if (reaction.sameTarget === 'retry') {
    const patienceMs = outlook.nextTarget ? patienceBeforeModelChangeMs : patienceAtTheEndMs;
    const asked = retryAfterMs ?? 0;
    return asked > patienceMs ? undefined : Math.max(asked, backoffMs(retry, random));
  }
  if (retryAfterMs === undefined) return undefined;
  const patienceMs = !outlook.nextTarget
    ? patienceAtTheEndMs
    : outlook.nextChangesModel
      ? patienceBeforeModelChangeMs
      : -1;
  return retryAfterMs <= patienceMs ? retryAfterMs : undefined;
}
