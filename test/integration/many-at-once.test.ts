import { expect, it } from 'vitest';
import { asArray, asObject, type JsonObject, parseJson } from '../../lib/domain/json.ts';
import { question, readChatStream, startProvider, until, WatchedClock } from '../support/gateway.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seeded } from '../support/random.ts';
import { receive, SocketClock } from '../support/scripted.ts';
import { type Deployed, startDeployed } from './deployed.ts';

const many = 200;
const indices = Array.from({ length: many }, (_, index) => index);
const keyOf = (index: number): string => `fl-many-${String(index).padStart(16, '0')}`;

/** Each key may ask once an hour; each is told of a limit in tokens that no other has. */
const documentFor = (baseUrl: string, settings: object = {}): object => ({
  providers: { first: { type: 'openai-compatible', baseUrl: `${baseUrl}/v1` } },
  virtualKeys: indices.map((index) => ({
    id: `key-${index}`,
    key: keyOf(index),
    providers: [{ provider: 'first', models: ['*'], keys: ['*'] }],
    rateLimits: [
      { requests: 1, every: '1h' },
      { tokens: 1_000_000 + index, every: '1h' },
    ],
  })),
  ...settings,
});

/** One asks for a stream, the next for a whole answer. */
const ask = ({ baseUrl }: Deployed, index: number): Promise<Response> =>
  fetch(`${baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keyOf(index)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: `first/m${index}`, messages: question, stream: index % 2 === 1 }),
  });

interface Told {
  readonly status: number;
  readonly text: unknown;
  readonly code: unknown;
  readonly requestId: string;
  readonly model: string | null;
  readonly tokenLimit: string | null;
}

async function told(asking: Promise<Response>): Promise<Told> {
  const { status, headers, text } = await receive(await asking);
  const body = asObject(parseJson(text));
  const message = asObject(asObject(asArray(body['choices'])[0])['message']);
  return {
    status,
    text: text.startsWith('{') ? message['content'] : readChatStream(text).text,
    code: asObject(body['error'])['code'],
    requestId: headers.get('x-fairlead-request-id') ?? '',
    model: headers.get('x-fairlead-model'),
    tokenLimit: headers.get('x-ratelimit-limit-tokens'),
  };
}

const requestLines = (log: readonly object[]): readonly JsonObject[] =>
  log.map((line) => asObject(parseJson(JSON.stringify(line)))).filter(({ event }) => event === 'request');

it('keeps 200 requests apart that one environment serves at the same time, in whatever order they end', async () => {
  const clock = new SocketClock();
  const random = seeded(20_260_101);
  // Nobody is answered before all have asked, and then in an order of its own.
  const provider = await startProvider({
    clock,
    behaviours: Object.fromEntries(
      indices.map((index) => [
        `m${index}`,
        { text: `Heron ${index}.`, headersAfterMs: 1 + Math.floor(random() * many) },
      ]),
    ),
  });
  const deployed = await startDeployed({
    document: documentFor(provider.baseUrl),
    region: 'eu-central-1',
    // Stands still: however long this takes, no stream is opened ahead of its content.
    clock: new ManualClock(),
  });
  const asking = Promise.all(indices.map((index) => told(ask(deployed, index))));
  await provider.received(many);
  await clock.armed(many);
  await clock.advance(many);
  const answers = await asking;
  expect(answers.map(({ requestId: _requestId, ...rest }) => rest)).toEqual(
    indices.map((index) => ({
      status: 200,
      text: `Heron ${index}.`,
      code: undefined,
      model: `m${index}`,
      tokenLimit: String(1_000_000 + index),
    })),
  );

  // Each key has had its one request, and nobody else's.
  const refused = await Promise.all(indices.map((index) => told(ask(deployed, index))));
  expect(new Set(refused.map(({ status, code }) => `${status} ${code}`))).toEqual(
    new Set(['429 rate_limited']),
  );
  expect(provider.requests).toHaveLength(many);

  await until(() => requestLines(deployed.log).length === 2 * many);
  const lines = new Map(requestLines(deployed.log).map((line) => [line['request_id'], line]));
  expect(lines.size).toBe(2 * many);
  for (const round of [answers, refused]) {
    for (const [index, { requestId, status }] of round.entries()) {
      expect(lines.get(requestId)).toMatchObject({ virtual_key_id: `key-${index}`, status });
    }
  }
}, 120_000);

it('ends a request whose deadline passes, and no other', async () => {
  const clock = new WatchedClock();
  const provider = await startProvider({ clock: new SocketClock() });
  const held = { kind: 'never_responds' } as const;
  provider.script('m0', [{ fault: held }]);
  const ofProvider = new SocketClock();
  const other = await startProvider({
    clock: ofProvider,
    behaviours: { '*': { text: 'In time.', headersAfterMs: 1 } },
  });
  const allowed = ['first', 'second'].map((id) => ({ provider: id, models: ['*'], keys: ['*'] }));
  const deployed = await startDeployed({
    region: 'eu-central-1',
    clock,
    document: {
      ...documentFor(provider.baseUrl, { defaults: { deadlineMs: 60_000, maxRetries: 0 } }),
      providers: {
        first: { type: 'openai-compatible', baseUrl: `${provider.baseUrl}/v1` },
        second: { type: 'openai-compatible', baseUrl: `${other.baseUrl}/v1` },
      },
      virtualKeys: [{ id: 'one', key: keyOf(0), providers: allowed }],
    },
  });
  const chat = (model: string): Promise<Told> =>
    told(
      fetch(`${deployed.baseUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${keyOf(0)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: question }),
      }),
    );
  const late = chat('first/m0');
  await provider.received(1);
  await clock.advance(30_000);
  const later = Array.from({ length: 20 }, () => chat('second/m'));
  await other.received(20);
  await clock.advance(30_000);
  expect(await late).toMatchObject({ status: 504, code: 'deadline_exceeded' });
  expect(other.requests).toHaveLength(20);
  await ofProvider.armed(20);
  await ofProvider.advance(1);
  for (const answer of await Promise.all(later))
    expect(answer).toMatchObject({ status: 200, text: 'In time.' });
});
