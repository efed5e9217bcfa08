import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../lib/domain/failure.ts';
import type { RoutingContext } from '../../../lib/routing/context.ts';
import { decide } from '../../../lib/routing/decide.ts';
import { caller, catalog, grant, key, provider, routing } from '../../support/routing.ts';

const models = catalog({
  openai: [
    { model: 'gpt-5', family: 'gpt-5' },
    { model: 'gpt-5-mini', family: 'gpt-5-mini' },
  ],
  azure: [{ model: 'gpt-5', family: 'gpt-5' }],
  anthropic: [{ model: 'claude-haiku-4-5-20251001', family: 'claude-haiku-4-5' }],
  router: [
    { model: 'openai/gpt-5', family: 'gpt-5' },
    { model: 'vendor/thing', family: 'thing' },
  ],
});
const providers = [provider('openai'), provider('azure'), provider('anthropic')];
const everything = caller([
  grant('openai', { weight: 3 }),
  grant('azure', { weight: 1 }),
  grant('anthropic', { weight: 1 }),
]);
const base = { providers, catalog: models, caller: everything };

const ask = (
  context: RoutingContext,
  model: string,
  options: { fallbacks?: readonly string[]; sessionKey?: string; draw?: number } = {},
) =>
  decide(
    context,
    { model, fallbacks: options.fallbacks ?? [], sessionKey: options.sessionKey },
    () => options.draw ?? 0,
  );

const order = (...args: Parameters<typeof ask>): string[] =>
  ask(...args).order.map((target) => `${target.provider.id}/${target.model}`);

const refusal = (...args: Parameters<typeof ask>): GatewayError => {
  try {
    ask(...args);
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('not refused');
};

describe('decide: names', () => {
  it('spreads a bare name over the providers that serve it, the rest as fallbacks', () => {
    expect(order(routing(base), 'gpt-5')).toEqual(['openai/gpt-5', 'azure/gpt-5']);
    expect(order(routing(base), 'gpt-5', { draw: 0.9 })).toEqual(['azure/gpt-5', 'openai/gpt-5']);
  });

  it('pins provider/model, without other providers behind it', () => {
    expect(order(routing(base), 'azure/gpt-5')).toEqual(['azure/gpt-5']);
  });

  it("sends the provider's own name for a family name", () => {
    expect(order(routing(base), 'claude-haiku-4-5')).toEqual(['anthropic/claude-haiku-4-5-20251001']);
  });

  it('reads a first part that is no provider, or does not serve the rest, as part of a bare name', () => {
    const context = routing({
      ...base,
      providers: [...providers, provider('router')],
      caller: caller([grant('router'), grant('openai')]),
    });
    expect(order(context, 'vendor/thing')).toEqual(['router/vendor/thing']);
    expect(order(context, 'openai/gpt-5')).toEqual(['openai/gpt-5']);
    const anthropicOnly = routing({
      ...base,
      providers: [provider('anthropic'), provider('router')],
      caller: caller([grant('router')]),
    });
    expect(order(anthropicOnly, 'openai/gpt-5')).toEqual(['router/openai/gpt-5']);
  });

  it('follows an alias as an ordered chain', () => {
    const context = routing({ ...base, aliases: { fast: ['anthropic/claude-haiku-4-5', 'gpt-5-mini'] } });
    expect(order(context, 'fast')).toEqual(['anthropic/claude-haiku-4-5-20251001', 'openai/gpt-5-mini']);
  });

  it("uses the document's own ids for a model", () => {
    const eu = provider('anthropic', { modelIds: new Map([['haiku', 'eu.anthropic.claude-haiku-v1:0']]) });
    expect(order(routing({ ...base, providers: [eu] }), 'anthropic/haiku')).toEqual([
      'anthropic/eu.anthropic.claude-haiku-v1:0',
    ]);
  });

  it.each([
    'arn:aws:bedrock:eu-central-1:1:application-inference-profile/abc123',
    'arn:aws:bedrock:eu-central-1:1:default-prompt-router/any',
    'ARN:aws:bedrock:us-east-1::foundation-model/anthropic.claude',
    'arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude',
    'arn:nonsense',
    'us.anthropic.claude-v1:0/x',
    'global.amazon.nova-2-lite-v1:0',
  ])('does not serve %s at a provider bound to its zone', (name) => {
    const eu = provider('eu', {
      type: 'bedrock',
      region: 'eu-central-1',
      zones: ['eu'],
      servesAnyModel: true,
    });
    expect(refusal(routing({ providers: [eu], caller: caller([grant('eu')]) }), `eu/${name}`).status).toBe(
      403,
    );
  });

  it('serves what surely stays there by its ARN too', () => {
    const eu = provider('eu', {
      type: 'bedrock',
      region: 'eu-central-1',
      zones: ['eu'],
      servesAnyModel: true,
    });
    const context = routing({ providers: [eu], caller: caller([grant('eu')]) });
    for (const name of [
      'arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude',
      'arn:aws:bedrock:eu-central-1:1:inference-profile/eu.anthropic.claude',
      'arn:aws:bedrock:eu-central-1:1:provisioned-model/abc',
    ])
      expect(order(context, `eu/${name}`)).toEqual([`eu/${name}`]);
  });

  it('takes the inference profile of the zone, and any where the provider declares no zone', () => {
    const eu = provider('eu', { type: 'bedrock', zones: ['eu'], servesAnyModel: true });
    const free = provider('free', { type: 'bedrock', servesAnyModel: true });
    const context = routing({ providers: [eu, free], caller: caller([grant('eu'), grant('free')]) });
    for (const name of [
      'eu/eu.amazon.nova-lite-v1:0',
      'eu/zai.glm-4.7',
      'free/global.amazon.nova-2-lite-v1:0',
    ])
      expect(order(context, name)).toEqual([name]);
  });

  it('serves a name spelled out in a grant though the catalog does not know it, and any name in house', () => {
    const spelled = routing({ ...base, caller: caller([grant('openai', { models: ['gpt-6-preview'] })]) });
    expect(order(spelled, 'gpt-6-preview')).toEqual(['openai/gpt-6-preview']);
    const inHouse = routing({
      providers: [provider('vllm', { servesAnyModel: true })],
      caller: caller([grant('vllm')]),
    });
    expect(order(inHouse, 'anything')).toEqual(['vllm/anything']);
    expect(refusal(routing(base), 'gpt-6-preview')).toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
    });
  });
});

