import { beforeAll, expect, it } from 'vitest';
import { asArray, asObject, asString, type JsonObject, parseJson } from '../../lib/domain/json.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import { type Gateway, serve } from '../../lib/pipeline.ts';
import { parseDocument } from '../../lib/policy/document.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { instantTransport, pureGateway } from '../support/pure-gateway.ts';
import { healthOf, routeHealth } from '../support/routing.ts';
import { seeded } from '../support/random.ts';

/** `POST /v1/route` tells what a request would meet: both are asked 10,000 times, on one snapshot and with the same luck. */

const times = 10_000;
const keys = ['weighted', 'adaptive', 'cheapest', 'european'].map((id) => ({
  id,
  clear: `fl-${id}-0123456789`,
}));
const providers = ['a', 'b', 'c', 'd'];
const models = ['m1', 'm2', 'm3'];
const names = [
  ...models,
  ...providers.flatMap((provider) => models.map((model) => `${provider}/${model}`)),
  'fast',
  'unknown/thing',
];

const document = {
  providers: Object.fromEntries(
    providers.map((id, index) => [
      id,
      {
        type: 'openai-compatible',
        baseUrl: `https://${id}.example.com/v1`,
        zones: index < 2 ? ['eu'] : ['us'],
        keys: [
          { id: 'k1', secret: `fairlead/${id}-1`, weight: 2 },
          { id: 'k2', secret: `fairlead/${id}-2`, weight: 1, models: ['m1', 'm2'] },
        ],
        settings: { maxRetries: 0 },
        operations: index === 3 ? ['chat'] : ['chat', 'embeddings'],
      },
    ]),
  ),
  virtualKeys: keys.map(({ id, clear }) => ({
    id,
    key: clear,
    strategy: id === 'european' ? 'adaptive' : id,
    ...(id === 'european' && { zones: ['eu'] }),
    providers: providers.map((provider, index) => ({
      provider,
      weight: [5, 3, 1, 0][index],
      models: index === 2 ? ['m1', 'm2'] : ['*'],
      keys: ['*'],
    })),
  })),
  rules: [
    { id: 'no-m3-abroad', when: "model == 'm3' && provider == 'd'", deny: 'm3 stays at home', priority: 1 },
    {
      id: 'gold',
      when: "headers['x-tier'] == 'gold'",
      targets: [
        { provider: 'b', model: 'm1', weight: 1 },
        { model: 'm2', weight: 2 },
      ],
      fallbacks: ['fast'],
      priority: 2,
    },
    {
      id: 'chained',
      scope: { virtualKey: 'weighted' },
      when: "model == 'm2'",
      targets: [
        { provider: 'a', model: 'm3' },
        { provider: 'c', model: 'm2' },
      ],
      chain: true,
    },
    { id: 'long', when: "params['long'] == '1'", fallbacks: ['d/m1', 'a/m1'], priority: 3 },
  ],
  models: {
    aliases: { fast: ['c/m1', 'b/m2', 'm1'] },
    prices: Object.fromEntries(
      providers.flatMap((id, at) =>
        models.map((model, index) => [
          `${id}/${model}`,
          { inputPerMTok: 1 + ((at + index) % 3), outputPerMTok: 2 },
        ]),
      ),
    ),
  },
};

