import { describe, expect, it } from 'vitest';
import { deployedRules, parseDocument, type DocumentRules } from '../../../../lib/policy/document.ts';

const hash = (digit: string): string => `sha256:${digit.repeat(64)}`;
const providers = {
  openai: { type: 'openai', zones: ['us'], keys: [{ id: 'a', secret: 'fairlead/openai' }] },
  'claude-eu': {
    type: 'bedrock',
    region: 'eu-central-1',
    zones: ['eu'],
    certifications: ['hipaa'],
    modelIds: { haiku: 'anthropic.claude-haiku-4-5-v1:0' },
  },
};
const open = [{ provider: 'openai', models: ['*'], keys: ['*'] }];
const base = {
  providers,
  customers: [{ id: 'acme' }, { id: 'idle' }],
  teams: [{ id: 'research', customer: 'acme' }, { id: 'nobody' }],
  virtualKeys: [
    { id: 'app', hash: hash('a'), team: 'research', providers: open },
    {
      id: 'eu-app',
      hash: hash('b'),
      zones: ['eu'],
      providers: [...open, { provider: 'claude-eu', models: ['haiku', 'claude-*'], denyModels: ['*opus*'] }],
    },
  ],
};
const rule = { id: 'r', when: 'stream', deny: 'no' };
const routed = { id: 'r', when: 'stream' };
/** Two other fields of the document that say the same in every case. */
const quiet = /virtual key "eu-app" can never use an entry/;

const parse = (rules: readonly object[], how?: Partial<DocumentRules>, changes: object = {}) =>
  parseDocument({ ...base, ...changes, rules }, { ...deployedRules, ...how });
const problems = (...rules: readonly object[]) => {
  const parsed = parse(rules);
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
};
const warnings = (rules: readonly object[], how?: Partial<DocumentRules>, changes?: object) => {
  const parsed = parse(rules, how, changes);
  return parsed.ok ? parsed.warnings.filter((warning) => !quiet.test(warning)) : ['refused'];
};