describe('decide: fallbacks', () => {
  it("puts the caller's chain behind the picked target, in its order, instead of the weighted rest", () => {
    expect(order(routing(base), 'gpt-5', { fallbacks: ['claude-haiku-4-5', 'openai/gpt-5-mini'] })).toEqual([
      'openai/gpt-5',
      'anthropic/claude-haiku-4-5-20251001',
      'openai/gpt-5-mini',
    ]);
  });

  it('gives a pinned request its fallbacks too', () => {
    expect(order(routing(base), 'openai/gpt-5', { fallbacks: ['azure/gpt-5'] })).toEqual([
      'openai/gpt-5',
      'azure/gpt-5',
    ]);
  });

  it('skips a fallback the key may not use and says so, and tries no target twice', () => {
    const context = routing({ ...base, caller: caller([grant('openai')]) });
    const decision = ask(context, 'gpt-5', { fallbacks: ['azure/gpt-5', 'openai/gpt-5'] });
    expect(decision.order.map((target) => target.provider.id)).toEqual(['openai']);
    expect(decision.candidates).toContainEqual(
      expect.objectContaining({ kept: false, provider: 'azure', reason: 'provider_not_allowed' }),
    );
  });
});

describe('decide: weights', () => {
  it('never picks a provider without a weight, but serves it when named', () => {
    const context = routing({
      ...base,
      caller: caller([grant('openai', { weight: 1 }), grant('anthropic')]),
    });
    expect(order(context, 'anthropic/claude-haiku-4-5')).toEqual(['anthropic/claude-haiku-4-5-20251001']);
    const error = refusal(context, 'claude-haiku-4-5');
    expect(error).toMatchObject({ status: 403, code: 'model_not_allowed' });
    expect(error.message).toContain('ask for "anthropic/claude-haiku-4-5"');
  });

  it('uses weight 0 as fallback only', () => {
    const context = routing({
      ...base,
      caller: caller([grant('openai', { weight: 0 }), grant('azure', { weight: 1 })]),
    });
    expect(order(context, 'gpt-5', { draw: 0.99 })).toEqual(['azure/gpt-5', 'openai/gpt-5']);
  });

  it('keeps a session on its target', () => {
    const firsts = new Set(
      [0, 0.3, 0.6, 0.99].map((draw) => order(routing(base), 'gpt-5', { sessionKey: 'chat-1', draw })[0]),
    );
    expect(firsts.size).toBe(1);
  });
});

