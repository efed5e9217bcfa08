import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../lib/domain/policy.ts';
import { compileCaller } from '../../../lib/policy/caller.ts';
import { unlawful } from '../../../lib/policy/lawful.ts';

const open = (provider: string, extra: object = {}) => ({ provider, models: ['*'], keys: ['*'], ...extra });

/** What a caller may do at each provider, asked about a few names. */
const opened = (caller: Caller, names: readonly string[] = ['gpt-5', 'o3']) =>
  Object.fromEntries(
    caller.grants.map((grant) => [
      grant.provider,
      names.filter((name) => grant.allowsModel(name) && !grant.deniesModel(name)),
    ]),
  );

describe('deny by default', () => {
  it.each([
    ['no list anywhere', {}, undefined, undefined, {}],
    ['an empty list', { providers: [] }, undefined, undefined, {}],
    ['an empty list under an open team', { providers: [] }, { providers: [open('a')] }, undefined, {}],
    [
      'a list that is not given takes the team’s',
      {},
      { providers: [open('a')] },
      undefined,
      { a: ['gpt-5', 'o3'] },
    ],
    ['or the customer’s', {}, {}, { providers: [open('a')] }, { a: ['gpt-5', 'o3'] }],
    [
      'a team cannot open what the customer does not',
      {},
      { providers: [open('a'), open('b')] },
      { providers: [open('b')] },
      { b: ['gpt-5', 'o3'] },
    ],
    ['a key cannot either', { providers: [open('a')] }, { providers: [open('b')] }, undefined, {}],
    ['models left out', { providers: [{ provider: 'a', keys: ['*'] }] }, undefined, undefined, { a: [] }],
    ['no models', { providers: [open('a', { models: [] })] }, undefined, undefined, { a: [] }],
    [
      'some models',
      { providers: [open('a', { models: ['gpt-*'] })] },
      undefined,
      undefined,
      { a: ['gpt-5'] },
    ],
    [
      'deny beats allow',
      { providers: [open('a', { denyModels: ['gpt-5'] })] },
      undefined,
      undefined,
      { a: ['o3'] },
    ],
    [
      'deny of the team beats allow of the key',
      { providers: [open('a', { models: ['gpt-5'] })] },
      { providers: [open('a', { denyModels: ['gpt-*'] })] },
      undefined,
      { a: [] },
    ],
    [
      'models of key and team',
      { providers: [open('a')] },
      { providers: [open('a', { models: ['o3'] })] },
      undefined,
      { a: ['o3'] },
    ],
    [
      'zones with none in common',
      { providers: [open('a')], zones: ['eu'] },
      { zones: ['us'] },
      undefined,
      {},
    ],
  ])('%s', (_, key, team, customer, expected) => {
    const caller = compileCaller(
      { id: 'k', ...(team !== undefined && { team: 't' }), ...key },
      team && { id: 't', ...team },
      customer && { id: 'c', ...customer },
    );
    expect(opened(caller)).toEqual(expected);
  });

  it('opens no provider key where keys are left out, and those named otherwise', () => {
    const keysOf = (grant: object) =>
      ['a', 'b'].filter(
        compileCaller({ id: 'k', providers: [{ provider: 'p', ...grant }] }).grants[0]?.allowsKey ??
          (() => true),
      );
    expect(keysOf({ models: ['*'] })).toEqual([]);
    expect(keysOf({ keys: ['b'] })).toEqual(['b']);
    expect(keysOf({ keys: ['*'] })).toEqual(['a', 'b']);
  });

  it('tells a name spelled out from "*"', () => {
    const [grant] = compileCaller({
      id: 'k',
      providers: [open('p', { models: ['*', 'my-model', 'ft:*'] })],
    }).grants;
    expect(['my-model', 'ft:gpt:acme', 'gpt-5'].map((name) => grant?.namesModel(name))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('does not let a key spell out what its team opens by "*" only', () => {
    const [grant] = compileCaller(
      { id: 'k', team: 't', providers: [open('p', { models: ['my-model'] })] },
      { id: 't', providers: [open('p')] },
    ).grants;
    expect([grant?.allowsModel('my-model'), grant?.namesModel('my-model')]).toEqual([true, false]);
  });
});

describe('inheritance', () => {
  it.each([
    [[], [], []],
    [['eu'], [], ['eu']],
    [[], ['eu', 'us'], ['eu', 'us']],
    [['eu', 'us'], ['us', 'jp'], ['us']],
    [undefined, ['eu'], ['eu']],
  ])('zones %j of the team and %j of the key make %j', (team, key, expected) => {
    const caller = compileCaller(
      { id: 'k', team: 't', zones: key, providers: [open('a')] },
      { id: 't', zones: team },
    );
    expect(caller.zones).toEqual(expected);
  });

  it('adds certifications up and takes the innermost strategy', () => {
    const caller = compileCaller(
      { id: 'k', team: 't', certifications: ['soc2'] },
      { id: 't', customer: 'c', certifications: ['hipaa'], strategy: 'cheapest' },
      { id: 'c', certifications: ['soc2', 'iso27001'], strategy: 'adaptive' },
    );
    expect(caller.certifications).toEqual(['soc2', 'iso27001', 'hipaa']);
    expect(caller).toMatchObject({ strategy: 'cheapest', teamId: 't', customerId: 'c', enabled: true });
  });

  it('names, switches and dates', () => {
    expect(
      compileCaller({ id: 'k', name: 'Research', enabled: false, expiresAt: '2027-01-01T01:00:00+01:00' }),
    ).toMatchObject({ virtualKeyName: 'Research', enabled: false, expiresAtMs: 1_798_761_600_000 });
    expect(compileCaller({ id: 'k' })).toMatchObject({ virtualKeyName: 'k', strategy: 'weighted' });
  });
});

describe('weights', () => {
  const weights = (key: object[] | undefined, team?: object[]) =>
    compileCaller(
      { id: 'k', team: 't', providers: key?.map((grant) => ({ provider: 'x', ...grant })) },
      { id: 't', providers: team?.map((grant) => ({ provider: 'x', ...grant })) },
    ).grants.map(({ provider, weight }) => [provider, weight]);

  it('all count 1 where none is given', () => {
    expect(weights([{ provider: 'a' }, { provider: 'b' }])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });
  it('a missing one stays missing where another is given', () => {
    expect(weights([{ provider: 'a', weight: 2 }, { provider: 'b' }])).toEqual([
      ['a', 2],
      ['b', undefined],
    ]);
  });
  it('the key’s list counts when it weighs, else the team’s', () => {
    const team = [
      { provider: 'a', weight: 3 },
      { provider: 'b', weight: 0 },
    ];
    expect(weights([{ provider: 'a' }, { provider: 'b' }], team)).toEqual([
      ['a', 3],
      ['b', 0],
    ]);
    expect(
      weights(
        [
          { provider: 'a', weight: 1 },
          { provider: 'b', weight: 9 },
        ],
        team,
      ),
    ).toEqual([
      ['a', 1],
      ['b', 9],
    ]);
  });
});

describe('a virtual key never exceeds its team', () => {
  const names = ['gpt-5', 'gpt-5-mini', 'o3'];
  const globs = fc.uniqueArray(fc.constantFrom('*', 'gpt-*', 'gpt-5', 'o3'), { maxLength: 3 });
  const grants = fc.uniqueArray(
    fc.record({ provider: fc.constantFrom('a', 'b', 'c'), models: globs, denyModels: globs, keys: globs }),
    { selector: ({ provider }) => provider, maxLength: 3 },
  );
  const scope = fc.record(
    {
      providers: grants,
      zones: fc.uniqueArray(fc.constantFrom('eu', 'us', 'jp'), { maxLength: 3 }),
      certifications: fc.uniqueArray(fc.constantFrom('soc2', 'hipaa'), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  );
  const places = [[], ['eu'], ['us'], ['eu', 'us']];

  /** Everything a caller may lawfully reach. */
  const reach = (caller: Caller) =>
    caller.grants.flatMap((grant) =>
      places.flatMap((zones) =>
        unlawful({ zones, certifications: ['soc2'] }, caller) !== undefined
          ? []
          : names
              .filter((name) => grant.allowsModel(name) && !grant.deniesModel(name))
              .map((name) => `${grant.provider} ${zones.join()} ${name}`),
      ),
    );

  it('whatever both say', () => {
    fc.assert(
      fc.property(scope, fc.record({ providers: grants }), scope, (key, providers, team) => {
        const outer = { ...team, ...providers };
        const alone = reach(compileCaller({ id: 'k', ...outer }));
        const folded = reach(compileCaller({ id: 'k', team: 't', ...key }, { id: 't', ...outer }));
        expect(alone).toEqual(expect.arrayContaining(folded));
      }),
    );
  });
});

describe('what rules call a caller', () => {
  const key = { id: 'k', hash: 'h' };
  it('is the names of its team and its customer', () => {
    expect(
      compileCaller(
        { ...key, team: 't' },
        { id: 't', customer: 'c', name: 'The team' },
        { id: 'c', name: 'The customer' },
      ),
    ).toMatchObject({ virtualKeyName: 'k', teamName: 'The team', customerName: 'The customer' });
  });

  it('is their ids where they have no name', () => {
    expect(compileCaller({ ...key, team: 't' }, { id: 't', customer: 'c' }, { id: 'c' })).toMatchObject({
      teamName: 't',
      customerName: 'c',
    });
    expect(compileCaller({ ...key, name: 'The app', customer: 'c' }, undefined, { id: 'c' })).toMatchObject({
      virtualKeyName: 'The app',
      customerName: 'c',
    });
  });

  it('is absent where there is none', () => {
    const caller = compileCaller(key);
    expect(['teamId', 'teamName', 'customerId', 'customerName'].filter((field) => field in caller)).toEqual(
      [],
    );
  });
});
