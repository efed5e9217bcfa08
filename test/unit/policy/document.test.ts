import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microUsdOf } from '../../../lib/domain/quota-entries.ts';
import { parseDocument, type DocumentRules } from '../../../lib/policy/document.ts';
import { fullDocument } from './full-document.ts';

const hash = `sha256:${'a'.repeat(64)}`;
const local: DocumentRules = {
  envSecrets: true,
  loopbackHttp: true,
  hashKey: () => `sha256:${'c'.repeat(64)}`,
};

/** A small document that is fine, with a few fields changed. */
const provider = { type: 'openai', zones: ['us'], keys: [{ id: 'a', secret: 'fairlead/openai' }] };
const grant = { provider: 'openai', models: ['*'], keys: ['*'] };
const key = { id: 'app', hash, providers: [grant] };
const withProvider = (changes: object) => ({ providers: { openai: { ...provider, ...changes } } });
const withKey = (changes: object, rest: object = {}) => ({
  providers: { openai: provider },
  virtualKeys: [{ ...key, ...changes }],
  ...rest,
});
const withModels = (models: object) => ({ providers: { openai: provider }, models });

const problems = (value: unknown, rules?: DocumentRules) => {
  const parsed = parseDocument(value, rules);
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
};
const warnings = (value: unknown, rules?: DocumentRules) => {
  const parsed = parseDocument(value, rules);
  return parsed.ok ? parsed.warnings : ['refused'];
};

it('takes a long chain of aliases, and refuses one without end in a sentence', () => {
  const chain = (length: number) => ({
    providers: {},
    models: {
      aliases: Object.fromEntries(Array.from({ length }, (_, index) => [`a${index}`, [`a${index + 1}`]])),
    },
  });
  expect(parseDocument(chain(1_000)).ok).toBe(true);
  expect(parseDocument(chain(5_000))).toMatchObject({
    ok: false,
    problems: [{ path: 'models.aliases', message: expect.stringContaining('at most 1,000 aliases') }],
  });
});

describe('parseDocument', () => {
  it('takes a document that uses every field, unchanged', () => {
    expect(parseDocument(fullDocument)).toEqual({
      ok: true,
      document: fullDocument,
      warnings: expect.any(Array),
    });
  });

  it.each([
    [null, '(document): must be an object, received null'],
    ['providers', '(document): must be an object, received "providers"'],
    [{}, 'providers: must be an object, received nothing'],
    [
      withProvider({ type: 'open-ai' }),
      'providers.openai.type: must be one of openai, openai-compatible, anthropic, bedrock, gemini, vertex, received "open-ai"',
    ],
    [
      { providers: { 'a/b': provider } },
      'providers["a/b"]: the name must be 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit, received "a/b"',
    ],
    [
      withKey({ id: 'x'.repeat(65) }),
      `virtualKeys[0].id: must be 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit, received "${'x'.repeat(57)}..."`,
    ],
    [
      withKey({ providers: [{ ...grant, weight: -1 }] }),
      'virtualKeys[0].providers[0].weight: must be 0 or more, received -1',
    ],
    [
      withKey({ providers: [{ ...grant, weight: '2' }] }),
      'virtualKeys[0].providers[0].weight: must be a number, received "2"',
    ],
    [
      withKey({ zones: ['europe'] }),
      `virtualKeys[0].zones[0]: must be one of eu, uk, ch, us, ca, jp, kr, in, au, sg, br, received "europe"`,
    ],
    [
      withKey({ expiresAt: '2027-02-30T00:00:00Z' }),
      'virtualKeys[0].expiresAt: must be a date and time with its offset, such as "2027-01-01T00:00:00Z", received "2027-02-30T00:00:00Z"',
    ],
    [{ providers: {}, defaults: { maxRetries: 11 } }, 'defaults.maxRetries: must be at most 10, received 11'],
    [
      { providers: {}, defaults: { deadlineMs: 900_000 } },
      'defaults.deadlineMs: must be at most 870000, received 900000',
    ],
    [
      { providers: {}, defaults: { hedgeAfterMs: 1.5 } },
      'defaults.hedgeAfterMs: must be a whole number, received 1.5',
    ],
    [
      withModels({ aliases: { fast: [] } }),
      'models.aliases.fast: must name at least one model, received an array of 0',
    ],
    [
      withModels({ prices: { 'openai/x': { inputPerMTok: 0.00000001 } } }),
      'models.prices["openai/x"].inputPerMTok: must have at most six decimals, received 1e-8',
    ],
  ])('names path and value: %#', (value, expected) => {
    expect(problems(value)).toEqual([expected]);
  });

  it('names every unknown field and what it probably was', () => {
    expect(problems(withKey({ budget: [], wieght: 1 }, { virtualkeys: [] }))).toEqual([
      'virtualKeys[0].budget: unknown field; did you mean "budgets"?',
      'virtualKeys[0].wieght: unknown field; known here are id, team, customer, hash, key, retiring, enabled, expiresAt, name, providers, zones, certifications, strategy, maxOutputTokens, budgets, rateLimits',
      'virtualkeys: unknown field; did you mean "virtualKeys"?',
    ]);
    expect(problems({ providers: {}, defaults: { maxretries: 1 } })).toEqual([
      'defaults.maxretries: unknown field; did you mean "maxRetries"?',
    ]);
  });

  it('reports everything that is wrong, not only the first', () => {
    expect(problems(withKey({ id: '', enabled: 'yes' }))).toHaveLength(2);
  });
});

