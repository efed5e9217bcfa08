import type { Owner, QuotaPeriod, QuotaUnit, Refusal, Unbounded } from '../../domain/quota.ts';

/** A refusal as the caller is told of it. */
export interface RefusalNotice {
  readonly status: 400 | 402 | 429 | 503;
  readonly code: 'budget_exceeded' | 'rate_limited' | 'price_unknown' | 'invalid_request' | 'unavailable';
  /** Names owner, quota, used, limit and reset. */
  readonly message: string;
  /** Absent where waiting does not help. */
  readonly retryAfterMs?: number;
}

/** A store that does not answer is tried again soon. */
const unavailableForMs = 1_000;

const ownerKinds: Readonly<Record<Owner['kind'], string>> = {
  grant: 'provider entry',
  virtual_key: 'virtual key',
  team: 'team',
  customer: 'customer',
  provider: 'provider',
  provider_key: 'provider key',
  document: 'the gateway',
};
const periods: Readonly<Record<QuotaPeriod, string>> = {
  '1m': 'a minute',
  '1h': 'an hour',
  '1d': 'a day',
  '1w': 'a week',
  '1M': 'a month',
};
const unboundedBecause: Readonly<Record<Exclude<Unbounded, 'price_unknown'>, string>> = {
  no_output_limit: 'it has no output limit; set max_tokens',
  no_context_window: "it carries media and the model's context window is not known",
  server_tools: 'tools that the provider runs are billed without a limit',
};

/** "3 requests", "1 token", "0.25 USD". */
function amountOf(unit: QuotaUnit, amount: number): string {
  if (unit === 'microUsd') return `${String(Number((amount / 1e6).toFixed(6)))} USD`;
  const noun = unit === 'tokens' ? 'token' : 'request';
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

const utc = (atMs: number): string => new Date(atMs).toISOString().replace(/\.000Z$/, 'Z');

/** What a refusal is called, its HTTP status, and a sentence that says whose limit it was and when to come back. */
export function noticeOf(refusal: Refusal, nowMs: number): RefusalNotice {
  const { quota, reason } = refusal;
  const { owner, unit } = quota;
  const whose = `${ownerKinds[owner.kind]}${owner.id === '' ? '' : ` ${owner.id}`}`;
  const limit = `the limit of ${amountOf(unit, quota.limit)} ${periods[quota.every]} (${quota.id}) of ${whose}`;
  if (reason === 'unavailable') {
    const message = `${limit} cannot be checked at the moment`;
    return { status: 503, code: 'unavailable', message, retryAfterMs: unavailableForMs };
  }
  if (reason === 'price_unknown') {
    const message = `nobody knows the price of this model, so it cannot be used under ${limit}`;
    return { status: 400, code: 'price_unknown', message };
  }
  if (reason !== 'exhausted') {
    const message = `this request cannot be admitted under ${limit}: ${unboundedBecause[reason]}`;
    return { status: 400, code: 'invalid_request', message };
  }
  const { used, wanted = 0, window } = refusal;
  const need = wanted > 0 ? `, this request may take up to ${amountOf(unit, wanted)}` : '';
  const message = `${limit} leaves too little: ${amountOf(unit, used)} used or held${need}; it resets at ${utc(window.endMs)}`;
  // Larger than the whole limit: it never fits.
  if (wanted > quota.limit) {
    return { status: unit === 'microUsd' ? 402 : 429, code: codeOf(unit), message };
  }
  const retryAfterMs = Math.max(0, window.endMs - nowMs);
  return { status: unit === 'microUsd' ? 402 : 429, code: codeOf(unit), message, retryAfterMs };
}

const codeOf = (unit: QuotaUnit): 'budget_exceeded' | 'rate_limited' =>
  unit === 'microUsd' ? 'budget_exceeded' : 'rate_limited';