describe('rules of a document', () => {
  it.each([
    [rule],
    [{ ...rule, scope: {}, priority: -7 }],
    [{ ...rule, scope: { virtualKey: 'app' }, chain: false }],
    [{ ...routed, scope: { team: 'research' }, targets: [{ provider: 'openai' }], chain: true }],
    [
      {
        ...routed,
        scope: { customer: 'acme' },
        targets: [
          { model: 'gpt-5', weight: 0 },
          { model: 'o3', weight: 1 },
        ],
      },
    ],
    [{ ...routed, targets: [{ provider: 'openai', model: 'gpt-5', keys: ['a', 'b*'] }] }],
    [{ ...routed, fallbacks: [] }],
    [{ ...routed, fallbackOn: ['content_policy'] }],
  ])('may be %j', (entry) => {
    expect(problems(entry)).toEqual([]);
  });

  it.each([
    [
      { id: 'r', when: 'true' },
      'rules[0]: rule "r": does nothing: give it "targets", "fallbacks", "fallbackOn" or "deny"',
    ],
    [
      { ...rule, targets: [{ model: 'x' }] },
      'rules[0].targets: rule "r": means nothing beside "deny", which ends the request',
    ],
    [
      { ...rule, fallbacks: [] },
      'rules[0].fallbacks: rule "r": means nothing beside "deny", which ends the request',
    ],
    [
      { ...rule, fallbackOn: ['content_policy'] },
      'rules[0].fallbackOn: rule "r": means nothing beside "deny", which ends the request',
    ],
    [
      { ...rule, chain: true },
      'rules[0].chain: rule "r": means nothing beside "deny", which ends the request',
    ],
    [
      { ...routed, fallbacks: ['x'], chain: true },
      'rules[0].chain: rule "r": needs "targets": the rules are asked again with the new model',
    ],
    [
      { ...rule, scope: { team: 'research', virtualKey: 'app' } },
      'rules[0].scope: rule "r": must name at most one of "virtualKey", "team" and "customer"',
    ],
    [
      { ...rule, scope: { team: 'reserch' } },
      'rules[0].scope.team: rule "r": names no team of this document, received "reserch"; did you mean "research"?',
    ],
    [
      { ...rule, scope: { virtualKey: 'research' } },
      'rules[0].scope.virtualKey: rule "r": names no virtual key of this document, received "research"',
    ],
    [
      { ...rule, scope: { customer: 'research' } },
      'rules[0].scope.customer: rule "r": names no customer of this document, received "research"',
    ],
    [{ ...routed, targets: [{}] }, 'rules[0].targets[0]: rule "r": must name "provider", "model" or both'],
    [
      { ...routed, targets: [{ weight: 1, keys: ['a'] }] },
      'rules[0].targets[0]: rule "r": must name "provider", "model" or both',
      'rules[0].targets[0].keys: rule "r": needs "provider": they are its keys',
    ],
    [
      { ...routed, targets: [{ model: 'x' }, { model: 'y', keys: ['a'] }] },
      'rules[0].targets[1].keys: rule "r": needs "provider": they are its keys',
    ],
    [
      { ...routed, targets: [{ provider: 'opnai' }] },
      'rules[0].targets[0].provider: rule "r": names no provider of this document, received "opnai"; did you mean "openai"?',
    ],
    [
      { ...routed, targets: [{ provider: 'constructor' }] },
      'rules[0].targets[0].provider: rule "r": names no provider of this document, received "constructor"',
    ],
    [
      { ...routed, targets: [{ provider: 'openai', keys: ['a', 'b'] }] },
      'rules[0].targets[0].keys: rule "r": names no key of provider "openai" of this document, received "b"; did you mean "a"?',
    ],
    [
      { ...routed, targets: [{ model: 'x', weight: 0 }, { model: 'y' }] },
      'rules[0].targets: rule "r": at least one weight must be above 0, received only 0',
    ],
    [
      { ...rule, when: 'modle == "a"' },
      'rules[0].when: rule "r": names no variable of rules, received "modle"; did you mean "model"? (line 1, column 1)',
    ],
    [
      { ...rule, when: 'model > 5' },
      'rules[0].when: rule "r": cannot be compiled: no such overload: string > int (line 1, column 1)',
    ],
    [
      { ...rule, when: 'model ==' },
      'rules[0].when: rule "r": cannot be compiled: Unexpected token: EOF (line 1, column 9)',
    ],
    [{ ...rule, when: '' }, 'rules[0].when: must be at least 1 characters long, received ""'],
    [
      { ...rule, when: ' '.repeat(4_097) },
      expect.stringMatching(/^rules\[0\]\.when: must be at most 4096 characters long/),
    ],
    [{ ...routed, targets: [] }, 'rules[0].targets: must be at least 1 entries long, received an array of 0'],
    [
      { ...routed, fallbackOn: ['timeouts'] },
      'rules[0].fallbackOn[0]: must be one of content_policy, received "timeouts"',
    ],
    [
      { ...rule, scope: { virtualkey: 'app' } },
      'rules[0].scope.virtualkey: unknown field; did you mean "virtualKey"?',
    ],
    [{ ...rule, priority: 1.5 }, 'rules[0].priority: must be a whole number, received 1.5'],
  ])('are refused by name: %j', (entry, ...expected) => {
    expect(problems(entry)).toEqual(expected);
  });

  it('are refused where two have one name, and where they are too many', () => {
    expect(problems(rule, rule)).toEqual([
      'rules[1].id: is the same as in entry 0; it must be unique, received "r"',
    ]);
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...rule, id: `r${index}` }));
    expect(problems(...many(1_000))).toEqual([]);
    expect(problems(...many(1_001))).toEqual([
      'rules: must be at most 1000 entries long, received an array of 1001',
    ]);
  });

  it('are all reported, each with its own name', () => {
    expect(
      problems({ ...rule, when: 'a' }, { ...rule, id: 's', when: 'b' }).map((each) => each.slice(0, 24)),
    ).toEqual(['rules[0].when: rule "r":', 'rules[1].when: rule "s":']);
  });
});

