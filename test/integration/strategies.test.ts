import { describe, expect, it } from 'vitest';
import { asArray, asObject } from '../../lib/domain/json.ts';
import {
  type GatewayOptions,
  question,
  startGateway,
  startProvider,
  WatchedClock,
} from '../support/gateway.ts';
import { seeded } from '../support/random.ts';
import type { ScriptedProvider, Step } from '../support/scripted.ts';

/** Each strategy as an application meets it: through the official SDK, a real gateway and providers that differ. */

const names = ['a', 'b'] as const;

interface Options extends Partial<Omit<GatewayOptions, 'providers' | 'clock'>> {
  /** What each provider does with every request. */
  readonly does?: Partial<Record<(typeof names)[number], Step>>;
  /** Further fields of each provider in the document. */
  readonly entries?: Partial<Record<(typeof names)[number], object>>;
}

async function stage({ does = {}, entries = {}, ...options }: Options = {}) {
  const clock = new WatchedClock(Date.parse('2026-11-25T10:00:00Z'));
  const [a, b] = await Promise.all([
    startProvider({ clock, behaviours: { '*': does.a ?? {} } }),
    startProvider({ clock, behaviours: { '*': does.b ?? {} } }),
  ]);
  const entry = (provider: ScriptedProvider, more: object = {}) => ({
    type: 'openai-compatible',
    baseUrl: `${provider.baseUrl}/v1`,
    ...more,
  });
  const gateway = await startGateway({
    providers: { a: entry(a, entries.a), b: entry(b, entries.b) },
    grants: names.map((provider) => ({ provider, weight: 1, models: ['*'], keys: ['*'] })),
    clock,
    random: seeded(2026),
    ...options,
  });
  const client = gateway.openai();
  let settled = 0;
  /** Streams one answer, time passing as the providers need it; who gave it, and how it was told. */
  const ask = async (body: object = {}, headers: Readonly<Record<string, string>> = {}) => {
    let over = false;
    const answering = (async () => {
      const { data, response } = await client.chat.completions
        .create({ model: 'm', messages: question, stream: true, ...body }, { headers: { ...headers } })
        .withResponse();
      let text = '';
      for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? '';
      return { text, headers: response.headers, provider: response.headers.get('x-fairlead-provider') };
    })().finally(() => (over = true));
    answering.catch(() => undefined);
    while (!over) await clock.advance(50);
    const answer = await answering;
    await gateway.records((settled += 1));
    return answer;
  };
  /** How many of so many requests each provider answered. */
  const tally = async (requests: number, body: object = {}) => {
    const counts: Record<string, number> = { a: 0, b: 0 };
    for (let each = 0; each < requests; each += 1) {
      const { provider } = await ask(body);
      counts[provider ?? ''] = (counts[provider ?? ''] ?? 0) + 1;
    }
    return counts;
  };
  const lastRecord = async () => (await gateway.records(settled)).at(-1) ?? {};
  return { clock, gateway, client, a, b, ask, tally, lastRecord };
}

const priced = (a: number, b: number) => ({
  models: {
    prices: {
      'a/m': { inputPerMTok: a, outputPerMTok: a },
      'b/m': { inputPerMTok: b, outputPerMTok: b },
      'b/small': { inputPerMTok: 0.01, outputPerMTok: 0.01 },
    },
  },
});

