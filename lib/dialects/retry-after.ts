import type { Headers } from '../domain/ports.ts';

/**
 * How long a provider asks to be left alone, in milliseconds: `retry-after-ms` (OpenAI, Azure), or `Retry-After` in
 * seconds or as a date (RFC 9110, section 10.2.3). A date is measured against the response's own `date`, so that
 * clocks need not agree; without one it is ignored.
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const asked = askedMs(headers);
  return asked === undefined ? undefined : Math.min(asked, longestMs);
}

/** Nobody means more than a day; larger numbers lose their digits. */
const longestMs = 24 * 3_600_000;

function askedMs(headers: Headers): number | undefined {
  const exact = headers['retry-after-ms'];
  if (exact !== undefined && /^\d+(\.\d+)?$/.test(exact)) return Math.ceil(Number(exact));
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const until = Date.parse(value);
  const now = Date.parse(headers['date'] ?? '');
  return Number.isNaN(until) || Number.isNaN(now) ? undefined : Math.max(0, until - now);
}