describe('a rule that can never match', () => {
  it.each([
    [
      'its expression is never true',
      [{ ...rule, when: '1 > 2' }],
      ['rules[0]: rule "r" can never match: its expression is never true'],
    ],
    [
      'nobody is in its scope',
      [{ ...rule, scope: { team: 'nobody' } }],
      ['rules[0]: rule "r" can never match: no virtual key belongs to team "nobody"'],
    ],
    [
      'nobody is in its scope',
      [{ ...rule, scope: { customer: 'idle' } }],
      ['rules[0]: rule "r" can never match: no virtual key belongs to customer "idle"'],
    ],
    [
      'one before it always does',
      [
        { ...rule, when: 'true' },
        { ...rule, id: 's' },
      ],
      ['rules[1]: rule "s" can never match: rule "r" comes before it in the same scope and always does'],
    ],
    [
      'one of lower priority always does',
      [
        { ...rule, priority: 2 },
        { ...rule, id: 's', when: 'true', priority: 1 },
      ],
      ['rules[0]: rule "r" can never match: rule "s" comes before it in the same scope and always does'],
    ],
  ])('gets a warning: %s', (_, rules, expected) => {
    expect(warnings(rules)).toEqual(expected);
  });

  it.each([
    ['one after it always does', [rule, { ...rule, id: 's', when: 'true' }]],
    [
      'one in another scope always does',
      [
        { ...rule, when: 'true', scope: { team: 'research' } },
        { ...rule, id: 's' },
      ],
    ],
    [
      'one before it asks the rules again',
      [
        { ...routed, when: 'true', targets: [{ model: 'gpt-5' }], chain: true },
        { ...rule, id: 's' },
      ],
    ],
    ['a customer has keys through a team', [{ ...rule, scope: { customer: 'acme' } }]],
  ])('is not one where %s', (_, rules) => {
    expect(warnings(rules)).toEqual([]);
  });

  it('is not one where a document has no virtual keys yet', () => {
    expect(warnings([rule], {}, { virtualKeys: [] })).toEqual([]);
  });
});

