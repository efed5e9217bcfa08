import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asArray, asObject, type JsonObject, parseJson } from '../../lib/domain/json.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { prompt, question, readChatStream, startProvider, virtualKey } from '../support/gateway.ts';
import { type ScriptedProvider, SocketClock, type Step } from '../support/scripted.ts';
import {
  type DeployedGateway,
  deployedGateway,
  type Lambda,
  proxied,
  removeBundle,
  roleSecret,
  startLambda,
} from './lambda.ts';
import type { Invocation } from './runtime-api.ts';

const integrationResponse = 'application/vnd.awslambda.http-integration-response';
const otherKey = 'fl-test-0a1b2c3d4e5f6789';
const text = 'Herons wade in shallow water.';

/** Lambda's time-out less what the gateway keeps of it for its last writes, in milliseconds. */
const keptMs = 30_000;

/** A deadline that passes in a test, and long enough for a request to reach its provider. */
const shortMs = 1_500;

let gateway: DeployedGateway;
// Synthesising and bundling take seconds.
beforeAll(() => void (gateway = deployedGateway()), 120_000);
afterAll(() => removeBundle(gateway));

interface Scene extends Lambda {
  readonly provider: ScriptedProvider;
  /** Of the provider alone. */
  readonly clock: SocketClock;
  ask(requestId: string, body?: object, remainingMs?: number): Invocation;
}

async function stage(...steps: readonly Step[]): Promise<Scene> {
  const clock = new SocketClock();
  const provider = await startProvider({ clock, behaviours: { '*': { text } } });
  provider.script(() => true, steps);
  const allowed = [{ provider: 'in-house', models: ['*'] }];
  const lambda = await startLambda(gateway, {
    document: {
      providers: { 'in-house': { type: 'openai-compatible', baseUrl: `${provider.baseUrl}/v1`, keys: [] } },
      virtualKeys: [
        { id: 'tester', key: virtualKey, providers: allowed, rateLimits: [{ requests: 100, every: '1h' }] },
        { id: 'other', key: otherKey, providers: allowed },
      ],
      defaults: { maxRetries: 0 },
    },
  });
  return {
    ...lambda,
    provider,
    clock,
    ask: (requestId, body = {}, remainingMs) =>
      lambda.api.invoke(
        requestId,
        proxied(requestId, virtualKey, { model: 'in-house/m', messages: question, ...body }),
        remainingMs,
      ),
  };
}

const errorOf = ({ body }: Invocation): JsonObject => asObject(asObject(parseJson(body))['error']);

const answerOf = ({ body }: Invocation): unknown =>
  asObject(asObject(asArray(asObject(parseJson(body))['choices'])[0])['message'])['content'];

