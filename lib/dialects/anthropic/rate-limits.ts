import type { Headers } from '../../domain/ports.ts';
import type { RateLimits } from '../contract.ts';

const prefix = 'anthropic-ratelimit';

/**
 * `anthropic-ratelimit-*` (docs: "Rate limits"). `tokens` is the most restrictive limit in force; input tokens stand
 * in where it is missing. Resets are RFC 3339 times, measured against `nowMs`.
 */
export function readRateLimits(headers: Headers, nowMs: number): RateLimits | undefined {
  const tokens = headers[`${prefix}-tokens-limit`] === undefined ? 'input-tokens' : 'tokens';
  const limits = {
    ...count('requestsLimit', headers[`${prefix}-requests-limit`]),
    ...count('requestsRemaining', headers[`${prefix}-requests-remaining`]),
    ...until('requestsResetMs', headers[`${prefix}-requests-reset`], nowMs),
    ...count('tokensLimit', headers[`${prefix}-${tokens}-limit`]),
    ...count('tokensRemaining', headers[`${prefix}-${tokens}-remaining`]),
    ...until('tokensResetMs', headers[`${prefix}-${tokens}-reset`], nowMs),
  };
  return Object.keys(limits).length > 0 ? limits : undefined;
}

const count = <K extends keyof RateLimits>(name: K, value: string | undefined): RateLimits =>
  value !== undefined && /^\d+$/.test(value) ? { [name]: Number(value) } : {};

function until<K extends keyof RateLimits>(name: K, value: string | undefined, nowMs: number): RateLimits {
  const atMs = Date.parse(value ?? '');
  return Number.isNaN(atMs) ? {} : { [name]: Math.max(0, atMs - nowMs) };
}