describe('where nobody may go', () => {
  const route = (fields: object, scope: object = {}) => warnings([{ ...routed, scope, ...fields }]);
  it.each([
    [
      { targets: [{ provider: 'claude-eu', model: 'haiku' }] },
      { team: 'research' },
      'target "claude-eu/haiku" can never be used: no virtual key in its scope may use provider "claude-eu"',
    ],
    [
      { fallbacks: ['claude-eu/haiku'] },
      { virtualKey: 'app' },
      'fallback "claude-eu/haiku" can never be used: no virtual key in its scope may use provider "claude-eu"',
    ],
    [
      { targets: [{ model: 'claude-eu/haiku' }] },
      { virtualKey: 'app' },
      'target "claude-eu/haiku" can never be used: no virtual key in its scope may use provider "claude-eu"',
    ],
    [
      { targets: [{ provider: 'openai' }] },
      { virtualKey: 'eu-app' },
      'target "openai" can never be used: no virtual key in its scope may lawfully use provider "openai", which processes data in us',
    ],
    [
      { fallbacks: ['claude-eu/nova-pro'] },
      { virtualKey: 'eu-app' },
      'fallback "claude-eu/nova-pro" is outside every allowance: no virtual key in its scope may use a model of that name there',
    ],
    [
      { fallbacks: ['claude-eu/claude-opus-4'] },
      {},
      'fallback "claude-eu/claude-opus-4" is outside every allowance: no virtual key in its scope may use a model of that name there',
    ],
    [
      { fallbacks: ['opnai/gpt-5'] },
      {},
      '"opnai/gpt-5" is read as a bare model name; did you mean provider "openai"?',
    ],
  ])('gets a warning: %j for %j', (fields, scope, expected) => {
    expect(route(fields, scope)).toEqual([`rules[0]: rule "r": ${expected}`]);
  });

  it.each([
    [{ targets: [{ provider: 'openai', model: 'gpt-5' }] }, {}],
    [{ targets: [{ provider: 'openai', model: 'gpt-5' }] }, { customer: 'acme' }],
    [{ fallbacks: ['claude-eu/haiku', 'claude-eu/claude-sonnet-4-5', 'gpt-5', 'meta/llama-4'] }, {}],
    [{ targets: [{ model: 'gpt-5' }] }, { virtualKey: 'eu-app' }],
  ])('is not %j for %j', (fields, scope) => {
    expect(route(fields, scope)).toEqual([]);
  });

  it('is where one virtual key may go, whichever it is', () => {
    for (const virtualKeys of [base.virtualKeys, base.virtualKeys.toReversed()]) {
      expect(warnings([{ ...routed, targets: [{ provider: 'openai' }] }], {}, { virtualKeys })).toEqual([]);
    }
  });

  it('counts what is inherited, and certifications', () => {
    const teams = [{ id: 'research', customer: 'acme', providers: open }, { id: 'nobody' }];
    const virtualKeys = [{ id: 'app', hash: hash('a'), team: 'research', certifications: ['hipaa'] }];
    const keys = [{ ...base.virtualKeys[1], zones: [], id: 'other' }];
    const rules = [{ ...routed, scope: { team: 'research' }, fallbacks: ['openai/gpt-5'] }];
    // A key none of whose providers is lawful refuses the document, so this one inherits a lawful one too.
    const lawful = [...open, { provider: 'claude-eu', models: ['*'] }];
    const inherited = { teams: [{ ...teams[0], providers: lawful }], virtualKeys: [...virtualKeys, ...keys] };
    expect(warnings(rules, {}, inherited)).toContain(
      'rules[0]: rule "r": fallback "openai/gpt-5" can never be used: no virtual key in its scope may lawfully use provider "openai", which lacks certification hipaa',
    );
  });
});

describe('what no catalog entry serves', () => {
  const serves: DocumentRules['serves'] = (provider, model) =>
    provider.type === 'openai' && model === 'gpt-5';
  const unserved = (fields: object, changes?: object) =>
    warnings([{ ...routed, ...fields }], { serves }, changes).filter((each) =>
      each.includes('no catalog entry'),
    );

  it('gets a warning, as target and as fallback', () => {
    const said =
      'no catalog entry says that provider "openai" serves "gpt-9"; if it does, add it to models.add or modelIds';
    expect(
      unserved({ targets: [{ provider: 'openai', model: 'gpt-9' }], fallbacks: ['openai/gpt-9'] }),
    ).toEqual([
      `rules[0]: rule "r": target "openai/gpt-9": ${said}`,
      `rules[0]: rule "r": fallback "openai/gpt-9": ${said}`,
    ]);
  });

  it.each([
    ['the catalog knows it', { fallbacks: ['openai/gpt-5'] }, {}],
    ['it has a name of its own', { fallbacks: ['claude-eu/haiku'] }, {}],
    ['a key spells it out', { fallbacks: ['claude-eu/claude-next'] }, {}],
    [
      'the document adds it',
      { fallbacks: ['openai/gpt-9'] },
      { models: { add: [{ model: 'openai/gpt-9' }] } },
    ],
    ['no model is named', { targets: [{ provider: 'openai' }] }, {}],
    ['no provider is named', { targets: [{ model: 'gpt-9' }] }, {}],
    ['it is an alias', { fallbacks: ['fast'] }, { models: { aliases: { fast: ['openai/gpt-5'] } } }],
  ])('is not meant where %s', (_, fields, changes) => {
    expect(unserved(fields, changes)).toEqual([]);
  });

  it('is not asked about where no catalog is at hand', () => {
    expect(warnings([{ ...routed, fallbacks: ['openai/gpt-9'] }])).toEqual([]);
  });
});
