import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asObject, type JsonObject } from '../../lib/domain/json.ts';
import { metricDimensions } from '../../lib/telemetry/metric-names.ts';
import { xrayTracer } from '../../lib/telemetry/xray.ts';
import { metricsIn, metricsOver } from '../support/embedded-metrics.ts';
import { expectNothingTold, prompt, startProvider, until, virtualKey } from '../support/gateway.ts';
import type { ScriptedProvider, Step } from '../support/scripted.ts';
import { chainOf, startMeasured } from './measured.ts';
import { kinds, streamed, whole } from './scene.ts';

/** What CloudWatch and X-Ray are told of requests: through the real handler, checked by the formats' specifications. */

const usage = { inputTokens: 100, outputTokens: 50 };
const secret = 'sk-provider-secret-value';
const env = { HOUSE_KEY: secret };

const entry = (provider: ScriptedProvider) => ({
  ...kinds['openai-compatible'].entry(provider.baseUrl),
  keys: [{ id: 'k', env: 'HOUSE_KEY' }],
});

async function stage(steps: readonly Step[], more: object = {}, traced: object = {}) {
  const first = await startProvider();
  const second = await startProvider();
  first.script(() => true, steps);
  const document = chainOf({ first: entry(first), second: entry(second) }, more);
  const gateway = await startMeasured({ document, env, ...traced });
  return { gateway, first, second };
}

const events = (lines: readonly JsonObject[]): readonly unknown[] => lines.map((line) => line['event']);

