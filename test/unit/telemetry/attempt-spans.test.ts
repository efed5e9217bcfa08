import { describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../../lib/domain/decision-record.ts';
import type { AttemptSummary } from '../../../lib/domain/failure.ts';
import { readTraceHeader, spansOf } from '../../../lib/telemetry/attempt-spans.ts';

const traceId = '1-5759e988-bd862e3fe1be46a994272793';
const parentId = '53995c3f42cd8ad8';

describe('a trace header', () => {
  it.each([
    `Root=${traceId};Parent=${parentId};Sampled=1`,
    `Root=${traceId}; Parent=${parentId}; Sampled=1; Lineage=1:abc:0`,
    `Sampled=1;Parent=${parentId};Self=1-1-1;Root=${traceId}`,
  ])('names where a request belongs: %s', (header) => {
    expect(readTraceHeader(header)).toEqual({ traceId, parentId });
  });

  it.each([
    '',
    `Root=${traceId};Parent=${parentId}`,
    `Root=${traceId};Parent=${parentId};Sampled=0`,
    `Root=${traceId};Sampled=1`,
    `Parent=${parentId};Sampled=1`,
    `Root=1-5759e988-x;Parent=${parentId};Sampled=1`,
    `Root=${traceId};Parent=53995c3f42cd8ad;Sampled=1`,
  ])('of a request nobody traces, or that says nothing known, names nothing: "%s"', (header) => {
    expect(readTraceHeader(header)).toBeUndefined();
  });
});

describe('the spans of a request', () => {
  const attempt = (more: Partial<AttemptSummary>): AttemptSummary => ({
    provider: 'first',
    model: 'm',
    key: 'key-id',
    outcome: 'ok',
    durationMs: 250,
    ...more,
  });
  const record = (more: Partial<RequestRecord>): RequestRecord => ({
    requestId: 'request-1',
    startedMs: 1_000_000,
    durationMs: 5_000,
    operation: 'chat',
    virtualKeyId: 'tester',
    status: 200,
    provider: 'first',
    model: 'm',
    firstContentMs: 400,
    usage: { inputTokens: 10, outputTokens: 20, servedModel: 'm-2026-01' },
    attempts: [attempt({ status: 200 })],
    ...more,
  });
  const spans = (more: Partial<RequestRecord>, ...startsMs: readonly number[]) =>
    spansOf(
      record(more),
      startsMs.map((startedMs) => ({ startedMs, providerType: 'bedrock' as const })),
      { traceId, parentId },
      () => 0.5,
    );

  it('are, of one that answered, as long as its answer, with what it consumed', () => {
    expect(JSON.parse(JSON.stringify(spans({}, 1_000_100)))).toEqual([
      {
        type: 'subsegment',
        namespace: 'remote',
        name: 'first',
        id: '8000000080000000',
        trace_id: traceId,
        parent_id: parentId,
        start_time: 1_000.1,
        end_time: 1_005,
        http: { response: { status: 200 } },
        annotations: {
          gen_ai_provider_name: 'aws.bedrock',
          gen_ai_request_model: 'm',
          gen_ai_operation_name: 'chat',
          request_id: 'request-1',
          outcome: 'ok',
        },
        metadata: {
          fairlead: {
            'gen_ai.provider.name': 'aws.bedrock',
            'gen_ai.request.model': 'm',
            'gen_ai.operation.name': 'chat',
            'gen_ai.response.model': 'm-2026-01',
            'gen_ai.usage.input_tokens': 10,
            'gen_ai.usage.output_tokens': 20,
            first_content_ms: 400,
          },
        },
      },
    ]);
  });

  it.each<[AttemptSummary['outcome'], number | undefined, object]>([
    ['transient', 503, { fault: true }],
    ['silent', undefined, { fault: true }],
    ['broken_stream', undefined, { fault: true }],
    ['rate_limited', 429, { error: true, throttle: true }],
    ['credential', 401, { error: true }],
    ['invalid_request', 400, { error: true }],
  ])('say of %s with status %s that it failed, by %j', (outcome, status, flags) => {
    const attempts = [attempt({ outcome, ...(status !== undefined && { status }) })];
    const [span] = spans({ attempts }, 1_000_000);
    expect(span).toMatchObject({
      ...flags,
      start_time: 1_000,
      end_time: 1_000.25,
      annotations: { error_type: outcome },
      metadata: { fairlead: { 'error.type': outcome } },
    });
    for (const flag of ['error', 'fault', 'throttle'])
      expect(Object.hasOwn(span ?? {}, flag)).toBe(flag in flags);
  });

  it('are made of what was sent, each with its own start', () => {
    const attempts = [
      attempt({ outcome: 'quota', provider: 'unsent' }),
      attempt({ outcome: 'cancelled', provider: 'second', durationMs: 30 }),
      attempt({}),
    ];
    expect(spans({ attempts }, 1_000_000, 1_000_010, 1_000_020)).toMatchObject([
      { name: 'second', start_time: 1_000.01, end_time: 1_000.04 },
      { name: 'first', start_time: 1_000.02, end_time: 1_005 },
    ]);
  });

  it('hold nothing of a message or a key', () => {
    const attempts = [attempt({ outcome: 'transient', message: 'the purple heron' })];
    const text = JSON.stringify(spans({ attempts, decision: 'heron' }, 1));
    expect(text).not.toMatch(/heron|key-id|tester/);
  });

  it('have names X-Ray takes', () => {
    const [span] = spans({ attempts: [attempt({ provider: 'a<b>"é' + 'x'.repeat(300) })] }, 1);
    expect(span).toMatchObject({ name: 'a_b__é' + 'x'.repeat(194) });
  });
});
