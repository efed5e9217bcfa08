import { describe, expect, it } from 'vitest';
import { embedded } from '../../../lib/telemetry/embedded-metrics.ts';
import { measuredLog } from '../../../lib/telemetry/measured-log.ts';
import { metricNames } from '../../../lib/telemetry/metric-names.ts';
import { metricsIn, metricsOver } from '../../support/embedded-metrics.ts';

function written(...lines: readonly object[]): readonly object[] {
  const out: object[] = [];
  const log = measuredLog(
    (line) => void out.push(line),
    'prod',
    () => 1_790_000_000_000,
  );
  for (const line of lines) log(line);
  return out;
}

const metrics = (line: object) => metricsOver(written(line));

const request = { event: 'request', request_id: 'r', operation: 'chat', duration_ms: 900, attempts: [] };
const attempt = (provider: string, outcome: string) => ({ provider, model: 'm', outcome, duration_ms: 1 });

describe('a line that is measured', () => {
  it('keeps every field it had, and names its deployment', () => {
    const [line] = written({ ...request, virtual_key_id: 'tester' });
    expect(line).toMatchObject({ ...request, virtual_key_id: 'tester', Deployment: 'prod' });
  });

  it('tells what happened, and of what did not only whether it was a fault: its average is their share', () => {
    expect(metrics(request)).toEqual({
      'Requests{Deployment=prod}': 1,
      'Faults{Deployment=prod}': 0,
      'Duration{Deployment=prod}': 900,
    });
  });

  it('tells time to first token of streams only', () => {
    const answered = { ...request, provider: 'a', first_content_ms: 70, attempts: [attempt('a', 'ok')] };
    expect(metrics({ ...answered, stream: true })).toMatchObject({
      'TimeToFirstToken{Deployment=prod}': 70,
      'TimeToFirstToken{Deployment=prod,Provider=a}': 70,
    });
    expect(Object.keys(metrics({ ...answered, stream: false })).join()).not.toContain('TimeToFirstToken');
  });

  it('tells the cost in dollars, in whole and of the provider that answered', () => {
    const line = { ...request, provider: 'a', cost_micro_usd: 1_500, attempts: [attempt('a', 'ok')] };
    expect(metrics(line)).toMatchObject({
      'CostUsd{Deployment=prod}': 0.0015,
      'CostUsd{Deployment=prod,Provider=a}': 0.0015,
    });
  });

  it('tells what was paid for though nobody answered', () => {
    const line = { ...request, cost_micro_usd: 1_500, attempts: [attempt('a', 'broken_stream')] };
    const cost = Object.entries(metrics(line)).filter(([id]) => id.startsWith('CostUsd'));
    expect(Object.fromEntries(cost)).toEqual({ 'CostUsd{Deployment=prod}': 0.0015 });
  });

  it('tells attempts by provider: retries are several, cancelled ones no failures, unsent ones none', () => {
    const attempts = [
      attempt('a', 'transient'),
      attempt('a', 'rate_limited'),
      attempt('b', 'cancelled'),
      attempt('c', 'ok'),
      attempt('d', 'quota'),
    ];
    const lines = written({ ...request, provider: 'c', attempts });
    expect(lines.map((line) => ('event' in line ? line.event : undefined))).toEqual([
      'request',
      'attempts',
      'attempts',
    ]);
    const told = Object.entries(metricsOver(lines)).filter(([id]) => id.startsWith('Attempt'));
    expect(Object.fromEntries(told)).toEqual({
      'Attempts{Deployment=prod,Provider=a}': 2,
      'AttemptFailures{Deployment=prod,Provider=a}': 2,
      'Attempts{Deployment=prod,Provider=b}': 1,
      'Attempts{Deployment=prod,Provider=c}': 1,
    });
  });

  it('names the first provider tried where none answered', () => {
    const attempts = [attempt('a', 'silent')];
    expect(
      metrics({ ...request, error_type: 'provider', error_code: 'upstream_failed', attempts }),
    ).toMatchObject({
      'AttemptFailures{Deployment=prod,Provider=a}': 1,
      'Errors{Deployment=prod,ErrorType=provider}': 1,
    });
  });

  it.each([
    ['policy', 'budget_exceeded', 1],
    ['policy', 'rate_limited', 1],
    ['provider', 'rate_limited', undefined],
    ['policy', 'invalid_virtual_key', undefined],
    ['gateway', 'unavailable', undefined],
  ])('counts an error of %s with code %s as %s refusals by quota', (error_type, error_code, refusals) => {
    const told = metrics({ ...request, error_type, error_code });
    expect(told[`Errors{Deployment=prod,ErrorType=${error_type}}`]).toBe(1);
    expect(told['QuotaRefusals{Deployment=prod}']).toBe(refusals);
  });

  it.each([
    ['caller', 0],
    ['policy', 0],
    ['provider', 0],
    ['gateway', 1],
  ])('takes an error of %s for %i faults of the gateway: DNS follows them', (error_type, faults) => {
    expect(metrics({ ...request, error_type })['Faults{Deployment=prod}']).toBe(faults);
  });

  it.each([
    [200, undefined],
    [429, undefined],
    [500, 1],
    [504, 1],
  ])('counts an answer of %i as %s server errors, as API Gateway does', (status, count) => {
    const told = metrics({ ...request, status, error_type: 'provider' });
    expect(told['ServerErrors{Deployment=prod}']).toBe(count);
  });

  it('takes a reader that has gone for no fault', () => {
    expect(metrics({ ...request, reader_gone: true })['Faults{Deployment=prod}']).toBe(0);
  });

  it.each([
    [{ event: 'governance_problem' }, { 'StoreProblems{Deployment=prod}': 1 }],
    [{ event: 'quota_problem' }, { 'StoreProblems{Deployment=prod}': 1 }],
    [{ event: 'internal_error' }, { 'Defects{Deployment=prod}': 1 }],
    [
      { event: 'health_snapshot', degraded: 2, failed: 1, recovering: 3 },
      { 'RoutesDegraded{Deployment=prod}': 2, 'RoutesFailed{Deployment=prod}': 1 },
    ],
  ])('counts %j', (line, told) => {
    expect(metrics(line)).toEqual(told);
  });

  it.each([{ event: 'something_else' }, { event: 'settlement_failed' }, {}])('is %j as it was', (line) => {
    expect(written(line)).toEqual([line]);
  });
});

describe('embedded metrics', () => {
  it('take every metric there is a name for', () => {
    const every = Object.keys(metricNames).filter(
      (name): name is keyof typeof metricNames => name in metricNames,
    );
    const line = embedded(
      1_790_000_000_000,
      'prod',
      every.map((metric) => ({ metric, value: 1, unit: 'Count' })),
    );
    expect(Object.keys(metricsIn(line))).toHaveLength(every.length);
  });
});
