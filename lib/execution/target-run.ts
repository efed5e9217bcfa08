import type { Target } from '../domain/decision.ts';
import { reactions } from '../health/failure-class.ts';
import type { Outlook } from './backoff.ts';
import { waitMs } from './backoff.ts';
import type { CancelSwitch } from './cancellation.ts';
import { pause } from './cancellation.ts';
import { freeKeysFirst } from './key-pauses.ts';
import { attemptWithKey } from './keyed-attempt.ts';
import type { Answer, DeniedAttempt, FailedAttempt } from './outcome.ts';
import type { Run } from './run.ts';

export type TargetOutcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | FailedAttempt
  | DeniedAttempt
  | { readonly kind: 'cancelled' };

/** Everything one target is given: its keys in turn, retries with back-off, a freshly rotated secret. */
export async function runTarget(
  run: Run,
  target: Target,
  outlook: () => Outlook,
  cancel: CancelSwitch,
): Promise<TargetOutcome> {
  const { ports } = run;
  const dialect = ports.dialectOf(target);
  const exchange = dialect.open(run.request, target, run.context(target));
  let keys = freeKeysFirst(target, ports.pauses, ports.clock.nowMs());
  const refreshed = new Set<string>();
  let keyIndex = 0;
  let retry = 0;
  let earliestRetryMs: number | undefined;

  for (;;) {
    const key = keys[keyIndex];
    const tried = await attemptWithKey(run, target, key, dialect, exchange, outlook, cancel);
    if (tried.kind === 'denied' && tried.denial.whose === 'key' && keyIndex + 1 < keys.length) {
      keyIndex += 1;
      continue;
    }
    if (tried.kind !== 'failed') return tried;

    const { failed, credential } = tried;
    const { failure, fault } = failed;
    if (failure.class === 'credential' && key !== undefined && failure.doubtful !== true) {
      const another =
        credential !== undefined &&
        !refreshed.has(key.id) &&
        (await ports.credentialRefused(key, credential));
      if (cancel.cancelled) return { kind: 'cancelled' };
      if (another) {
        refreshed.add(key.id);
        continue;
      }
      ports.rests.rest(
        target.provider.id,
        key.id,
        target.model,
        failure.scope ?? 'key_model',
        ports.clock.nowMs(),
      );
    }
    const reaction = reactions[failure.class];
    if (fault.retryAfterMs !== undefined) {
      earliestRetryMs = Math.min(earliestRetryMs ?? Infinity, fault.retryAfterMs);
    }
    if (reaction.otherKey && keyIndex + 1 < keys.length) {
      keyIndex += 1;
      continue;
    }
    const delayMs = waitMs(reaction, earliestRetryMs, retry, outlook(), ports.random);
    const tooLate = delayMs === undefined || ports.clock.nowMs() + delayMs >= run.deadlineAtMs;
    if (tooLate || retry >= target.settings.maxRetries) return failed;
    retry += 1;
    earliestRetryMs = undefined;
    await pause(ports.clock, delayMs, cancel);
    if (cancel.cancelled) return { kind: 'cancelled' };
    if (reaction.otherKey) {
      // The key that may be asked again by now is asked first.
      keys = freeKeysFirst(target, ports.pauses, ports.clock.nowMs());
      keyIndex = 0;
    }
  }
}