describe('secrets', () => {
  const pasted = 'sk-live-Zx81QpLm77';
  const deployed = { envSecrets: false, loopbackHttp: false, secretPrefix: 'fairlead/' };
  it.each<[string, unknown, DocumentRules?]>([
    ['a provider key that is text', withProvider({ keys: [pasted] })],
    ['keys that are text', withProvider({ keys: pasted })],
    ['a secret with forbidden characters', withProvider({ keys: [{ id: 'a', secret: `${pasted} !` }] })],
    ['a secret that is a value', withProvider({ keys: [{ id: 'a', secret: pasted }] }), local],
    [
      'a secret whose last part is a value',
      withProvider({ keys: [{ id: 'a', secret: `fairlead/${pasted}` }] }),
    ],
    ['a value as the id of a key', withProvider({ keys: [{ id: pasted, secret: 'fairlead/openai' }] })],
    ['an AWS key as a secret', withProvider({ keys: [{ id: 'a', secret: `AKIA${pasted}` }] }), local],
    ['a secret elsewhere', withProvider({ keys: [{ id: 'a', secret: `other/${pasted}` }] }), deployed],
    ['an env that is a value', withProvider({ keys: [{ id: 'a', env: pasted }] })],
    ['a hash that is a key', withKey({ hash: pasted })],
    ['a key in clear', withKey({ hash: undefined, key: pasted })],
    ['a key that is too long', withKey({ hash: undefined, key: pasted.repeat(40) })],
    ['a key among key ids', withKey({ providers: [{ ...grant, keys: [`${pasted}!`] }] })],
    ['credentials in a URL', withProvider({ baseUrl: `https://me:${pasted}@host/` })],
  ])('%s is refused and not repeated', (_, value, rules) => {
    const found = problems(value, rules);
    expect(found).not.toEqual([]);
    expect(found.join('\n')).not.toContain(pasted);
  });

  it('lives in Secrets Manager, in the environment only for the local runner', () => {
    const fromEnv = withProvider({ keys: [{ id: 'a', env: 'OPENAI_API_KEY' }] });
    expect(problems(fromEnv)).toEqual([
      'providers.openai.keys[0].env: environment variables are for the local runner only; name a "secret"',
    ]);
    expect(problems(fromEnv, local)).toEqual([]);
  });

  it.each([
    [{ id: 'a' }, 'providers.openai.keys[0]: must name where its value lives: "secret"'],
    [
      { id: 'a', secret: 's', env: 'E' },
      'providers.openai.keys[0]: must have one of "secret" and "env", not both',
    ],
  ])('has one place: %j', (entry, expected) => {
    expect(problems(withProvider({ keys: [entry] }))).toEqual([expected]);
  });
});