describe('decide: filters', () => {
  it.each([
    [
      'a provider the key has no entry for',
      { caller: caller([grant('azure')]) },
      'openai/gpt-5',
      403,
      'provider_not_allowed',
    ],
    ['an empty list of providers', { caller: caller([]) }, 'gpt-5', 403, 'provider_not_allowed'],
    [
      'a model outside the allow-list',
      { caller: caller([grant('openai', { models: ['gpt-4*'] })]) },
      'gpt-5',
      403,
      'model_not_allowed',
    ],
    [
      'a denied model',
      { caller: caller([grant('openai', { deny: ['gpt-5'] })]) },
      'gpt-5',
      403,
      'model_not_allowed',
    ],
    [
      "a model denied by the provider's own name, asked for by its family",
      { caller: caller([grant('anthropic', { deny: ['claude-haiku-4-5-20251001'] })]) },
      'claude-haiku-4-5',
      403,
      'model_not_allowed',
    ],
    [
      "a model denied by the document's name, asked for by the provider's own",
      {
        providers: [
          provider('openai', { servesAnyModel: true, modelIds: new Map([['gpt-5', 'deployment-7']]) }),
        ],
        caller: caller([grant('openai', { deny: ['gpt-5'] })]),
      },
      'openai/deployment-7',
      403,
      'model_not_allowed',
    ],
    [
      'an inference profile that reaches beyond the zones of its provider',
      {
        providers: [provider('eu', { type: 'bedrock', zones: ['eu'], servesAnyModel: true })],
        caller: caller([grant('eu')], { zones: ['eu'] }),
      },
      'eu/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      403,
      'provider_not_allowed',
    ],
    [
      'a global inference profile, by its ARN',
      {
        providers: [provider('eu', { type: 'bedrock', zones: ['eu'], servesAnyModel: true })],
        caller: caller([grant('eu')]),
      },
      'eu/arn:aws:bedrock:eu-central-1:123456789012:inference-profile/global.anthropic.claude-sonnet-4-6',
      403,
      'provider_not_allowed',
    ],
    [
      'a provider outside the zones',
      {
        providers: [provider('openai', { zones: ['us'] })],
        caller: caller([grant('openai')], { zones: ['eu'] }),
      },
      'gpt-5',
      403,
      'provider_not_allowed',
    ],
    [
      'a provider that is also outside the zones',
      {
        providers: [provider('openai', { zones: ['eu', 'us'] })],
        caller: caller([grant('openai')], { zones: ['eu'] }),
      },
      'gpt-5',
      403,
      'provider_not_allowed',
    ],
    [
      'a provider that does not say where it is',
      { caller: caller([grant('openai')], { zones: ['eu'] }) },
      'gpt-5',
      403,
      'provider_not_allowed',
    ],
    [
      'a missing certification',
      { caller: caller([grant('openai')], { certifications: ['hipaa'] }) },
      'gpt-5',
      403,
      'provider_not_allowed',
    ],
    [
      'an operation the provider does not serve',
      { operation: 'embeddings' as const },
      'gpt-5',
      404,
      'model_not_found',
    ],
    [
      'a provider whose keys are all unusable',
      { providers: [provider('openai', { keys: [key('a')] })], keyUsable: () => false },
      'gpt-5',
      503,
      'unavailable',
    ],
  ])('drops %s', (_name, overrides, model, status, code) => {
    expect(refusal(routing({ ...base, ...overrides }), model)).toMatchObject({ status, code });
  });

  it('lets a key narrow models and the key list narrow keys', () => {
    const keyed = provider('openai', {
      keys: [key('a', { models: ['gpt-4*'] }), key('b'), key('c'), key('d', { deny: ['gpt-5'] })],
    });
    const context = routing({
      ...base,
      providers: [keyed],
      caller: caller([grant('openai', { keys: ['a', 'b', 'd'] })]),
    });
    expect(ask(context, 'gpt-5').order[0]?.keys.map((each) => each.id)).toEqual(['b']);
  });

  it('names parameter and provider when no target can carry the request', () => {
    const context = routing({
      ...base,
      cannotCarry: (target) =>
        target.provider.id === 'openai' ? undefined : { parameter: 'logprobs', reason: 'it has none' },
    });
    expect(order(context, 'gpt-5', { draw: 0.99 })).toEqual(['openai/gpt-5']);
    const error = refusal(context, 'azure/gpt-5');
    expect(error).toMatchObject({ status: 400, code: 'invalid_request', param: 'logprobs' });
    expect(error.message).toContain('"logprobs" cannot go to provider "azure": it has none');
  });

  it('merges settings from the narrowest outwards', () => {
    const tuned = provider('openai', {
      settings: { hedgeAfterMs: 1, maxRetries: 1 },
      modelSettings: [{ matches: (name) => name === 'gpt-5', settings: { maxRetries: 0 } }],
    });
    const [target] = ask(
      routing({ ...base, providers: [tuned], caller: caller([grant('openai')]) }),
      'gpt-5',
    ).order;
    expect(target?.settings).toMatchObject({ hedgeAfterMs: 1, maxRetries: 0, idleTimeoutMs: 60_000 });
  });
});

