import fc from 'fast-check';
import { expect, it } from 'vitest';
import { serve } from '../../lib/pipeline.ts';
import { parseDocument } from '../../lib/policy/document.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { instantTransport, pureGateway, type Instant } from '../support/pure-gateway.ts';
import { healthOf, routeHealth } from '../support/routing.ts';
import { seeded } from '../support/random.ts';

/**
 * Documents, rules, aliases, fallbacks and failures at random: wherever a request of a key goes, first, on retry, as fallback or to
 * continue an answer, it is a provider that lies within the key's zones and has its certifications. The reference is
 * written here anew, from the words of the contract.
 */

const clear = 'fl-residency-0123456789';
const zoneNames = ['eu', 'us', 'uk'];
const certificationNames = ['hipaa', 'soc2'];
const modelNames = ['m1', 'm2', 'm3'];
const providerNames = ['p0', 'p1', 'p2', 'p3', 'p4'];
const aliasNames = ['fast', 'slow'];

const zones = fc.subarray(zoneNames);
const certifications = fc.subarray(certificationNames);
/** Demands that leave something to ask for. */
const few = <T>(some: fc.Arbitrary<T[]>, often: T[]): fc.Arbitrary<T[]> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(often) }, { weight: 1, arbitrary: some });
const model = fc.constantFrom(...modelNames);
const providerName = fc.constantFrom(...providerNames);
const pinned = fc.tuple(providerName, model).map((parts) => parts.join('/'));
const name = fc.oneof(model, pinned, fc.constantFrom(...aliasNames), fc.constant('global.m1'));

const provider = fc.record({
  zones: few(zones, ['eu']),
  certifications: few(certifications, certificationNames),
});
const grants = fc.array(
  fc.record({
    provider: providerName,
    weight: fc.constantFrom(1, 5),
    models: fc.constantFrom(['*'], ['m1', 'm2']),
  }),
  { minLength: 1, maxLength: 5 },
);
const when = fc.constantFrom(
  'true',
  "model == 'm1'",
  "provider == 'p1'",
  "headers['x-zone'] == 'us'",
  "zone == 'eu'",
);
const rule = fc.record(
  {
    when,
    targets: fc.array(fc.record({ provider: providerName, model }), { minLength: 1, maxLength: 3 }),
    fallbacks: fc.array(name, { maxLength: 3 }),
    chain: fc.boolean(),
  },
  { requiredKeys: ['when', 'targets'] },
);
const owner = fc.record({
  zones: fc.oneof(few(zones, []), few(zones, ['eu', 'us'])),
  certifications: few(certifications, []),
});
const fault = fc.constantFrom(
  'ok',
  'ok',
  '503',
  '401',
  '429',
  '404',
  'policy',
  'context',
  'refused',
  'cut',
  'html',
);
const health = fc.constantFrom('healthy', 'failed', 'recovering', 'degraded');

const world = fc.record({
  providers: fc.tuple(provider, provider, provider, provider, provider),
  faults: fc.tuple(fault, fault, fault, fault, fault),
  healths: fc.tuple(health, health, health, health, health),
  grants,
  customer: owner,
  team: owner,
  key: owner,
  strategy: fc.constantFrom('weighted', 'adaptive', 'cheapest'),
  rules: fc.array(rule, { maxLength: 4 }),
  aliases: fc.tuple(
    fc.array(fc.oneof(model, pinned), { minLength: 1, maxLength: 3 }),
    fc.array(fc.oneof(model, pinned), { minLength: 1, maxLength: 3 }),
  ),
  model: name,
  fallbacks: fc.array(name, { maxLength: 4 }),
  headers: fc.constantFrom(
    {},
    { 'x-zone': 'us' },
    { 'x-fairlead-zone': 'us', 'x-fairlead-provider': 'p1', 'x-fairlead-region': 'us-east-1' },
  ),
  stream: fc.boolean(),
  region: fc.constantFrom({ name: 'eu-central-1', zones: ['eu'] }, { name: 'us-east-1', zones: ['us'] }),
  seed: fc.integer(),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const documentOf = (w: World): object => ({
  providers: Object.fromEntries(
    w.providers.map((each, index) => [
      `p${index}`,
      {
        type: 'openai-compatible',
        baseUrl: `https://p${index}.example.com/v1`,
        ...each,
        settings: { maxRetries: 0 },
      },
    ]),
  ),
  customers: [{ id: 'c', ...w.customer }],
  teams: [{ id: 't', customer: 'c', ...w.team }],
  virtualKeys: [
    {
      id: 'k',
      team: 't',
      key: clear,
      ...w.key,
      strategy: w.strategy,
      providers: [...new Map(w.grants.map((each) => [each.provider, { keys: ['*'], ...each }])).values()],
    },
  ],
  rules: w.rules.map((each, index) => ({ id: `r${index}`, priority: index, ...each })),
  models: { aliases: { fast: w.aliases[0], slow: w.aliases[1] } },
  decisionRecords: 'none',
});

const error = (status: number, message: string, code?: string): Instant => ({
  status,
  type: 'application/json',
  pieces: [JSON.stringify({ error: { message, ...(code !== undefined && { code }) } })],
});

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

function answerOf(kind: string, stream: boolean): Instant | 'refused' {
  if (kind === 'refused') return 'refused';
  if (kind === '503') return error(503, 'overloaded');
  if (kind === '401') return error(401, 'bad key');
  if (kind === '429') return error(429, 'slow down');
  if (kind === '404') return error(404, 'The model does not exist', 'model_not_found');
  if (kind === 'policy') return error(400, 'content policy', 'content_policy_violation');
  if (kind === 'context') return error(400, 'too long', 'context_length_exceeded');
  if (kind === 'html') return { status: 200, type: 'text/html', pieces: ['<html>'] };
  if (!stream) {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }];
    const text = JSON.stringify({ id: 'c', object: 'chat.completion', choices });
    return kind === 'cut'
      ? { status: 200, type: 'application/json', pieces: [text.slice(0, 20)], cut: true }
      : { status: 200, type: 'application/json', pieces: [text] };
  }
  const pieces = [chunk({ role: 'assistant', content: 'hel' })];
  return kind === 'cut'
    ? { status: 200, type: 'text/event-stream', pieces, cut: true }
    : {
        status: 200,
        type: 'text/event-stream',
        pieces: [...pieces, chunk({ content: 'lo' }), chunk({}, 'stop'), 'data: [DONE]\n\n'],
      };
}

