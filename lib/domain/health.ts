/**
 * The vocabulary of live health: what an attempt tells of the way it took, and what routing is told of it.
 *
 * A *route* is one model at one provider as this region reaches it; a *key route* is one key of the provider on it.
 */

/**
 * healthy -> degraded -> failed -> recovering -> healthy. Degraded routes serve, and are noticed; failed ones are asked
 * last; recovering ones come back in steps.
 */
export type HealthState = 'healthy' | 'degraded' | 'failed' | 'recovering';

/**
 * What an attempt says of its route. `error`: transient, silent, broken. `saturated`: rate limited. `key_failed`: the
 * credential was refused. `unserved`: the model is not there. Failures that are about the request say nothing.
 */
export type HealthOutcome = 'ok' | 'error' | 'saturated' | 'key_failed' | 'unserved';

/** One attempt, told once, when it is over. */
export interface AttemptSample {
  readonly provider: string;
  /** The provider's own name of the model. */
  readonly model: string;
  /** Absent: the provider needs none. */
  readonly key?: string;
  readonly outcome: HealthOutcome;
  readonly stream: boolean;
  /** Of the request, roughly; told apart in bands. */
  readonly inputTokens: number;
  /** Of a stream: from its start to its first content. Of a hedge's loser: how long it was silent, which is less. */
  readonly firstContentMs?: number;
  /** Of a whole reply; of one that a hedge outran, how long it had taken, which is less. */
  readonly wholeMs?: number;
  /** Of a complete whole reply. */
  readonly outputTokens?: number;
  /** Of the provider's own rate limit for this key, from its headers: 0 (idle) to 1 (nothing left). */
  readonly utilisation?: number;
  /** Of a rate limited attempt: how long the provider asked to be left alone. */
  readonly retryAfterMs?: number;
}

/** What a request looks like to whoever compares latencies. */
export interface RequestSize {
  readonly inputTokens: number;
  readonly stream: boolean;
}

/** How a route, or one key of it, does. */
export interface RouteHealth {
  readonly state: HealthState;
  /** Of the traffic that would be its own: 1; less while recovering; 0 while failed. */
  readonly share: number;
  /** Attempts a second, over all functions of the region. */
  readonly perSecond: number;
  /** How many recent attempts the figures rest on; 0: none. */
  readonly samples: number;
  /** 0 to 1, as counted; a prior is for whoever compares. */
  readonly errorRate: number;
  /** 0 to 1: of the attempts, those the provider refused for its rate limit. */
  readonly saturation: number;
  /** As the provider's headers tell it, 0 to 1; absent: they do not. */
  readonly utilisation?: number;
  /**
   * What a request of this size typically waits for: milliseconds to first content of a stream, milliseconds per token
   * of a whole reply (so that the length of answers does not matter). Undefined: nobody knows.
   */
  typicalMs(size: RequestSize): number | undefined;
  /** The 99th percentile: of the first content of a stream, of the whole duration of a whole reply. */
  p99Ms(size: RequestSize): number | undefined;
}

/** Live health as routing and execution read it, without waiting. Undefined: nothing is known of it yet. */
export interface HealthView {
  route(provider: string, model: string): RouteHealth | undefined;
  key(provider: string, model: string, key: string): RouteHealth | undefined;
}

/** Live health as execution sees it. */
export interface HealthPort extends HealthView {
  /** Notes an attempt: at once for this process, for the fleet when the request is settled. Never throws. */
  note(sample: AttemptSample): void;
}