describe('virtual keys in clear', () => {
  it('are hashed where that is allowed, and gone', () => {
    const parsed = parseDocument(withKey({ hash: undefined, key: 'fl-clear-key' }), {
      ...local,
      hashKey: (clear) => (clear === 'fl-clear-key' ? `sha256:${'b'.repeat(64)}` : 'wrong'),
    });
    expect(parsed).toMatchObject({
      ok: true,
      document: { virtualKeys: [{ hash: `sha256:${'b'.repeat(64)}` }] },
    });
    expect(JSON.stringify(parsed)).not.toContain('fl-clear-key');
  });

  it('are refused elsewhere, and beside a hash, and so is a key without either', () => {
    expect(problems(withKey({ hash: undefined, key: 'fl-clear-key' }))).toEqual([
      'virtualKeys[0].key: a key in clear is never stored; give its "hash" (the value is not shown)',
    ]);
    expect(problems(withKey({ key: 'fl-clear-key' }), local)).toEqual([
      'virtualKeys[0]: must have one of "hash" and "key", not both',
    ]);
    expect(problems(withKey({ hash: undefined }))).toEqual(['virtualKeys[0].hash: is required']);
  });
});

describe('providers', () => {
  it.each([
    [{ type: 'openai-compatible' }, 'baseUrl: is required for type "openai-compatible"'],
    [{ type: 'bedrock' }, 'region: is required for type "bedrock"'],
    [{ type: 'vertex', region: 'europe-west4' }, 'project: is required for type "vertex"'],
    [{ region: 'us-east-1' }, 'region: means nothing for type "openai"; remove it'],
    [{ type: 'anthropic', quirks: {} }, 'quirks: means nothing for type "anthropic"; remove it'],
    [
      { type: 'gemini', operations: ['chat', 'responses'] },
      'operations: type "gemini" speaks chat only, received "responses"',
    ],
    [{ baseUrl: 'http://vllm.internal' }, 'baseUrl: must be https (the value is not shown)'],
    [
      { type: 'bedrock', region: 'eu-central-1' },
      'zones: region eu-central-1 lies in zone "eu", which is not among us',
    ],
    [
      {
        type: 'bedrock',
        region: 'us-east-1',
        baseUrl: 'https://vpce-1.bedrock-runtime.eu-central-1.vpce.amazonaws.com',
      },
      'baseUrl: is an address in eu-central-1, but the region is us-east-1',
    ],
    [
      {
        type: 'bedrock',
        region: 'us-east-1',
        modelIds: { nova: 'us.amazon.nova-lite-v1:0', sonnet: 'global.anthropic.claude-sonnet-4-6' },
      },
      'modelIds.sonnet: "global.anthropic.claude-sonnet-4-6" may be run outside us',
    ],
    [
      {
        keys: [
          { id: 'a', secret: 's' },
          { id: 'a', secret: 't' },
        ],
      },
      'keys[1].id: is the same as in entry 0; it must be unique, received "a"',
    ],
    [
      { keys: [{ id: 'a', secret: 's', weight: 0 }] },
      'keys: at least one weight must be above 0, received only 0',
    ],
  ])('%j', (changes, expected) => {
    expect(problems(withProvider(changes))).toEqual([`providers.openai.${expected}`]);
  });

  it('may be plain http on loopback for the local runner', () => {
    expect(problems(withProvider({ baseUrl: 'http://127.0.0.1:9/v1' }), local)).toEqual([]);
  });
});