const states = ['healthy', 'degraded', 'failed', 'recovering'] as const;
const chance = seeded(11);
const pick = <T>(from: readonly T[]): T => {
  const picked = from[Math.floor(chance() * from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
};
const health = healthOf(
  Object.fromEntries(
    providers.flatMap((provider) =>
      models.flatMap((model) => {
        const route = routeHealth({
          state: pick(states),
          share: 0.1,
          ms: 200 + 2_000 * chance(),
          perSecond: 3,
        });
        return [
          [`${provider}/${model}`, route],
          [`${provider}/${model}/k1`, routeHealth({ state: pick(states) })],
        ];
      }),
    ),
  ),
);

const transport = instantTransport((host, body) => {
  // Every third answer fails, so that the order shows in what is asked next.
  if ((body.length + host.charCodeAt(0)) % 3 === 0) {
    return { status: 503, type: 'application/json', pieces: ['{"error":{"message":"overloaded"}}'] };
  }
  const choices = [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }];
  return { status: 200, type: 'application/json', pieces: [JSON.stringify({ choices, data: [] })] };
});

let random = seeded(0);
let lines: JsonObject[] = [];
let gateway: Gateway;

beforeAll(async () => {
  const parsed = parseDocument(document, { envSecrets: false, loopbackHttp: false, hashKey: hashVirtualKey });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  gateway = await pureGateway({
    document: parsed.document,
    transport,
    clock: new ManualClock(),
    random: () => random(),
    health,
    region: { name: 'eu-central-1', zones: ['eu'] },
    log: (line) => void lines.push(line),
  });
});

it('agrees with what becomes of the request', async () => {
  const seen = { answered: 0, refused: 0, fellBack: 0, ruled: 0, lastResorts: 0 };
  for (let each = 0; each < times; each += 1) {
    const embeds = chance() < 0.1;
    const body = JSON.stringify({
      model: pick(names),
      fallbacks: Array.from({ length: Math.floor(chance() * 3) }, () => pick(names)),
      ...(chance() < 0.3 && { prompt_cache_key: `session-${Math.floor(chance() * 9)}` }),
      ...(embeds
        ? { input: ['one'] }
        : { messages: [{ role: 'user', content: 'x'.repeat(chance() * 200) }] }),
    });
    const common = {
      requestId: `r${each}`,
      method: 'POST',
      headers: {
        authorization: `Bearer ${pick(keys).clear}`,
        ...(chance() < 0.2 && { 'x-tier': 'gold' }),
      },
      query: chance() < 0.2 ? { long: '1' } : {},
      body,
      remainingMs: 900_000,
    };
    random = seeded(each);
    const told = await serve(gateway, { ...common, path: '/v1/route' });
    await told.settled;
    const asked = transport.seen.length;
    lines = [];
    random = seeded(each);
    const real = await serve(gateway, {
      ...common,
      path: embeds ? '/v1/embeddings' : '/v1/chat/completions',
    });
    await real.settled;

    const decision = asObject(parseJson(String(told.body)));
    const record = lines.find(({ event }) => event === 'request') ?? {};
    const { rules, candidates, order } = decision;
    expect(told.status).toBe(200);
    expect({ rules, candidates, order }).toEqual({
      rules: record['rules'],
      candidates: record['candidates'],
      order: record['order'],
    });
    const reached = asArray(record['attempts']).map((attempt) => {
      const { provider, model } = asObject(attempt);
      return `${asString(provider)}/${asString(model)}`;
    });
    // Two keys of one target are two attempts.
    const distinct = [...new Set(reached)];
    expect(asArray(order).slice(0, distinct.length)).toEqual(distinct);
    if (decision['error'] !== undefined) {
      expect(transport.seen).toHaveLength(asked);
      const { status, code } = asObject(decision['error']);
      expect(real.status).toBe(status);
      expect(asObject(asObject(parseJson(String(real.body)))['error'])['code']).toBe(code);
      seen.refused += 1;
    } else {
      expect(decision['reason']).toBe(record['decision']);
      seen.answered += 1;
    }
    seen.fellBack += Number(distinct.length > 1);
    seen.ruled += Number(asArray(rules).length > 0);
    seen.lastResorts += Number(
      asArray(candidates).some((entry) => asObject(entry)['lastResort'] !== undefined),
    );
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(times / 50);
}, 120_000);

it('calls nobody', async () => {
  const before = transport.seen.length;
  const { clear } = keys[0] ?? { clear: '' };
  const response = await serve(gateway, {
    requestId: 'r',
    method: 'POST',
    path: '/v1/route',
    headers: { authorization: `Bearer ${clear}` },
    query: {},
    body: JSON.stringify({ model: 'm1', messages: [{ role: 'user', content: 'hi' }] }),
    remainingMs: 900_000,
  });
  await response.settled;
  expect(response.status).toBe(200);
  expect(transport.seen).toHaveLength(before);
});
