import type { Decision } from '../domain/decision.ts';
import type { GatewayError } from '../domain/failure.ts';
import type { Headers } from '../domain/ports.ts';
import type { Answer } from './outcome.ts';

/** What every response tells of how it came about (README, "Response headers"). */
export function responseHeaders(facts: {
  readonly requestId: string;
  readonly region: string;
  readonly contentType: string;
  readonly attempts: number;
  readonly decision?: Decision | undefined;
  readonly answer?: Answer | undefined;
  readonly costMicroUsd?: number | undefined;
  /** `x-ratelimit-*` of the caller's own limits. */
  readonly rateLimits?: Headers | undefined;
  readonly error?: GatewayError | undefined;
}): Headers {
  const { answer, decision, error } = facts;
  const zones = answer?.target.provider.zones ?? [];
  return {
    'content-type': headerText(facts.contentType),
    'cache-control': 'no-cache',
    'x-request-id': facts.requestId,
    'x-fairlead-request-id': facts.requestId,
    'x-fairlead-region': facts.region,
    ...facts.rateLimits,
    ...(facts.attempts > 0 && { 'x-fairlead-attempts': String(facts.attempts) }),
    ...(answer !== undefined && {
      'x-fairlead-provider': answer.target.provider.id,
      'x-fairlead-model': headerText(answer.target.model),
    }),
    ...(zones.length > 0 && { 'x-fairlead-zone': zones.join(',') }),
    ...(decision !== undefined && { 'x-fairlead-decision': headerText(decision.reason) }),
    ...(facts.costMicroUsd !== undefined && { 'x-fairlead-cost-usd': dollars(facts.costMicroUsd) }),
    ...(error?.retryAfterMs !== undefined && {
      'retry-after': String(Math.ceil(error.retryAfterMs / 1000)),
      'retry-after-ms': String(error.retryAfterMs),
    }),
    ...(error?.shouldRetry !== undefined && { 'x-should-retry': String(error.shouldRetry) }),
  };
}

/** Names come from documents, callers and providers: whatever a header cannot carry becomes "?". */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);

const dollars = (microUsd: number): string => (microUsd / 1e6).toFixed(6);
