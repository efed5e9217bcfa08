import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asArray, asObject, parseJson } from '../../lib/domain/json.ts';
import { question, readChatStream, startProvider } from '../support/gateway.ts';
import { seeded } from '../support/random.ts';
import { SocketClock } from '../support/scripted.ts';
import { type DeployedGateway, deployedGateway, proxied, removeBundle, startLambda } from './lambda.ts';
import type { Invocation } from './runtime-api.ts';

let gateway: DeployedGateway;
// Synthesising and bundling take seconds.
beforeAll(() => void (gateway = deployedGateway()), 120_000);
afterAll(() => removeBundle(gateway));

const keyOf = (index: number): string => `fl-test-${String(index).padStart(16, '0')}`;

const documentFor = (baseUrl: string, keys: number): object => ({
  providers: { 'in-house': { type: 'openai-compatible', baseUrl: `${baseUrl}/v1`, keys: [] } },
  virtualKeys: Array.from({ length: keys }, (_, index) => ({
    id: `key-${index}`,
    key: keyOf(index),
    providers: [{ provider: 'in-house', models: ['*'] }],
  })),
});

const ask = (index: number): object => ({
  model: `in-house/m${index}`,
  messages: question,
  stream: index % 2 === 1,
});

const textOf = ({ body }: Invocation): unknown =>
  body.startsWith('{')
    ? asObject(asObject(asArray(asObject(parseJson(body))['choices'])[0])['message'])['content']
    : readChatStream(body).text;

/** What the log tells of requests; lines of two threads come over one stream. */
const requestLines = (log: readonly string[]): readonly object[] =>
  log
    .map((line) => asObject(parseJson(line)))
    .filter(({ event }) => event === 'request')
    .map(({ request_id: request, virtual_key_id: key, model }) => ({ request, key, model }));

describe("an environment that serves many requests, under Lambda's runtime client", () => {
  it('keeps 100 requests at a time apart, in two threads', async () => {
    const many = 100;
    const indices = Array.from({ length: many }, (_, index) => index);
    const random = seeded(7);
    const clock = new SocketClock();
    // Nobody is answered before all have asked, and then in an order of its own.
    const provider = await startProvider({
      clock,
      behaviours: Object.fromEntries(
        indices.map((index) => [
          `m${index}`,
          { text: `Answer number ${index}.`, headersAfterMs: 1 + Math.floor(random() * many) },
        ]),
      ),
    });
    const { api, happenings, log } = await startLambda(gateway, {
      document: documentFor(provider.baseUrl, many),
      concurrency: { requests: many, workers: 2 },
    });
    await happenings.until(() => happenings.count('next') === 2);
    const invocations = indices.map((index) =>
      api.invoke(`request-${index}`, proxied(`request-${index}`, keyOf(index), ask(index))),
    );
    await provider.received(many);
    await clock.armed(many);
    for (let ms = 0; ms < many; ms += 1) await clock.advance(1);
    await Promise.all(invocations.map((invocation) => invocation.end()));

    expect(invocations.map(textOf)).toEqual(indices.map((index) => `Answer number ${index}.`));
    expect(
      invocations.map(({ prelude }) => [prelude?.statusCode, prelude?.headers['x-fairlead-request-id']]),
    ).toEqual(indices.map((index) => [200, `request-${index}`]));
    await happenings.until(() => log.filter((line) => line.includes('"event":"request"')).length === many);
    expect(new Set(requestLines(log))).toEqual(
      new Set(
        indices.map((index) => ({
          request: `request-${index}`,
          key: `key-${index}`,
          model: `m${index}`,
        })),
      ),
    );
  }, 120_000);

  it('streams one response while another of the same thread is open', async () => {
    const clock = new SocketClock();
    const provider = await startProvider({
      clock,
      behaviours: {
        m1: { text: 'Slow words come one by one.', chunkEveryMs: 1_000 },
        m3: { text: 'At once.' },
      },
    });
    const { api, happenings } = await startLambda(gateway, {
      document: documentFor(provider.baseUrl, 4),
      concurrency: { requests: 2, workers: 1 },
    });
    const slow = api.invoke('slow', proxied('slow', keyOf(1), ask(1)));
    await clock.armed(1);
    await clock.advance(3_000);
    await happenings.until(() => readChatStream(slow.body).text !== '');
    const quick = await api.invoke('quick', proxied('quick', keyOf(3), ask(3))).end();
    expect(textOf(quick)).toBe('At once.');
    expect(slow.ended).toBe(false);
    while (clock.pending > 0) await clock.advance(1_000);
    await slow.end();
    expect(textOf(slow)).toBe('Slow words come one by one.');
  });

  it('ends a request whose deadline passes alone', async () => {
    const clock = new SocketClock();
    const provider = await startProvider({
      clock,
      behaviours: { m0: { fault: { kind: 'never_responds' } }, m2: { text: 'In time.', headersAfterMs: 1 } },
    });
    const { api } = await startLambda(gateway, {
      document: documentFor(provider.baseUrl, 4),
      concurrency: { requests: 2, workers: 1 },
    });
    const other = api.invoke('other', proxied('other', keyOf(2), ask(2)));
    // By now everything is loaded, and a short deadline is one of the provider's.
    await provider.received(1);
    const late = api.invoke('late', proxied('late', keyOf(0), ask(0)), 32_000);
    await provider.received(2);
    expect((await late.end()).prelude?.statusCode).toBe(504);
    expect(other.ended).toBe(false);
    await clock.advance(1);
    expect(textOf(await other.end())).toBe('In time.');
  });
});