describe('the adaptive strategy', () => {
  it('leaves a provider that begins late, and says why', { timeout: 60_000 }, async () => {
    const { tally, lastRecord } = await stage({
      does: { a: { headersAfterMs: 2_000 }, b: { headersAfterMs: 200 } },
      key: { strategy: 'adaptive' },
    });
    await tally(40);
    const { a = 0, b = 0 } = await tally(40);
    expect(a + b).toBe(40);
    expect(a).toBeLessThan(8);
    const record = await lastRecord();
    expect(record['decision']).toBe('adaptive choice');
    const [first, second] = asArray(record['candidates']).map((each) => asObject(asObject(each)['score']));
    expect(Number(first?.['latency'])).toBeLessThan(0.1);
    expect(second?.['latency']).toBe(1);
  });

  it('without it the provider keeps its half', { timeout: 60_000 }, async () => {
    const { tally } = await stage({ does: { a: { headersAfterMs: 2_000 }, b: { headersAfterMs: 200 } } });
    await tally(40);
    const { a = 0 } = await tally(40);
    expect(a).toBeGreaterThan(12);
  });

  it('chooses among the keys of a pinned provider too', { timeout: 60_000 }, async () => {
    const { ask, a } = await stage({
      key: { strategy: 'adaptive' },
      entries: {
        a: {
          keys: [
            { id: 'used-up', env: 'KEY_1' },
            { id: 'fresh', env: 'KEY_2' },
          ],
        },
      },
      env: { KEY_1: 'value-of-key-1', KEY_2: 'value-of-key-2' },
    });
    const keyOf = (index: number) => a.requests.at(index)?.headers['authorization'];
    a.script(
      ({ headers }) => headers['authorization']?.includes('value-of-key-1') === true,
      [
        ...Array.from({ length: 100 }, () => ({
          headers: { 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '1' },
        })),
      ],
    );
    for (let each = 0; each < 60; each += 1) await ask({ model: 'a/m' });
    const used = a.requests.slice(-30).filter((_, index) => keyOf(index - 30)?.includes('value-of-key-1'));
    expect(used.length).toBeLessThan(8);
  });
});

describe('a route that keeps failing', () => {
  it('is left at once by a function that sees it, and taken up again when it answers', async () => {
    const { ask, a, b, clock } = await stage({
      grants: [
        { provider: 'a', weight: 1, models: ['*'], keys: ['*'] },
        { provider: 'b', weight: 0, models: ['*'], keys: ['*'] },
      ],
      entries: { a: { settings: { maxRetries: 0 } } },
    });
    a.script(
      () => true,
      Array.from({ length: 3 }, () => ({ status: 503 })),
    );
    for (let each = 0; each < 3; each += 1) expect((await ask()).provider).toBe('b');
    expect(a.requests).toHaveLength(3);
    expect((await ask()).provider).toBe('b');
    expect(a.requests).toHaveLength(3);
    expect(b.requests).toHaveLength(4);
    for (let minute = 0; minute < 10 && (await ask()).provider !== 'a'; minute += 1)
      await clock.advance(60_000);
    expect((await ask()).provider).toBe('a');
  });
});

describe('the cheapest strategy', () => {
  it('goes where this request costs least, and on from there when that fails', async () => {
    const { ask, b } = await stage({
      key: { strategy: 'cheapest' },
      document: priced(3, 1),
      entries: { b: { settings: { maxRetries: 0 } } },
    });
    expect((await ask()).provider).toBe('b');
    b.script(() => true, [{ status: 503 }]);
    const { provider, headers } = await ask();
    expect([provider, headers.get('x-fairlead-attempts')]).toEqual(['a', '2']);
    expect(headers.get('x-fairlead-decision')).toBe('cheapest target');
  });
});

