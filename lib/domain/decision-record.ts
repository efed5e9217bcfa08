import type { Candidate, RequestRecord, Target } from './decision.ts';

/** One candidate of a request, as it is kept. */
export interface CandidateRecord {
  readonly provider: string;
  readonly model: string;
  readonly kept: boolean;
  /** Kept: how it came in. Dropped: the word and the sentence that say why. */
  readonly via?: string;
  readonly reason?: string;
  readonly detail?: string;
}

/** What is kept of a request so that somebody can ask later why it went where it went: no prompt, no key, no header. */
export interface DecisionRecord {
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
  readonly candidates: readonly CandidateRecord[];
  /** "provider/model", as tried. */
  readonly order: readonly string[];
  /** Candidates left out for their number. */
  readonly trimmed?: number;
}

/** The record of one request, field by field from an allow-list. */
export function decisionRecordOf(
  record: RequestRecord,
  region: string,
  candidates: readonly Candidate[],
  order: readonly Target[],
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
    candidates: candidates.map(candidateRecord),
    order: order.map(({ provider, model }) => `${provider.id}/${model}`),
  });
}

const candidateRecord = (candidate: Candidate): CandidateRecord =>
  candidate.kept
    ? {
        provider: candidate.target.provider.id,
        model: candidate.target.model,
        kept: true,
        via: candidate.via,
      }
    : {
        provider: candidate.provider,
        model: candidate.model,
        kept: false,
        reason: candidate.reason,
        detail: candidate.detail,
      };

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the fields that are undefined. */
const defined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
