/** What a provider's limits leave, as one key sees it. */
export interface Allowance {
  readonly limit: number;
  readonly left: number;
}

/** Whether a request is taken, with what the provider's headers say of it. */
export interface Metered {
  /** Absent: it is taken. */
  readonly retryAfterMs?: number;
  readonly requests?: Allowance;
  readonly tokens?: Allowance;
}

const minuteMs = 60_000;

/**
 * Requests and tokens a minute, as a bucket that holds a minute's worth and fills continuously: how providers describe
 * theirs (platform.claude.com/docs/en/api/rate-limits, "token bucket").
 */
export class RateMeter {
  readonly #requests: Bucket | undefined;
  readonly #tokens: Bucket | undefined;

  constructor(limits: {
    readonly requestsPerMinute?: number | undefined;
    readonly tokensPerMinute?: number | undefined;
  }) {
    const { requestsPerMinute, tokensPerMinute } = limits;
    this.#requests = requestsPerMinute === undefined ? undefined : new Bucket(requestsPerMinute);
    this.#tokens = tokensPerMinute === undefined ? undefined : new Bucket(tokensPerMinute);
  }

  /** Takes a request if both buckets hold enough, of limits of which `part` is left. */
  take(tokens: number, part: number, nowMs: number): Metered {
    const waits = [
      this.#requests?.waitMs(1, part, nowMs) ?? 0,
      this.#tokens?.waitMs(tokens, part, nowMs) ?? 0,
    ];
    const waitMs = Math.max(...waits);
    if (waitMs === 0) {
      this.#requests?.take(1);
      this.#tokens?.take(tokens);
    }
    return {
      ...(waitMs > 0 && { retryAfterMs: waitMs }),
      ...(this.#requests && { requests: this.#requests.allowance }),
      ...(this.#tokens && { tokens: this.#tokens.allowance }),
    };
  }
}

class Bucket {
  readonly #perMinute: number;
  #level: number;
  #limit: number;
  #asOfMs: number | undefined;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
    this.#limit = perMinute;
    this.#level = perMinute;
  }

  get allowance(): Allowance {
    return { limit: Math.floor(this.#limit), left: Math.max(0, Math.floor(this.#level)) };
  }

  /** How long until there is enough; 0: there is. A request larger than the bucket waits for a full one. */
  waitMs(amount: number, part: number, nowMs: number): number {
    this.#limit = this.#perMinute * part;
    const refill = (this.#limit * (nowMs - (this.#asOfMs ?? nowMs))) / minuteMs;
    this.#level = Math.min(this.#limit, this.#level + refill);
    this.#asOfMs = nowMs;
    const missing = Math.min(amount, this.#limit) - this.#level;
    if (this.#limit === 0) return minuteMs;
    return missing <= 0 ? 0 : Math.ceil((missing / this.#limit) * minuteMs);
  }

  take(amount: number): void {
    this.#level -= amount;
  }
}