describe('names that stand twice or for nothing', () => {
  it.each([
    [
      withKey({}, { virtualKeys: [key, { ...key, hash: `sha256:${'b'.repeat(64)}` }] }),
      'virtualKeys[1].id: is the same as in entry 0; it must be unique, received "app"',
    ],
    [
      withKey({}, { virtualKeys: [key, { ...key, id: 'other' }] }),
      'virtualKeys[1].hash: is the same as in entry 0; it must be unique',
    ],
    [
      withKey({}, { teams: [{ id: 't' }, { id: 't' }] }),
      'teams[1].id: is the same as in entry 0; it must be unique, received "t"',
    ],
    [
      withKey({ team: 'reserch' }, { teams: [{ id: 'research' }] }),
      'virtualKeys[0].team: names no team of this document, received "reserch"; did you mean "research"?',
    ],
    [
      withKey({ customer: 'acme' }),
      'virtualKeys[0].customer: names no customer of this document, received "acme"',
    ],
    [
      withKey({}, { teams: [{ id: 't', customer: 'acme' }] }),
      'teams[0].customer: names no customer of this document, received "acme"',
    ],
    [
      withKey(
        { team: 't', customer: 'b' },
        { teams: [{ id: 't', customer: 'a' }], customers: [{ id: 'a' }, { id: 'b' }] },
      ),
      'virtualKeys[0].customer: team "t" belongs to customer "a", received "b"',
    ],
    [
      withKey({ providers: [{ ...grant, provider: 'opnai' }] }),
      'virtualKeys[0].providers[0].provider: names no provider of this document, received "opnai"; did you mean "openai"?',
    ],
    [
      withKey({ providers: [grant, grant] }),
      'virtualKeys[0].providers[1].provider: is the same as in entry 0; it must be unique, received "openai"',
    ],
    [
      withKey({ providers: [{ ...grant, keys: ['b', 'x*'] }] }),
      'virtualKeys[0].providers[0].keys: names no key of provider "openai" of this document, received "b"; did you mean "a"?',
    ],
    [
      withKey({ providers: [{ ...grant, weight: 0 }] }),
      'virtualKeys[0].providers: at least one weight must be above 0, received only 0',
    ],
    [
      withModels({ aliases: { a: ['b'], b: ['a'] } }),
      'models.aliases.a: the alias leads back to itself: a -> b -> a',
    ],
    [
      withModels({ add: [{ model: 'other/llama' }] }),
      'models.add[0].model: names no provider of this document, received "other"',
    ],
    [
      withModels({ prices: { llama: {} } }),
      'models.prices.llama: must be "provider/model", received "llama"',
    ],
  ])('%#', (value, expected) => {
    expect(problems(value)).toEqual([expected]);
  });
});

describe('rights', () => {
  it('refuses a key none of whose providers is lawful for it', () => {
    expect(problems(withKey({ zones: ['eu'] }))).toEqual([
      'virtualKeys[0].providers: no provider of virtual key "app" is lawful for its zones and certifications: provider "openai" processes data in us',
    ]);
    expect(problems(withKey({ certifications: ['hipaa'] }))).toEqual([
      'virtualKeys[0].providers: no provider of virtual key "app" is lawful for its zones and certifications: provider "openai" lacks certification hipaa',
    ]);
    const homeless = {
      ...withKey({ zones: ['us'] }),
      providers: { openai: { ...provider, zones: undefined } },
    };
    expect(problems(homeless)).toEqual([expect.stringContaining('provider "openai" declares no zones')]);
  });

  it('counts what is inherited', () => {
    expect(problems(withKey({ team: 't' }, { teams: [{ id: 't', zones: ['eu'] }] }))).toHaveLength(1);
    expect(problems(withKey({ team: 't', zones: ['us'] }, { teams: [{ id: 't', zones: ['eu'] }] }))).toEqual([
      'virtualKeys[0].zones: the zones of virtual key "app" and those it inherits have none in common, so nothing is lawful for it',
    ]);
  });

  it('warns of entries that can never be used', () => {
    const eu = { type: 'bedrock', region: 'eu-central-1', zones: ['eu'] };
    const value = {
      ...withKey({ zones: ['us'], providers: [grant, { provider: 'eu', models: ['*'] }] }),
      providers: { openai: provider, eu },
    };
    expect(warnings(value)).toEqual([
      'virtual key "app" can never use an entry: provider "eu" processes data in eu',
    ]);
  });
});

