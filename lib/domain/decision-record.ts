import type { Explanation } from './explanation.ts';
import type { AttemptSummary } from './failure.ts';
import type { Operation } from './policy.ts';
import type { Usage } from './usage.ts';

/** The record of one request, logged once, after the last byte: no prompt, no key, no header. */
export interface RequestRecord {
  readonly requestId: string;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly operation?: Operation;
  readonly stream?: boolean;
  readonly virtualKeyId?: string;
  readonly teamId?: string;
  readonly customerId?: string;
  readonly requestedModel?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly status: number;
  readonly errorCode?: string;
  /** Whose fault a failure was: the closed set metrics count by. */
  readonly errorType?: 'caller' | 'policy' | 'provider' | 'gateway';
  readonly firstContentMs?: number;
  /** What the gateway itself took before a provider was asked. */
  readonly addedMs?: number;
  /** The client took nothing any more before the end. */
  readonly readerGone?: boolean;
  readonly attempts: readonly AttemptSummary[];
  readonly usage?: Usage;
  readonly costMicroUsd?: number;
  readonly decision?: string;
  readonly explanation?: Explanation;
}

/** What is kept of a request so that somebody can ask later why it went where it went: no prompt, no key, no header. */
export interface DecisionRecord extends Explanation {
  readonly requestId: string;
  readonly region: string;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly status: number;
  readonly operation?: string;
  readonly stream?: boolean;
  readonly virtualKeyId?: string;
  readonly teamId?: string;
  readonly customerId?: string;
  readonly requestedModel?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly errorCode?: string;
  readonly errorType?: string;
  readonly decision?: string;
  readonly firstContentMs?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costMicroUsd?: number;
  /** Without the providers' own words, which may quote the request. */
  readonly attempts: readonly {
    readonly provider: string;
    readonly model: string;
    readonly key?: string;
    readonly outcome: string;
    readonly status?: number;
    readonly durationMs: number;
  }[];
  /** Candidates left out for their number. */
  readonly trimmed?: number;
}

/** The record of one request, field by field from an allow-list. */
export function decisionRecordOf(
  record: RequestRecord,
  region: string,
  explanation: Explanation,
): DecisionRecord {
  const { usage } = record;
  return defined({
    requestId: record.requestId,
    region,
    startedMs: record.startedMs,
    durationMs: record.durationMs,
    status: record.status,
    operation: record.operation,
    stream: record.stream,
    virtualKeyId: record.virtualKeyId,
    teamId: record.teamId,
    customerId: record.customerId,
    requestedModel: record.requestedModel,
    provider: record.provider,
    model: record.model,
    errorCode: record.errorCode,
    errorType: record.errorType,
    decision: record.decision,
    firstContentMs: record.firstContentMs,
    inputTokens: usage?.inputTokens,
    outputTokens: usage?.outputTokens,
    costMicroUsd: record.costMicroUsd,
    attempts: record.attempts.map(({ provider, model, key, outcome, status, durationMs }) =>
      defined({ provider, model, key, outcome, status, durationMs }),
    ),
    ...explanation,
  });
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the fields that are undefined. */
const defined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