describe('decide: residency and allowance hold for every target of every request', () => {
  const zone = fc.constantFrom('eu', 'us', 'uk');
  const name = fc.constantFrom('p0', 'p1', 'p2', 'p3');
  it('never lets a target outside the zones, certifications and grants into the order', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            zones: fc.uniqueArray(zone),
            certifications: fc.uniqueArray(fc.constantFrom('hipaa', 'soc2')),
          }),
          { minLength: 4, maxLength: 4 },
        ),
        fc.uniqueArray(zone),
        fc.uniqueArray(fc.constantFrom('hipaa', 'soc2')),
        fc.uniqueArray(
          fc.record({ provider: name, weight: fc.option(fc.constantFrom(0, 1, 5), { nil: undefined }) }),
          { selector: (each) => each.provider },
        ),
        fc.array(
          fc.oneof(
            fc.constant('m'),
            fc.constant('quick'),
            name.map((id) => `${id}/m`),
          ),
          { maxLength: 4 },
        ),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (facts, zones, certifications, grants, names, draw) => {
          const context = routing({
            providers: facts.map((each, index) => provider(`p${index}`, { ...each, servesAnyModel: true })),
            aliases: { quick: ['p3/m', 'm', 'p0/m'] },
            caller: caller(
              grants.map((each) =>
                grant(each.provider, each.weight === undefined ? {} : { weight: each.weight }),
              ),
              { zones, certifications },
            ),
          });
          const [model = 'm', ...fallbacks] = names;
          let targets;
          try {
            targets = ask(context, model, { fallbacks, draw }).order;
          } catch (error) {
            expect(error).toBeInstanceOf(GatewayError);
            return;
          }
          for (const { provider: chosen } of targets) {
            expect(grants.map((each) => each.provider)).toContain(chosen.id);
            if (zones.length > 0) expect(chosen.zones.length).toBeGreaterThan(0);
            if (zones.length > 0) expect(zones).toEqual(expect.arrayContaining([...chosen.zones]));
            expect(chosen.certifications).toEqual(expect.arrayContaining(certifications));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