describe('warnings', () => {
  it.each([
    [withKey({}), []],
    [
      withKey({ providers: undefined }),
      ['virtual key "app" opens nothing: neither it nor its team or customer lists providers'],
    ],
    [withKey({ providers: [] }), []],
    [
      withKey({ providers: [{ provider: 'openai' }] }),
      [
        'virtualKeys[0].providers[0] opens no model of provider "openai": "models" is missing or empty',
        'virtualKeys[0].providers[0] opens no key of provider "openai": "keys" is missing or empty (["*"] opens all)',
      ],
    ],
    [withProvider({ keys: [] }), ['provider "openai" has no keys, so its requests carry no credentials']],
    [withProvider({ keys: [{ id: 'a', secret: 'acme/openai' }] }), []],
    [
      withModels({ aliases: { fast: ['openia/gpt-5', 'meta-llama/llama-4'] } }),
      ['alias "fast": "openia/gpt-5" is read as a bare model name; did you mean provider "openai"?'],
    ],
  ])('%#', (value, expected) => {
    expect(warnings(value)).toEqual(expected);
  });
});

describe('strategies', () => {
  it.each(['weighted', 'adaptive', 'cheapest'])('may be %s', (strategy) => {
    expect(problems(withKey({ strategy }, { teams: [{ id: 't', strategy }] }))).toEqual([]);
  });
});