describe('the log of a deployment', () => {
  it('tells of a request in one line, with its metrics', async () => {
    const { gateway } = await stage([{ usage }]);
    await whole(gateway.chat());
    await gateway.ended(1);
    expect(events(gateway.lines)).toEqual(['request']);
    expect(metricsOver(gateway.lines)).toEqual({
      'Requests{Deployment=prod}': 1,
      'Faults{Deployment=prod}': 0,
      'Duration{Deployment=prod}': 0,
      'AddedLatency{Deployment=prod}': 0,
      'InputTokens{Deployment=prod}': 100,
      'OutputTokens{Deployment=prod}': 50,
      'CostUsd{Deployment=prod}': 0.0002,
      'Attempts{Deployment=prod,Provider=first}': 1,
      'CostUsd{Deployment=prod,Provider=first}': 0.0002,
    });
    expect(asObject(gateway.lines[0]?.['_aws'])['Timestamp']).toBe(1_790_000_000_000);
  });

  it('tells of a stream how long its first content took', async () => {
    const { gateway } = await stage([{ usage, headersAfterMs: 0 }]);
    await streamed(gateway.chat({ stream: true }));
    await gateway.ended(1);
    expect(metricsOver(gateway.lines)).toMatchObject({
      'TimeToFirstToken{Deployment=prod}': 0,
      'TimeToFirstToken{Deployment=prod,Provider=first}': 0,
    });
  });

  it('tells of every provider that was tried, each in a line of its own after the first', async () => {
    const { gateway } = await stage([{ status: 500 }]);
    expect((await whole(gateway.chat())).headers.get('x-fairlead-provider')).toBe('second');
    await gateway.ended(1);
    expect(events(gateway.lines)).toEqual(['request', 'attempts']);
    const metrics = metricsOver(gateway.lines);
    expect(metrics).toMatchObject({
      'Requests{Deployment=prod}': 1,
      'Attempts{Deployment=prod,Provider=first}': 1,
      'AttemptFailures{Deployment=prod,Provider=first}': 1,
      'Attempts{Deployment=prod,Provider=second}': 1,
    });
    expect(metrics).not.toHaveProperty('AttemptFailures{Deployment=prod,Provider=second}');
    expect(Object.keys(metrics).filter((id) => id.startsWith('Errors'))).toEqual([]);
  });

  it.each<[string, readonly Step[], object, string]>([
    [
      'a stream that broke off after its first content',
      [{ fault: { kind: 'cut', after: 2 } }],
      { stream: true },
      'provider',
    ],
    ['a request the provider finds wrong', [{ status: 400 }], {}, 'caller'],
    ['a request that is wrong', [], { messages: 'none' }, 'caller'],
  ])('counts %s by whose error it is', async (_name, steps, body, type) => {
    const { gateway, second } = await stage(steps);
    second.script(() => true, [{ status: 500 }]);
    await (await gateway.chat(body)).text().catch(() => undefined);
    await gateway.ended(1);
    const metrics = metricsOver(gateway.lines);
    expect(metrics).toMatchObject({ [`Errors{Deployment=prod,ErrorType=${type}}`]: 1 });
    // None was answered with 5xx: the stream began with 200.
    expect(metrics).not.toHaveProperty('ServerErrors{Deployment=prod}');
  });

  it('counts what no provider answers as an error of theirs', async () => {
    const { gateway, second } = await stage([{ status: 500 }]);
    second.script(() => true, [{ status: 429 }]);
    await whole(gateway.chat());
    await gateway.ended(1);
    const metrics = metricsOver(gateway.lines);
    expect(metrics).toMatchObject({
      'Errors{Deployment=prod,ErrorType=provider}': 1,
      'Faults{Deployment=prod}': 0,
      'ServerErrors{Deployment=prod}': 1,
      'AttemptFailures{Deployment=prod,Provider=second}': 1,
    });
    expect(metrics).not.toHaveProperty('QuotaRefusals{Deployment=prod}');
  });

  it("does not take a provider's rate limit for one of its own", async () => {
    const { gateway, second } = await stage([{ status: 429 }]);
    second.script(() => true, [{ status: 429 }]);
    expect((await whole(gateway.chat())).status).toBe(429);
    await gateway.ended(1);
    const metrics = metricsOver(gateway.lines);
    expect(metrics).toMatchObject({ 'Errors{Deployment=prod,ErrorType=provider}': 1 });
    expect(metrics).not.toHaveProperty('QuotaRefusals{Deployment=prod}');
    expect(metrics).not.toHaveProperty('ServerErrors{Deployment=prod}');
  });

  it('counts what a limit refuses', async () => {
    const { gateway } = await stage([], { rateLimits: [{ requests: 1, every: '1m' }] });
    expect((await whole(gateway.chat())).status).toBe(200);
    await gateway.ended(1);
    expect((await whole(gateway.chat())).status).toBe(429);
    await gateway.ended(2);
    expect(metricsOver(gateway.lines)).toMatchObject({
      'Requests{Deployment=prod}': 2,
      'QuotaRefusals{Deployment=prod}': 1,
      'Errors{Deployment=prod,ErrorType=policy}': 1,
    });
  });

  it('counts an unknown key as an error of policy, and names nothing of it', async () => {
    const { gateway } = await stage([]);
    const unknown = 'fl-somebody-elses-key';
    await whole(gateway.chat({}, { authorization: `Bearer ${unknown}` }));
    await gateway.ended(1);
    expect(metricsOver(gateway.lines)).toMatchObject({ 'Errors{Deployment=prod,ErrorType=policy}': 1 });
    expectNothingTold(gateway.lines, [unknown, secret]);
  });

  it('counts a table that is away as a fault of the gateway and a problem of a store', async () => {
    const { gateway } = await stage([]);
    gateway.breakTable('fairlead-governance');
    expect((await whole(gateway.chat())).status).toBe(503);
    await gateway.ended(1);
    expect(metricsOver(gateway.lines)).toMatchObject({
      'Errors{Deployment=prod,ErrorType=gateway}': 1,
      'Faults{Deployment=prod}': 1,
      'StoreProblems{Deployment=prod}': 1,
    });
  });

  it('tells nothing of who only looks', async () => {
    const { gateway } = await stage([]);
    const headers = { authorization: `Bearer ${virtualKey}` };
    expect((await fetch(`${gateway.baseUrl}/v1/models`, { headers })).status).toBe(200);
    expect((await gateway.health()).status).toBe(200);
    expect((await fetch(gateway.baseUrl, { method: 'HEAD' })).status).toBe(200);
    await gateway.ended(3);
    expect(gateway.lines).toEqual([]);
  });

  it('has dimensions of few values: deployment, provider and error type, never who or what was asked', async () => {
    const { gateway } = await stage([{ status: 500 }]);
    await whole(gateway.chat());
    await whole(gateway.chat({ model: 'nothing' }, { authorization: 'Bearer unknown' }));
    await gateway.ended(2);
    const named = gateway.lines.flatMap((line) => Object.keys(metricsIn(line)));
    const dimensions = new Set(
      named.flatMap((id) => [...id.matchAll(/[{,](\w+)=/g)].map(([, name]) => name)),
    );
    expect(dimensions).toEqual(new Set(Object.values(metricDimensions)));
    expect(named.join()).not.toMatch(/tester|chain|nothing/);
  });
});

describe('a trace', () => {
  const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0';

  async function traced(traceHeader: string, steps: readonly Step[], body: object = {}) {
    const daemon = createSocket('udp4').bind(0, '127.0.0.1');
    await once(daemon, 'listening');
    const datagrams: string[] = [];
    daemon.on('message', (bytes) => void datagrams.push(bytes.toString('utf8')));
    onTestFinished(() => void daemon.close());
    const daemonAddress = `127.0.0.1:${daemon.address().port}`;
    const tracer = async () => xrayTracer({ daemonAddress, random: () => 0.5 });
    const { gateway } = await stage(steps, {}, { traceHeader, tracer });
    await (await gateway.chat(body)).text();
    await gateway.ended(1);
    return { gateway, datagrams };
  }

  it('has a span for each attempt when the request is over, and nothing of what was asked', async () => {
    const { datagrams } = await traced(header, [{ status: 503 }]);
    await until(() => datagrams.length >= 2);
    const spans = datagrams.map((datagram) => {
      const [protocol, document, ...rest] = datagram.split('\n');
      expect([protocol, rest]).toEqual(['{"format": "json", "version": 1}', []]);
      return asObject(JSON.parse(document ?? ''));
    });
    expect(spans).toMatchObject([
      { name: 'first', http: { response: { status: 503 } }, fault: true, parent_id: '53995c3f42cd8ad8' },
      { name: 'second', trace_id: '1-5759e988-bd862e3fe1be46a994272793', annotations: { outcome: 'ok' } },
    ]);
    expectNothingTold(
      datagrams.map((datagram) => ({ datagram })),
      [secret, prompt, 'tester'],
    );
  });

  it.each([
    ['is not sampled', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0'],
    ['has no header', ''],
  ])('of a request that %s is not sent', async (_name, traceHeader) => {
    const { gateway, datagrams } = await traced(traceHeader, []);
    expect(events(gateway.lines)).toEqual(['request']);
    expect(datagrams).toEqual([]);
  });

  it('that cannot be sent costs no request', async () => {
    const tracer = () => Promise.reject(new Error('no daemon'));
    const { gateway } = await stage([], {}, { traceHeader: header, tracer });
    expect((await whole(gateway.chat())).status).toBe(200);
    await gateway.ended(1);
    expect(events(gateway.lines)).toEqual(['request', 'internal_error']);
    expect(metricsOver(gateway.lines)).toMatchObject({ 'Defects{Deployment=prod}': 1 });
  });
});