/** Whom the contract lets the key use. */
function lawfulFor(w: World): readonly string[] {
  const demanded = [w.customer, w.team, w.key];
  const listed = demanded.map((each) => each.zones).filter((each) => each.length > 0);
  const allowed = zoneNames.filter((zone) => listed.every((each) => each.includes(zone)));
  const certified = demanded.flatMap((each) => each.certifications);
  return providerNames.filter((_, index) => {
    const declared = w.providers[index] ?? { zones: [], certifications: [] };
    const inside =
      listed.length === 0 ||
      (declared.zones.length > 0 && declared.zones.every((zone) => allowed.includes(zone)));
    return inside && certified.every((each) => declared.certifications.includes(each));
  });
}

it('never lets an attempt leave the zones and certifications of its key', async () => {
  let asked = 0;
  let fallenBack = 0;
  let narrowed = 0;
  await fc.assert(
    fc.asyncProperty(world, async (w) => {
      const parsed = parseDocument(documentOf(w), {
        envSecrets: true,
        loopbackHttp: true,
        hashKey: hashVirtualKey,
      });
      // A key for which nothing is lawful is refused when it is stored.
      if (!parsed.ok) {
        expect(parsed.problems.map(({ message }) => message).join()).toMatch(/lawful|in common/);
        return;
      }
      const hostIndex = (host: string): number => Number(host.slice(1, 2));
      const transport = instantTransport((host) => answerOf(w.faults[hostIndex(host)] ?? 'ok', w.stream));
      const gateway = await pureGateway({
        document: parsed.document,
        transport,
        clock: new ManualClock(),
        random: seeded(w.seed),
        region: w.region,
        health: healthOf(
          Object.fromEntries(
            w.healths.flatMap((state, index) =>
              modelNames.map((each) => [`p${index}/${each}`, routeHealth({ state, share: 0.1 })]),
            ),
          ),
        ),
      });
      const response = await serve(gateway, {
        requestId: 'r',
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { authorization: `Bearer ${clear}`, ...w.headers },
        query: {},
        body: JSON.stringify({
          model: w.model,
          fallbacks: w.fallbacks,
          stream: w.stream,
          messages: [{ role: 'user', content: 'Hello' }],
        }),
        remainingMs: 900_000,
      });
      if (typeof response.body === 'function') {
        response.body({
          write: () => true,
          end: () => {},
          abort: () => {},
          onDrain: () => {},
          onGone: () => {},
        });
      }
      await response.settled;

      const lawful = lawfulFor(w);
      const reached = transport.seen.map((host) => host.split('.')[0] ?? '');
      expect(lawful).toEqual(expect.arrayContaining(reached));
      const listed = [w.customer, w.team, w.key].map((each) => each.zones).filter((each) => each.length > 0);
      const mayBeHere = listed.every((each) => each.includes(w.region.zones[0] ?? ''));
      if (!mayBeHere) {
        expect(response.status).toBe(421);
        expect(reached).toEqual([]);
      }
      asked += Number(reached.length > 0);
      fallenBack += Number(new Set(reached).size > 1);
      narrowed += Number(reached.length > 0 && lawful.length < providerNames.length);
    }),
    { numRuns: 1_500 },
  );
  // The worlds are such that something can go wrong in them.
  expect(asked).toBeGreaterThan(200);
  expect(fallenBack).toBeGreaterThan(50);
  expect(narrowed).toBeGreaterThan(60);
}, 60_000);
