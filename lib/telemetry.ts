import type { RequestRecord } from './domain/decision.ts';
import { errorStatus } from './domain/failure.ts';

/**
 * One JSON line per request, field by field from an allow-list: what is not named here is not logged. No prompt, no
 * answer, no key, no header, no address.
 */
export function requestLine(record: RequestRecord): object {
  const { usage } = record;
  return {
    event: 'request',
    request_id: record.requestId,
    started_ms: record.startedMs,
    duration_ms: record.durationMs,
    operation: record.operation,
    stream: record.stream,
    virtual_key_id: record.virtualKeyId,
    team_id: record.teamId,
    customer_id: record.customerId,
    requested_model: record.requestedModel,
    provider: record.provider,
    model: record.model,
    status: record.status,
    error_code: record.errorCode,
    error_type: record.errorType,
    first_content_ms: record.firstContentMs,
    attempts: record.attempts.map((attempt) => ({
      provider: attempt.provider,
      model: attempt.model,
      key: attempt.key,
      outcome: attempt.outcome,
      status: attempt.status,
      duration_ms: attempt.durationMs,
    })),
    input_tokens: usage?.inputTokens,
    output_tokens: usage?.outputTokens,
    cached_input_tokens: usage?.cachedInputTokens,
    cache_write_tokens: usage?.cacheWriteTokens,
    reasoning_tokens: usage?.reasoningTokens,
    usage_estimated: usage?.estimated,
    cost_micro_usd: record.costMicroUsd,
    decision: record.decision,
  };
}

const policyCodes: readonly string[] = [
  'invalid_virtual_key',
  'budget_exceeded',
  'provider_not_allowed',
  'model_not_allowed',
  'residency_violation',
];

/** Whose fault an error is: the closed set metrics count by. */
export function errorType(
  status: number,
  code: string,
  attempted: boolean,
): 'caller' | 'policy' | 'provider' | 'gateway' | undefined {
  if (status < 400) return undefined;
  if (policyCodes.includes(code)) return 'policy';
  if (status < 500 && status !== 429) return 'caller';
  if (status === errorStatus.internal_error) return 'gateway';
  return attempted ? 'provider' : 'gateway';
}
