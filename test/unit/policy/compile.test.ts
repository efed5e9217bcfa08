import { describe, expect, it } from 'vitest';
import { compilePolicy, defaultSettings, type HostProfiles } from '../../../lib/policy/compile.ts';
import type { PolicyDocument } from '../../../lib/policy/document-schema.ts';

const noProfile: HostProfiles = () => undefined;
const compile = (document: PolicyDocument, profiles = noProfile) =>
  compilePolicy(document, { version: 1, digest: 'd' }, profiles, new Map());
const provider = (entry: PolicyDocument['providers'][string], profiles = noProfile) => {
  const compiled = compile({ providers: { p: entry } }, profiles).providers.get('p');
  if (compiled === undefined) throw new Error('not compiled');
  return compiled;
};

describe('provider types', () => {
  it.each([
    [{ type: 'openai' }, 'https://api.openai.com/v1', 'openai', ['chat', 'responses', 'embeddings']],
    [{ type: 'anthropic' }, 'https://api.anthropic.com', 'anthropic', ['chat']],
    [{ type: 'gemini' }, 'https://generativelanguage.googleapis.com', 'google', ['chat']],
    [
      { type: 'bedrock', region: 'eu-central-1' },
      'https://bedrock-runtime.eu-central-1.amazonaws.com',
      'aws',
      ['chat'],
    ],
    [
      { type: 'vertex', region: 'europe-west4', project: 'x' },
      'https://europe-west4-aiplatform.googleapis.com',
      'google',
      ['chat'],
    ],
    [
      { type: 'vertex', region: 'global', project: 'x' },
      'https://aiplatform.googleapis.com',
      'google',
      ['chat'],
    ],
  ] as const)('%j', (entry, baseUrl, catalogId, operations) => {
    const compiled = provider(entry);
    expect(compiled).toMatchObject({ baseUrl, catalogId, servesAnyModel: false, dropUnsupported: false });
    expect([...compiled.operations]).toEqual(operations);
  });

  it('an in-house host has no catalog and serves any name', () => {
    const compiled = provider({ type: 'openai-compatible', baseUrl: 'https://vllm.internal/v1//' });
    expect(compiled).toMatchObject({
      baseUrl: 'https://vllm.internal/v1',
      servesAnyModel: true,
      quirks: {},
      keys: [],
    });
    expect(compiled.catalogId).toBeUndefined();
    expect([...compiled.operations]).toEqual(['chat', 'embeddings']);
  });

  it('a well-known host brings its profile, which the document overrides', () => {
    const profiles: HostProfiles = (hostname) =>
      hostname === 'api.groq.com'
        ? {
            quirks: { streamOptions: false, maxTokensField: 'max_tokens' },
            catalogId: 'groq',
            operations: ['chat'],
          }
        : undefined;
    const entry = { type: 'openai-compatible', baseUrl: 'https://API.groq.com:443/openai/v1' } as const;
    expect(provider(entry, profiles)).toMatchObject({ catalogId: 'groq', servesAnyModel: false });
    const own = provider(
      {
        ...entry,
        quirks: { streamOptions: true, omitsFinishReason: true },
        catalog: 'openai',
        operations: ['embeddings'],
      },
      profiles,
    );
    expect(own.quirks).toEqual({
      streamOptions: true,
      maxTokensField: 'max_tokens',
      omitsFinishReason: true,
    });
    expect([own.catalogId, ...own.operations]).toEqual(['openai', 'embeddings']);
  });
});

describe('provider keys', () => {
  it('allow every model where no list is given, and count 1 where none has a weight', () => {
    const [key] = provider({ type: 'openai', keys: [{ id: 'a', secret: 's', denyModels: ['o1*'] }] }).keys;
    expect(key).toMatchObject({ id: 'a', weight: 1, secret: { kind: 'secret', name: 's' } });
    expect([key?.allowsModel('o1-pro'), key?.deniesModel('o1-pro'), key?.deniesModel('gpt-5')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('an empty list allows none; a missing weight stays missing beside another', () => {
    const keys = provider({
      type: 'openai',
      keys: [
        { id: 'a', secret: 's', models: [] },
        { id: 'b', secret: 't', weight: 2, models: ['gpt-*'] },
      ],
    }).keys;
    expect(keys.map((key) => [key.weight, key.allowsModel('gpt-5')])).toEqual([
      [undefined, false],
      [2, true],
    ]);
  });
});

describe('settings', () => {
  it('fill the defaults and stand per provider and model', () => {
    const policy = compile({
      providers: {
        p: { type: 'openai', settings: { maxRetries: 0 }, models: { 'gpt-5*': { hedgeAfterMs: 500 } } },
      },
      defaults: { maxRetries: 5 },
    });
    expect(policy.defaults).toEqual({ ...defaultSettings, maxRetries: 5 });
    const compiled = policy.providers.get('p');
    expect(compiled?.settings).toEqual({ maxRetries: 0 });
    expect(
      compiled?.modelSettings.map(({ matches, settings }) => [
        matches('gpt-5-mini'),
        matches('o3'),
        settings,
      ]),
    ).toEqual([[true, false, { hedgeAfterMs: 500 }]]);
  });

  it('are not overridden by undefined', () => {
    expect(compile({ providers: {}, defaults: { maxRetries: undefined } }).defaults).toEqual(defaultSettings);
  });
});

describe('models', () => {
  it('prices are whole pico-dollars', () => {
    const { prices } = compile({
      providers: {},
      models: {
        prices: {
          'p/m': { inputPerMTok: 0.0375, outputPerMTok: 1.1, webSearchUsd: 0.01, requestUsd: 0.005 },
        },
      },
    });
    expect(prices.get('p/m')).toEqual({
      input: { picoUsdPerToken: 37_500 },
      output: { picoUsdPerToken: 1_100_000 },
      webSearchPicoUsd: 10_000_000_000,
      requestPicoUsd: 5_000_000_000,
    });
  });

  it('are added to their provider, priced, each its own family unless it says otherwise', () => {
    const { addedModels } = compile({
      providers: {},
      models: {
        add: [
          { model: 'p/org/llama-4', contextTokens: 10 },
          { model: 'p/l', family: 'llama-4', maxOutputTokens: 5 },
        ],
        prices: { 'p/l': { inputPerMTok: 1 } },
      },
    });
    expect(addedModels.get('p')).toEqual([
      { model: 'org/llama-4', family: 'org/llama-4', contextTokens: 10 },
      {
        model: 'l',
        family: 'llama-4',
        maxOutputTokens: 5,
        prices: { input: { picoUsdPerToken: 1_000_000 } },
      },
    ]);
  });

  it('aliases are chains, ids a map', () => {
    const policy = compile({
      providers: { p: { type: 'openai', modelIds: { fast: 'gpt-5-mini' } } },
      models: { aliases: { a: ['b', 'x'], b: ['p/y'] } },
    });
    expect(policy.aliases.get('a')).toEqual(['p/y', 'x']);
    expect(policy.providers.get('p')?.modelIds.get('fast')).toBe('gpt-5-mini');
  });
});