describe("the deployed bundle under Lambda's runtime client", () => {
  it('starts, is ready for its first invocation, and answers it whole', async () => {
    const { ask, api } = await stage();
    const invocation = await ask('first').end();
    expect(api.initErrors).toEqual([]);
    expect(invocation).toMatchObject({ contentType: integrationResponse, responseMode: 'streaming' });
    expect(invocation.prelude).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': 'application/json',
        'x-fairlead-request-id': 'first',
        'x-fairlead-region': 'eu-central-1',
        'x-fairlead-provider': 'in-house',
      },
    });
    expect(answerOf(invocation)).toBe(text);
    expect(invocation.error).toBeUndefined();
  });

  it('streams what has come so far, not at the end', async () => {
    const { ask, clock, happenings, provider } = await stage({ text, chunkEveryMs: 1_000 });
    const invocation = ask('streamed', { stream: true });
    await provider.received(1);
    // What opens the stream, the first words, and no more until those have arrived.
    await clock.armed(1);
    await clock.advance(3_000);
    await happenings.until(() => readChatStream(invocation.body).text.startsWith('Herons'));
    expect(invocation.prelude).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': expect.stringMatching(/^text\/event-stream/) },
    });
    expect(invocation.ended).toBe(false);
    expect(readChatStream(invocation.body).text.length).toBeLessThan(text.length);
    expect(clock.pending).toBe(1);
    while (clock.pending > 0) await clock.advance(1_000);
    await invocation.end();
    expect(readChatStream(invocation.body)).toMatchObject({ text, finish: 'stop', done: 1, errors: [] });
  });

  it('answers an error before the first byte with its status and shape', async () => {
    const { ask, api } = await stage({ status: 400, error: { message: 'No such knob.' } });
    const refused = await ask('refused', { stream: true }).end();
    expect(refused.prelude).toMatchObject({
      statusCode: 400,
      headers: { 'content-type': 'application/json' },
    });
    expect(errorOf(refused)).toMatchObject({ message: expect.stringContaining('No such knob.') });
    const unknown = await api.invoke('unknown', proxied('unknown', 'fl-nobody', { model: 'm' })).end();
    expect(unknown.prelude?.statusCode).toBe(401);
    expect(errorOf(unknown)).toMatchObject({ code: 'invalid_virtual_key' });
    expect([refused.error, unknown.error]).toEqual([undefined, undefined]);
  });

  it('ends a stream that broke with one error event, and serves the next invocation', async () => {
    const { ask } = await stage({ text, fault: { kind: 'cut', after: 2 } });
    const broken = await ask('broken', { stream: true }).end();
    expect(broken.prelude?.statusCode).toBe(200);
    const stream = readChatStream(broken.body);
    expect(text.startsWith(stream.text) && stream.text !== '').toBe(true);
    expect(stream).toMatchObject({ finish: undefined, done: 0, errors: [expect.anything()] });
    const next = await ask('next').end();
    expect(answerOf(next)).toBe(text);
  });

  it('asks for no invocation before what follows the last byte is written', async () => {
    const { ask, happenings, database } = await stage();
    const { decisions, quotas } = database.tableNames;
    const letGo = database.holdBack(`PutItem ${decisions}`);
    await ask('settled', { stream: true }).end();
    await happenings.until(() => happenings.count(`UpdateItem ${quotas}`) > 0);
    expect(happenings.count('next')).toBe(1);
    letGo();
    await happenings.until(() => happenings.count('next') === 2);
    const after = happenings.list.slice(happenings.list.indexOf('last byte') + 1);
    expect(after).toEqual(expect.arrayContaining([`PutItem ${decisions}`, `UpdateItem ${quotas}`]));
    expect(after.at(-1)).toBe('next');
  });

  it('answers 504 by its own deadline, before Lambda ends the function', async () => {
    const { ask, happenings, provider } = await stage({}, { fault: { kind: 'never_responds' } });
    // By now everything is loaded, and a short deadline is one of the provider's.
    await ask('first').end();
    const late = await ask('late', {}, keptMs + shortMs).end();
    expect(provider.requests).toHaveLength(2);
    expect(late.prelude?.statusCode).toBe(504);
    expect(errorOf(late)).toMatchObject({ code: 'deadline_exceeded' });
    expect(late.error).toBeUndefined();
    await happenings.until(() => happenings.count('next') === 3);
  });

  it('ends a stream by its own deadline with one error event', async () => {
    const { ask } = await stage({}, { text, fault: { kind: 'stall', after: 2 } });
    await ask('first').end();
    const late = await ask('late', { stream: true }, keptMs + shortMs).end();
    expect(late.prelude?.statusCode).toBe(200);
    expect(readChatStream(late.body)).toMatchObject({
      done: 0,
      finish: undefined,
      errors: [expect.objectContaining({ code: 'deadline_exceeded' })],
    });
    const next = await ask('next').end();
    expect(answerOf(next)).toBe(text);
  });

  it('keeps nothing of one invocation for the next', async () => {
    const { ask, api, provider, log } = await stage(
      { text: 'For the first alone.' },
      { text: 'For the other.' },
    );
    const first = await ask('first').end();
    const second = await api
      .invoke('second', proxied('second', otherKey, { model: 'in-house/n', messages: question }))
      .end();
    expect([answerOf(first), answerOf(second)]).toEqual(['For the first alone.', 'For the other.']);
    expect(second.prelude?.headers).toMatchObject({
      'x-fairlead-request-id': 'second',
      'x-fairlead-model': 'n',
    });
    // Only the first key has a limit to tell of.
    expect(first.prelude?.headers).toHaveProperty('x-ratelimit-limit-requests');
    expect(second.prelude?.headers).not.toHaveProperty('x-ratelimit-limit-requests');
    expect(provider.requests.map(({ model }) => model)).toEqual(['m', 'n']);
    const nobody = await api.invoke('third', proxied('third', 'fl-nobody', { model: 'in-house/m' })).end();
    expect(nobody.prelude?.statusCode).toBe(401);
    expect(log.join('\n')).not.toMatch(new RegExp(`heron|${prompt}|${virtualKey}|${otherKey}|alone`, 'i'));
  });

  it('reports a start that fails by what is missing, with no secret, and asks for nothing', async () => {
    const { api, happenings, exited } = await startLambda(gateway, {
      environment: { [environmentNames.quotasTable]: undefined },
    });
    expect(await exited).not.toBe(0);
    expect(api.initErrors).toEqual([
      {
        errorType: 'Error',
        errorMessage: `environment variable ${environmentNames.quotasTable} is not set`,
      },
    ]);
    expect(JSON.stringify(api.initErrors)).not.toContain(roleSecret);
    expect(happenings.count('next')).toBe(0);
  });
});
