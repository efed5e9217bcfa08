import type { Failure } from '../domain/failure.ts';
import type { HealthPort } from '../domain/health.ts';
import type { Clock } from '../domain/ports.ts';
import type { RateLimits } from '../dialects/contract.ts';
import type { CancelReason } from './cancellation.ts';
import { sampleOf, utilisationOf, type AttemptedRoute, type AttemptEnd } from './samples.ts';

/** Follows one attempt from the moment it is sent, and tells health of it when it is over: one call, by whoever sees its end. */
export class AttemptWatch {
  readonly #health: HealthPort;
  readonly #clock: Clock;
  readonly #route: AttemptedRoute;
  #sentMs: number;
  #firstContentMs: number | undefined;
  #utilisation: number | undefined;

  constructor(health: HealthPort, clock: Clock, route: AttemptedRoute) {
    this.#health = health;
    this.#clock = clock;
    this.#route = route;
    this.#sentMs = clock.nowMs();
  }

  /** The request leaves now: what came before (credential, limits) is no fault of the route. */
  sent(): void {
    this.#sentMs = this.#clock.nowMs();
  }

  get sentMs(): number {
    return this.#sentMs;
  }

  /** The provider's own limits are told by good answers and by refusals for them; those of other errors may be a proxy's. */
  responded(status: number, limits: RateLimits | undefined): void {
    if ((status >= 200 && status < 300) || status === 429) this.#utilisation = utilisationOf(limits);
  }

  /** A stream has its first content. */
  spoke(): void {
    this.#firstContentMs ??= this.#elapsedMs();
  }

  replied(outputTokens: number | undefined): void {
    this.#tell({
      kind: 'reply',
      wholeMs: this.#elapsedMs(),
      ...(outputTokens !== undefined && { outputTokens }),
    });
  }

  /** A stream that spoke is over, and its provider did not break it. */
  ended(): void {
    const firstContentMs = this.#firstContentMs;
    if (firstContentMs !== undefined) this.#tell({ kind: 'stream', firstContentMs });
  }

  /** Before its first content or, of a stream that spoke, after it. */
  failed(failure: Failure, retryAfterMs: number | undefined): void {
    const firstContentMs = this.#firstContentMs;
    this.#tell({
      kind: 'failed',
      failure,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(firstContentMs !== undefined && { firstContentMs }),
    });
  }

  /**
   * It was given up before its first content. Silence is held against a route where another, asked later, was faster,
   * and where it had lasted so long that only the deadline came before the time-out.
   */
  cancelled(reason: CancelReason | undefined, firstContentTimeoutMs: number): void {
    const silentMs = this.#elapsedMs();
    if (reason?.kind === 'outrun' && this.#sentMs < reason.winnerSentMs) {
      this.#tell({ kind: 'outrun', silentMs });
    }
    if (reason?.kind === 'deadline' && silentMs >= firstContentTimeoutMs) {
      this.#tell({ kind: 'failed', failure: { class: 'silent' } });
    }
  }

  #elapsedMs(): number {
    return this.#clock.nowMs() - this.#sentMs;
  }

  #tell(end: AttemptEnd): void {
    const utilisation = this.#utilisation;
    const route = utilisation === undefined ? this.#route : { ...this.#route, utilisation };
    const sample = sampleOf(route, end);
    if (sample !== undefined) this.#health.note(sample);
  }
}
