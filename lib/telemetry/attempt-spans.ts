import type { RequestRecord } from '../domain/decision-record.ts';
import type { AttemptSummary } from '../domain/failure.ts';
import type { Operation, ProviderType } from '../domain/policy.ts';
import type { Random } from '../domain/ports.ts';

/** What the log of attempts does not tell of one: when it began, in milliseconds since the epoch, and what was asked. */
export interface BegunAttempt {
  readonly startedMs: number;
  readonly providerType: ProviderType;
}

/** Where in X-Ray a request belongs; undefined: nobody traces it. */
export interface TraceParent {
  readonly traceId: string;
  readonly parentId: string;
}

/** Reads Lambda's trace header: `Root=1-…;Parent=…;Sampled=1` (docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html). */
export function readTraceHeader(header: string): TraceParent | undefined {
  const fields = new Map(header.split(';').map((pair) => pairOf(pair.trim())));
  const traceId = fields.get('Root') ?? '';
  const parentId = fields.get('Parent') ?? '';
  const known = /^1-[\da-f]{8}-[\da-f]{24}$/.test(traceId) && /^[\da-f]{16}$/.test(parentId);
  return known && fields.get('Sampled') === '1' ? { traceId, parentId } : undefined;
}

function pairOf(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

/** OpenTelemetry's word for an operation, and for a provider where it has one. */
const operationNames: Readonly<Record<Operation, string>> = {
  chat: 'chat',
  responses: 'chat',
  embeddings: 'embeddings',
};
const providerNames: Partial<Readonly<Record<ProviderType, string>>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
};

/**
 * A subsegment of X-Ray for each attempt that was sent
 * (docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html), field by field: names, figures and
 * classes, nothing of the request or its answer. Metadata has the names of OpenTelemetry's conventions for GenAI;
 * annotations, by which traces are searched, the same with underscores, since X-Ray takes no dots there.
 */
export function spansOf(
  record: RequestRecord,
  begun: readonly BegunAttempt[],
  parent: TraceParent,
  random: Random,
): readonly object[] {
  const answered = record.attempts.findLastIndex(
    ({ outcome, provider, model }) =>
      outcome === 'ok' && provider === record.provider && model === record.model,
  );
  return record.attempts.flatMap((attempt, index) => {
    const began = begun[index];
    if (began === undefined || attempt.outcome === 'quota') return [];
    return [spanOf(record, attempt, began, index === answered, parent, random)];
  });
}

function spanOf(
  record: RequestRecord,
  attempt: AttemptSummary,
  { startedMs, providerType }: BegunAttempt,
  answered: boolean,
  { traceId, parentId }: TraceParent,
  random: Random,
): object {
  const { provider, model, outcome, status, durationMs } = attempt;
  // The log closes an attempt at its first content; one that answered lasts as long as its answer.
  const endedMs = answered ? record.startedMs + record.durationMs : startedMs + durationMs;
  const failed = outcome !== 'ok' && outcome !== 'cancelled';
  const annotations = {
    'gen_ai.provider.name': providerNames[providerType] ?? provider,
    'gen_ai.request.model': model,
    ...(record.operation !== undefined && { 'gen_ai.operation.name': operationNames[record.operation] }),
    ...(failed && { 'error.type': outcome }),
  };
  const { usage } = record;
  return {
    type: 'subsegment',
    namespace: 'remote',
    name: provider.replaceAll(/[^\p{L}\p{N}\s_.:/%&#=+\\\-@]/gu, '_').slice(0, 200),
    id: hex(random) + hex(random),
    trace_id: traceId,
    parent_id: parentId,
    start_time: startedMs / 1000,
    end_time: Math.max(startedMs, endedMs) / 1000,
    ...(status !== undefined && { http: { response: { status } } }),
    ...(failed && failureFlags(outcome, status)),
    annotations: {
      ...Object.fromEntries(Object.entries(annotations).map(([key, value]) => [underscored(key), value])),
      request_id: record.requestId,
      outcome,
    },
    metadata: {
      fairlead: {
        ...annotations,
        ...(answered && {
          'gen_ai.response.model': usage?.servedModel,
          'gen_ai.usage.input_tokens': usage?.inputTokens,
          'gen_ai.usage.output_tokens': usage?.outputTokens,
          first_content_ms: record.firstContentMs,
        }),
      },
    },
  };
}

/** As X-Ray counts: a throttled call is an error, what is not the caller's doing a fault. */
function failureFlags(outcome: AttemptSummary['outcome'], status: number | undefined): object {
  if (outcome === 'rate_limited') return { error: true, throttle: true };
  return status !== undefined && status >= 400 && status < 500 ? { error: true } : { fault: true };
}

const underscored = (name: string): string => name.replaceAll('.', '_');

const hex = (random: Random): string =>
  Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
