import type { RequestRecord } from './domain/decision-record.ts';
import { errorStatus, type AttemptSummary, type ErrorCode, type GatewayError } from './domain/failure.ts';
import type { Clock } from './domain/ports.ts';
import type { BegunAttempt } from './telemetry/attempt-spans.ts';
import type { ErrorType } from './telemetry/metric-names.ts';

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
    added_ms: record.addedMs,
    reader_gone: record.readerGone,
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
    rules: record.explanation?.rules,
    candidates: record.explanation?.candidates.slice(0, mostCandidates),
    order: record.explanation?.order,
  };
}

/** Log stores cut long lines; whoever needs all asks for the record. */
const mostCandidates = 50;

const policyCodes: readonly ErrorCode[] = [
  'invalid_virtual_key',
  'budget_exceeded',
  'price_unknown',
  'provider_not_allowed',
  'model_not_allowed',
  'residency_violation',
];

/**
 * Whose an error is: the closed set metrics count by, and what takes a region out of DNS. The gateway's own is only what
 * it broke itself, or a store of its own kept it from; never what a provider did, or a limit refused.
 *
 * @param tried whether a provider was asked, or could not be for want of its key
 * @param forNobody whether the policy left no target: none has a usable key here, or all are out of service
 */
export function errorType(
  { code, status, attempts }: Pick<GatewayError, 'code' | 'status' | 'attempts'>,
  tried: boolean,
  forNobody: boolean,
): ErrorType {
  // A provider's error may have one of the gateway's codes: hardly with its status, never without the attempts it ends.
  const own = (each: ErrorCode): boolean => code === each && status === errorStatus[each];
  if (own('internal_error') && attempts === undefined) return 'gateway';
  if (policyCodes.some(own)) return 'policy';
  if (status === 429 && !tried) return 'policy';
  if (status === 429 || status >= 500) return tried || forNobody ? 'provider' : 'gateway';
  return 'caller';
}

/** Attempts as they happen. */
interface Attempts {
  readonly entries: readonly AttemptSummary[];
  readonly begun: readonly BegunAttempt[];
}

/** What becomes known of a request while it is served; closed once, into the record that is logged. */
export class Trace {
  readonly requestId: string;
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #known: { -readonly [Name in keyof RequestRecord]?: RequestRecord[Name] } = {};
  #attempts: Attempts = { entries: [], begun: [] };

  constructor(requestId: string, clock: Clock) {
    this.requestId = requestId;
    this.#clock = clock;
    this.#startedMs = clock.nowMs();
  }

  get startedMs(): number {
    return this.#startedMs;
  }

  get attempts(): readonly AttemptSummary[] {
    return this.#attempts.entries;
  }

  /** Of the attempts, in their order. */
  get begun(): readonly BegunAttempt[] {
    return this.#attempts.begun;
  }

  /** Adds what has become known. */
  know(facts: Partial<RequestRecord>): void {
    Object.assign(this.#known, facts);
  }

  /** The attempts are drawn when the record is written, so that late ones are in it. */
  follow(attempts: Attempts): void {
    this.#attempts = attempts;
  }

  /** A provider is about to be asked; the first one counts. */
  sending(): void {
    this.#known.addedMs ??= this.elapsedMs();
  }

  /** Milliseconds since the request began. */
  elapsedMs(): number {
    return this.#clock.nowMs() - this.#startedMs;
  }

  /** @param forNobody the policy left no target */
  close(status: number, error?: GatewayError, forNobody = false): RequestRecord {
    const { attempts } = this;
    const tried = attempts.some(({ outcome }) => outcome !== 'quota');
    const type = error === undefined ? undefined : errorType(error, tried, forNobody);
    return {
      ...this.#known,
      requestId: this.requestId,
      startedMs: this.#startedMs,
      durationMs: this.elapsedMs(),
      status,
      attempts,
      ...(error === undefined ? {} : { errorCode: error.code }),
      ...(type === undefined ? {} : { errorType: type }),
    };
  }
}
