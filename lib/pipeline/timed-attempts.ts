import type { Target } from '../domain/decision.ts';
import type { ProviderKey } from '../domain/policy.ts';
import { AttemptLog, type AttemptEntry } from '../execution/outcome.ts';
import type { BegunAttempt } from '../telemetry/attempt-spans.ts';

/** A log of attempts that also knows when each began: for a trace, where durations alone are not enough. */
export class TimedAttempts extends AttemptLog {
  readonly #begun: BegunAttempt[] = [];

  /** In the order of `entries`. */
  get begun(): readonly BegunAttempt[] {
    return this.#begun;
  }

  override open(target: Target, key: ProviderKey | undefined, startedMs: number): AttemptEntry {
    this.#begun.push({ startedMs, providerType: target.provider.type });
    return super.open(target, key, startedMs);
  }
}