describe('rules', () => {
  it('route by header, parameter and body, and deny with their reason', async () => {
    const { ask, client } = await stage({
      document: {
        rules: [
          { id: 'gold', when: "headers['x-tier'] == 'gold'", targets: [{ provider: 'b', model: 'large' }] },
          {
            id: 'no-novels',
            when: 'body.max_tokens > 1000',
            deny: 'answers over 1,000 tokens are not for this team',
          },
          {
            id: 'sonnets',
            when: "model.matches('^sonnet-[0-9]+$')",
            targets: [{ provider: 'a', model: 'poet' }],
          },
        ],
      },
    });
    const gold = await ask({}, { 'X-Tier': 'gold' });
    expect([gold.provider, gold.headers.get('x-fairlead-model')]).toEqual(['b', 'large']);
    expect(gold.headers.get('x-fairlead-decision')).toBe('rule gold: only target of 1');
    expect((await ask({ model: 'sonnet-18' })).headers.get('x-fairlead-model')).toBe('poet');
    const refused = client.chat.completions.create({ model: 'm', messages: question, max_tokens: 2_000 });
    await expect(refused).rejects.toMatchObject({
      status: 403,
      code: 'model_not_allowed',
      message: expect.stringContaining(
        'rule "no-novels" denies it: answers over 1,000 tokens are not for this team',
      ),
    });
  });

  it('save money while a budget runs low, and return by themselves when its window resets', async () => {
    const { ask, clock } = await stage({
      does: { a: { usage: { inputTokens: 1_000, outputTokens: 1_000 } } },
      key: { budgets: [{ limitUsd: 1, every: '1h', calendar: true }] },
      document: {
        ...priced(200, 200),
        rules: [{ id: 'save', when: 'budget_used > 50', targets: [{ provider: 'b', model: 'small' }] }],
      },
    });
    const modelOf = async () => (await ask({ model: 'a/m' })).headers.get('x-fairlead-model');
    expect(await modelOf()).toBe('m');
    expect(await modelOf()).toBe('m');
    // Figures over half a minute old are read before they are used.
    await clock.advance(31_000);
    expect(await modelOf()).toBe('small');
    expect(await modelOf()).toBe('small');
    await clock.advance(3_600_000);
    expect(await modelOf()).toBe('m');
  });
});

describe('all five strategies on one key', () => {
  it('keep their order: rule, residency, health, price, failover', { timeout: 60_000 }, async () => {
    const { ask, gateway, a, b } = await stage({
      key: { strategy: 'cheapest', zones: ['eu'], certifications: ['soc2'] },
      entries: {
        a: { zones: ['eu'], certifications: ['soc2'], settings: { maxRetries: 0 } },
        b: { zones: ['eu'], certifications: ['soc2'], settings: { maxRetries: 0 } },
      },
      document: {
        ...priced(1, 3),
        rules: [
          {
            id: 'night',
            when: "headers['x-job'] == 'night' && zone == 'eu' && request_type == 'chat'",
            targets: [
              { provider: 'a', model: 'm', weight: 1 },
              { provider: 'b', model: 'm', weight: 1 },
            ],
          },
          { id: 'no-images', when: "model.startsWith('image-')", deny: 'no images here' },
        ],
      },
    });
    const night = { 'x-job': 'night' };
    // Cheapest among the rule's lawful targets.
    const first = await ask({ model: 'whatever' }, night);
    expect(first.provider).toBe('a');
    expect(first.headers.get('x-fairlead-zone')).toBe('eu');
    expect(first.headers.get('x-fairlead-decision')).toBe('rule night: cheapest target');
    // Failover to the dearer one, then its circuit keeps requests away.
    a.script(
      () => true,
      Array.from({ length: 3 }, () => ({ status: 503 })),
    );
    for (let each = 0; each < 3; each += 1) expect((await ask({}, night)).provider).toBe('b');
    const asked = a.requests.length;
    expect((await ask({}, night)).provider).toBe('b');
    expect(a.requests).toHaveLength(asked);
    expect(b.requests).toHaveLength(4);
    // The dry run tells it all.
    const told = await fetch(`${gateway.baseUrl}/v1/route`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.openai().apiKey}`, ...night },
      body: JSON.stringify({ model: 'm', messages: question }),
    });
    const decision = asObject(await told.json());
    expect(decision).toMatchObject({
      object: 'routing_decision',
      operation: 'chat',
      region: 'eu-central-1',
      rules: ['night'],
      order: ['b/m', 'a/m'],
      candidates: [
        { provider: 'a', kept: true, via: 'rule', health: 'failed', lastResort: 'failed' },
        { provider: 'b', kept: true, via: 'rule' },
      ],
    });
    expect(b.requests).toHaveLength(4);
  });
});