describe('quotas', () => {
  const at = 'virtualKeys[0]';
  it.each([
    [{ budgets: [{ limitUsd: 0, every: '1d' }] }, `${at}.budgets[0].limitUsd: must be above 0, received 0`],
    [{ budgets: [{ limitUsd: -5, every: '1d' }] }, `${at}.budgets[0].limitUsd: must be above 0, received -5`],
    [
      { budgets: [{ limitUsd: 0.0000001, every: '1d' }] },
      `${at}.budgets[0].limitUsd: must have at most six decimals, received 1e-7`,
    ],
    [
      { budgets: [{ limitUsd: 1, every: '2d' }] },
      `${at}.budgets[0].every: must be one of 1m (a minute), 1h, 1d, 1w, 1M (a month), received "2d"`,
    ],
    [
      { budgets: [{ limitUsd: 1, every: '1m', enforcement: 'hard' }] },
      `${at}.budgets[0].enforcement: must be "soft" for a window of a minute: "hard" is for 1h, 1d, 1w and 1M, received "hard"`,
    ],
    [
      { budgets: [{ limitUsd: 1, every: '1d', reserveUsd: 0.5 }] },
      `${at}.budgets[0].reserveUsd: is for "hard" only: nothing else holds it, received 0.5`,
    ],
    [
      { budgets: [{ limitUsd: 1, every: '1d', enforcement: 'hard', reserveUsd: 2 }] },
      `${at}.budgets[0].reserveUsd: must be at most limitUsd (1), received 2: no request would fit`,
    ],
    [
      { rateLimits: [{ requests: 0, every: '1m' }] },
      `${at}.rateLimits[0].requests: must be above 0, received 0`,
    ],
    [{ rateLimits: [{ every: '1m' }] }, `${at}.rateLimits[0]: must limit "requests", "tokens" or both`],
    [
      {
        budgets: [
          { id: 'a', limitUsd: 1, every: '1d' },
          { id: 'a', limitUsd: 2, every: '1h' },
        ],
      },
      `${at}.budgets[1].id: is the id of another quota in microUsd of the same owner; it must be unique, received "a"`,
    ],
    [
      {
        rateLimits: [
          { id: 'a', requests: 1, every: '1d' },
          { id: 'b', tokens: 1, every: '1d' },
          { id: 'a', requests: 1, tokens: 1, every: '1h' },
        ],
      },
      `${at}.rateLimits[2].id: is the id of another quota in requests of the same owner; it must be unique, received "a"`,
    ],
    [
      { budgets: [{ limitUsd: 1e-10, every: '1d' }] },
      `${at}.budgets[0].limitUsd: must have at most six decimals, received 1e-10`,
    ],
    [
      { budgets: [{ limitUsd: 2e9, every: '1d' }] },
      `${at}.budgets[0].limitUsd: must be at most 1000000000, received 2000000000`,
    ],
    [
      { rateLimits: [{ tokens: 2 ** 53, every: '1d' }] },
      `${at}.rateLimits[0].tokens: must be at most 9007199254740991, received 9007199254740992`,
    ],
    [
      { budgets: [{ id: 'a#b', limitUsd: 1, every: '1d' }] },
      `${at}.budgets[0].id: must be 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit, received "a#b"`,
    ],
    [
      { budgets: [{ limitUsd: 1, every: '1d', lanes: 17 }] },
      `${at}.budgets[0].lanes: must be at most 16, received 17`,
    ],
    [
      { providers: [{ ...grant, rateLimits: [{ every: '1m' }] }] },
      `${at}.providers[0].rateLimits[0]: must limit "requests", "tokens" or both`,
    ],
    [{ maxOutputTokens: 0 }, `${at}.maxOutputTokens: must be at least 1, received 0`],
  ])('that cannot be kept are refused: %#', (fields, problem) => {
    expect(problems(withKey(fields))).toEqual([problem]);
  });

  it('of providers, provider keys and the whole gateway are soft', () => {
    const soft = { budgets: [{ limitUsd: 1, every: '1d', enforcement: 'soft' }] };
    const hard = { rateLimits: [{ tokens: 1, every: '1d', enforcement: 'hard', lanes: 2 }] };
    const refusals = (path: string) => [
      `${path}rateLimits[0].enforcement: must be "soft" on providers, their keys and the document: "hard" is for virtual keys, teams, customers and their provider entries, received "hard"`,
      `${path}rateLimits[0].lanes: is not chosen on providers, their keys and the document; remove it, received 2`,
    ];
    const withProviderKey = (fields: object) =>
      withProvider({ keys: [{ id: 'a', secret: 'fairlead/openai', ...fields }] });
    expect(problems(withProvider(hard))).toEqual(refusals('providers.openai.'));
    expect(problems(withProviderKey(hard))).toEqual(refusals('providers.openai.keys[0].'));
    expect(problems({ ...withKey({}), ...hard })).toEqual(refusals(''));
    for (const document of [withProvider(soft), withProviderKey(soft), { ...withKey({}), ...soft }]) {
      expect(problems(document)).toEqual([]);
    }
  });

  it('have limits of whole micro-dollars, whatever their size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e15 }), (microUsd) => {
        const limitUsd = Number(`${microUsd}e-6`);
        expect(microUsdOf(limitUsd)).toBe(microUsd);
        expect(problems(withKey({ budgets: [{ limitUsd, every: '1d' }] }))).toEqual([]);
      }),
    );
  });

  it('may be many, and a retiring hash is no other key', () => {
    const hash = `sha256:${'7'.repeat(64)}`;
    const retiring = [{ hash, until: '2027-01-01T00:00:00Z' }];
    const budgets = [
      { limitUsd: 1, every: '1d' },
      { limitUsd: 10, every: '1d', calendar: true },
      { limitUsd: 20, every: '1M', enforcement: 'hard', reserveUsd: 0.5, lanes: 4 },
    ];
    expect(problems(withKey({ budgets, retiring, maxOutputTokens: 4096 }))).toEqual([]);
    expect(problems(withKey({ retiring: [...retiring, ...retiring] }))).toEqual([
      `${at}.retiring[1].hash: is the hash of a key already; it must be unique`,
    ]);
    const five = ['1', '2', '3', '4', '5'].map((digit) => ({
      hash: `sha256:${digit.repeat(64)}`,
      until: '2027-01-01T00:00:00Z',
    }));
    expect(problems(withKey({ retiring: five }))).toEqual([
      `${at}.retiring: must be at most 4 entries long, received an array of 5`,
    ]);
    expect(problems(withKey({ retiring: [{ hash: key.hash, until: '2027-01-01T00:00:00Z' }] }))).toEqual([
      `${at}.retiring[0].hash: is the hash of a key already; it must be unique`,
    ]);
  });
});
