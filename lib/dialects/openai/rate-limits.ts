import type { Headers } from '../../domain/ports.ts';
import type { RateLimits } from '../contract.ts';

/**
 * The `x-ratelimit-*` headers (developers.openai.com/api/docs/guides/rate-limits). Resets come as durations ("6m0s",
 * "120ms": OpenAI, Groq), as seconds ("7.66": Cerebras, Together) or as a time in Unix milliseconds or seconds
 * (OpenRouter).
 */
export function readRateLimits(headers: Headers, nowMs: number): RateLimits | undefined {
  const limits: { -readonly [Name in keyof RateLimits]: number } = {};
  for (const [name, header, reset] of fields) {
    const text = header.map((candidate) => headers[candidate]).find((value) => value !== undefined);
    if (text === undefined) continue;
    const value = reset ? resetMs(text, nowMs) : count(text);
    if (value !== undefined) limits[name] = value;
  }
  return Object.keys(limits).length === 0 ? undefined : limits;
}

const fields: readonly (readonly [keyof RateLimits, readonly string[], reset: boolean])[] = [
  ['requestsLimit', ['x-ratelimit-limit-requests', 'x-ratelimit-limit'], false],
  ['requestsRemaining', ['x-ratelimit-remaining-requests', 'x-ratelimit-remaining'], false],
  ['requestsResetMs', ['x-ratelimit-reset-requests', 'x-ratelimit-reset'], true],
  ['tokensLimit', ['x-ratelimit-limit-tokens', 'x-ratelimit-limit-tokens-minute'], false],
  ['tokensRemaining', ['x-ratelimit-remaining-tokens', 'x-ratelimit-remaining-tokens-minute'], false],
  ['tokensResetMs', ['x-ratelimit-reset-tokens', 'x-ratelimit-reset-tokens-minute'], true],
];

const count = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds from now; undefined for what is no duration and no time. */
export function resetMs(text: string, nowMs: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const value = Number(text);
    if (value > 1e12) return Math.max(0, Math.ceil(value - nowMs));
    if (value > 1e9) return Math.max(0, Math.ceil(value * 1000 - nowMs));
    return Math.ceil(value * 1000);
  }
  if (!/^(\d+(\.\d+)?(ms|[dhms]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)) {
    total += Number(amount) * (unitMs[unit] ?? 0);
  }
  return Math.ceil(total);
}
