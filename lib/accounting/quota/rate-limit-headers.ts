import type { Headers } from '../../domain/ports.ts';
import type { QuotaUnit, Standing } from '../../domain/quota.ts';

const names: Readonly<Record<QuotaUnit, string>> = {
  requests: 'requests',
  tokens: 'tokens',
  microUsd: 'usd',
};

const shown = (unit: QuotaUnit, amount: number): string =>
  unit === 'microUsd' ? (amount / 1e6).toFixed(6) : String(amount);

/** As OpenAI writes it: "6m0s", "1h0m0s", "12s" (platform.openai.com/docs/guides/rate-limits); whole seconds, rounded up. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

const remaining = ({ quota, used }: Standing): number => Math.max(0, quota.limit - used);

/**
 * `x-ratelimit-limit-*`, `-remaining-*` and `-reset-*` for requests, tokens and dollars, each of the quota that has the
 * smallest part of its limit left.
 */
export function rateLimitHeaders(standings: readonly Standing[], nowMs: number): Headers {
  const tightest = new Map<QuotaUnit, Standing>();
  for (const standing of standings) {
    const { unit, limit } = standing.quota;
    const known = tightest.get(unit);
    if (known !== undefined && remaining(known) / known.quota.limit <= remaining(standing) / limit) continue;
    tightest.set(unit, standing);
  }
  const headers: Record<string, string> = {};
  for (const [unit, standing] of tightest) {
    headers[`x-ratelimit-limit-${names[unit]}`] = shown(unit, standing.quota.limit);
    headers[`x-ratelimit-remaining-${names[unit]}`] = shown(unit, remaining(standing));
    headers[`x-ratelimit-reset-${names[unit]}`] = duration(standing.window.endMs - nowMs);
  }
  return headers;
}
