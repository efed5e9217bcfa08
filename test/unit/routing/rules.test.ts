import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../lib/domain/failure.ts';
import type { Rule } from '../../../lib/domain/rules.ts';
import { decide } from '../../../lib/routing/decide.ts';
import { NoTarget } from '../../../lib/routing/no-target.ts';
import {
  caller,
  catalog,
  grant,
  healthOf,
  key,
  provider,
  routeHealth,
  routing,
  rule,
} from '../../support/routing.ts';

const models = catalog({
  a: [
    { model: 'big', family: 'big' },
    { model: 'small', family: 'small' },
  ],
  b: [
    { model: 'b-big-2', family: 'big' },
    { model: 'small', family: 'small' },
  ],
  abroad: [{ model: 'small', family: 'small' }],
});

/** Each rule with the models it matches; absent: all. */
type RuleOf = Rule & { readonly on?: string };

interface Options {
  readonly rules: readonly RuleOf[];
  readonly fallbacks?: readonly string[];
  readonly draw?: number;
  readonly zones?: readonly string[];
}

const contextOf = ({ rules, zones = [] }: Options) =>
  routing({
    providers: [
      provider('a', {
        zones: ['eu'],
        keys: [key('k1', { weight: 1 }), key('k2', { weight: 1 }), key('named')],
      }),
      provider('b', { zones: ['eu'] }),
      provider('abroad', { zones: ['us'] }),
      provider('forbidden', { catalogId: 'b' }),
    ],
    catalog: models,
    caller: caller([grant('a', { weight: 1 }), grant('b', { weight: 1 }), grant('abroad', { weight: 0 })], {
      zones,
    }),
    aliases: { fast: ['b/small', 'a/small'] },
    ruleFor: (model, pinned) =>
      rules.find(({ on }) => on === undefined || on === (pinned === '' ? model : `${pinned}/${model}`)),
  });

const ask = (model: string, options: Options) =>
  decide(
    contextOf(options),
    { model, fallbacks: options.fallbacks ?? [], sessionKey: undefined },
    () => options.draw ?? 0,
  );

const orderOf = (model: string, options: Options): readonly string[] =>
  ask(model, options).order.map((target) => `${target.provider.id}/${target.model}`);

const refusal = (model: string, options: Options): NoTarget => {
  try {
    ask(model, options);
  } catch (error) {
    if (error instanceof NoTarget) return error;
  }
  throw new Error('not refused');
};

const to = (id: string, ...targets: NonNullable<Rule['targets']>): Rule => rule(id, { targets });

describe('a rule with targets', () => {
  it('replaces what the name would have meant, by its own weights', () => {
    const rules = [
      to('r', { provider: 'a', model: 'small', weight: 1 }, { provider: 'b', model: 'small', weight: 3 }),
    ];
    expect(orderOf('big', { rules, draw: 0.2 })).toEqual(['a/small', 'b/small']);
    expect(orderOf('big', { rules, draw: 0.3 })).toEqual(['b/small', 'a/small']);
    expect(orderOf('a/big', { rules, draw: 0 })).toEqual(['a/small', 'b/small']);
    expect(ask('big', { rules })).toMatchObject({ rules: ['r'], reason: 'rule r: weighted choice' });
  });

  it('keeps the model asked for where it names none, and spreads a model where it names no provider', () => {
    expect(orderOf('big', { rules: [to('r', { provider: 'b' })] })).toEqual(['b/b-big-2']);
    expect(orderOf('big', { rules: [to('r', { model: 'small' })] })).toEqual([
      'a/small',
      'b/small',
      'abroad/small',
    ]);
    expect(orderOf('big', { rules: [to('r', { model: 'fast' })], draw: 0.99 })).toEqual([
      'b/small',
      'a/small',
    ]);
  });

  it('goes on with the same model first, then by weight', () => {
    const rules = [
      to(
        'r',
        { provider: 'a', model: 'big', weight: 5 },
        { provider: 'a', model: 'small', weight: 4 },
        { provider: 'b', model: 'big', weight: 1 },
      ),
    ];
    expect(orderOf('m', { rules })).toEqual(['a/big', 'b/b-big-2', 'a/small']);
    expect(orderOf('m', { rules, draw: 0.6 })).toEqual(['a/small', 'a/big', 'b/b-big-2']);
  });

  it('asks a target without weight among weighted ones never, and weight 0 only when the others are gone', () => {
    const rules = [to('r', { provider: 'a', model: 'small', weight: 1 }, { provider: 'b', model: 'small' })];
    expect(orderOf('big', { rules, draw: 0.99 })).toEqual(['a/small']);
    const zero = [
      to('r', { provider: 'a', model: 'small', weight: 0 }, { provider: 'b', model: 'small', weight: 1 }),
    ];
    expect(orderOf('big', { rules: zero })).toEqual(['b/small', 'a/small']);
  });

  it('never leads past an allow-list, a zone or a certification', () => {
    const error = refusal('big', { rules: [to('sneak', { provider: 'forbidden', model: 'small' })] });
    expect(error).toMatchObject({ status: 403, code: 'provider_not_allowed', rules: ['sneak'] });
    const abroad = [to('abroad', { provider: 'abroad', model: 'small' })];
    expect(orderOf('big', { rules: abroad })).toEqual(['abroad/small']);
    expect(refusal('big', { rules: abroad, zones: ['eu'] }).candidates).toMatchObject([
      { kept: false, reason: 'zone' },
    ]);
  });

  it('pins keys, also one that is never picked otherwise', () => {
    const keysOf = (allowed: string) =>
      ask('big', {
        rules: [to('r', { provider: 'a', model: 'small', allowsKey: (id) => id === allowed })],
      }).order[0]?.keys.map(({ id }) => id);
    expect(keysOf('k2')).toEqual(['k2']);
    expect(keysOf('named')).toEqual(['named']);
    const lost = [to('r', { provider: 'a', model: 'small', allowsKey: () => false })];
    expect(refusal('big', { rules: lost })).toMatchObject({ status: 503, code: 'unavailable' });
  });
});

describe('fallbacks', () => {
  const target = { provider: 'a', model: 'small' };

  it("of the rule come before the caller's and replace them, in their order", () => {
    const rules = [rule('r', { targets: [target], fallbacks: ['b/small', 'a/big'] })];
    expect(orderOf('big', { rules, fallbacks: ['b/big'] })).toEqual(['a/small', 'b/small', 'a/big']);
  });

  it('of the rule replace the rest of the targets, and stand in where none of them is left', () => {
    const two = [rule('r', { targets: [target, { provider: 'b', model: 'small' }], fallbacks: ['a/big'] })];
    expect(orderOf('big', { rules: two })).toEqual(['a/small', 'a/big']);
    const none = [rule('r', { targets: [{ provider: 'forbidden', model: 'small' }], fallbacks: ['a/big'] })];
    expect(orderOf('big', { rules: none })).toEqual(['a/big']);
    expect(ask('big', { rules: none }).reason).toBe('rule r: fallback: no target for big');
  });

  it('of a rule without targets stand behind what was asked for', () => {
    const rules = [rule('r', { fallbacks: ['a/small'] })];
    expect(orderOf('big', { rules, draw: 0.99 })).toEqual(['b/b-big-2', 'a/small']);
    expect(orderOf('fast', { rules: [rule('r', { fallbacks: ['a/big'] })] })).toEqual(['b/small', 'a/big']);
  });

  it('of the caller stand where the rule gives none, each through the rules as if asked for', () => {
    const rules = [
      { ...to('r', { provider: 'a', model: 'small' }), on: 'big' },
      { ...to('s', { provider: 'b', model: 'small' }), on: 'a/big' },
      { ...rule('no', { deny: 'not for you' }), on: 'abroad/small' },
    ];
    const decision = ask('big', { rules, fallbacks: ['a/big', 'abroad/small'] });
    expect(decision.order.map((each) => `${each.provider.id}/${each.model}`)).toEqual(['a/small', 'b/small']);
    expect(decision.rules).toEqual(['r', 's', 'no']);
    expect(decision.candidates.at(-1)).toMatchObject({ kept: false, reason: 'rule', provider: 'abroad' });
  });

  it('of the rule are not turned back by other rules, and are filtered all the same', () => {
    const rules = [
      { ...rule('r', { targets: [target], fallbacks: ['b/small', 'abroad/small'] }), on: 'big' },
      rule('no', { deny: 'nothing else' }),
    ];
    expect(orderOf('big', { rules, zones: ['eu'] })).toEqual(['a/small', 'b/small']);
  });
});

describe('a denial', () => {
  it('refuses by the name of the rule, whatever fallbacks the caller brings', () => {
    const rules = [{ ...rule('no-big', { deny: 'big models are for research' }), on: 'big' }];
    const error = refusal('big', { rules, fallbacks: ['a/small'] });
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({
      status: 403,
      code: 'model_not_allowed',
      message: 'model "big": rule "no-big" denies it: big models are for research',
      rules: ['no-big'],
    });
  });
});

describe('a chain', () => {
  const chained = (id: string, on: string, model: string): RuleOf => ({
    ...rule(id, { targets: [{ provider: 'a', model }], chain: true }),
    on,
  });

  it('is asked again with the model it has chosen', () => {
    const rules = [
      chained('first', 'big', 'small'),
      { ...to('second', { provider: 'b', model: 'small' }), on: 'a/small' },
    ];
    expect(ask('big', { rules }).rules).toEqual(['first', 'second']);
    expect(orderOf('big', { rules })).toEqual(['b/small']);
  });

  it('can end in a denial', () => {
    const rules = [chained('first', 'big', 'small'), { ...rule('no', { deny: 'never' }), on: 'a/small' }];
    expect(refusal('big', { rules })).toMatchObject({ rules: ['first', 'no'] });
  });

  it('ends where nothing more matches, with the choice it made', () => {
    const rules: RuleOf[] = [
      {
        ...rule('r', {
          targets: [
            { provider: 'a', model: 'small' },
            { provider: 'b', model: 'small' },
          ],
          chain: true,
        }),
        on: 'big',
      },
    ];
    const draws = [0.9, 0];
    const decision = decide(
      contextOf({ rules }),
      { model: 'big', fallbacks: [], sessionKey: undefined },
      () => draws.shift() ?? 0,
    );
    expect(decision.order[0]?.provider.id).toBe('b');
  });

  it('visits no state twice', () => {
    const rules = [
      chained('there', 'big', 'small'),
      chained('back', 'a/small', 'big'),
      chained('again', 'a/big', 'small'),
    ];
    expect(ask('big', { rules }).rules).toEqual(['there', 'back', 'again']);
  });

  it('ends after ten rules', () => {
    const after = (model: string): number => Number(model.slice(1) || '0') + 1;
    const endless = routing({
      providers: [provider('a', { servesAnyModel: true })],
      caller: caller([grant('a')]),
      ruleFor: (model) =>
        rule(`r${after(model)}`, { targets: [{ provider: 'a', model: `m${after(model)}` }], chain: true }),
    });
    const decision = decide(endless, { model: 'm', fallbacks: [], sessionKey: undefined }, () => 0);
    expect(decision.rules).toHaveLength(10);
    expect(decision.order.map(({ model }) => model)).toEqual(['m10']);
  });

  it('keeps fallbacks that an earlier rule gave', () => {
    const rules = [
      {
        ...rule('r', { targets: [{ provider: 'a', model: 'small' }], fallbacks: ['b/big'], chain: true }),
        on: 'big',
      },
      { ...to('s', { provider: 'b', model: 'small' }), on: 'a/small' },
    ];
    expect(orderOf('big', { rules })).toEqual(['b/small', 'b/b-big-2']);
  });
});

it('asks no rule where there is none', () => {
  const { ruleFor: _none, ...context } = contextOf({ rules: [] });
  expect(decide(context, { model: 'fast', fallbacks: [], sessionKey: undefined }, () => 0).rules).toEqual([]);
});

it('lets a refusal by the safety system go on where the rule opts in', () => {
  expect(
    ask('big', { rules: [rule('r', { fallbacks: ['b/big'], pastContentPolicy: true })] }).pastContentPolicy,
  ).toBe(true);
  expect(ask('big', { rules: [rule('r', { fallbacks: ['b/big'] })] }).pastContentPolicy).toBe(false);
});

it("moves a rule's target that has failed behind its fallbacks", () => {
  const context = {
    ...contextOf({
      rules: [rule('r', { targets: [{ provider: 'a', model: 'small' }], fallbacks: ['b/small'] })],
    }),
    health: healthOf({ 'a/small': routeHealth({ state: 'failed', share: 0 }) }),
  };
  const { order, reason } = decide(context, { model: 'big', fallbacks: [], sessionKey: undefined }, () => 0);
  expect(order.map(({ provider: { id } }) => id)).toEqual(['b', 'a']);
  expect(reason).toBe('rule r: fallback: a is not in rotation');
});

describe('a denial, however a request comes to what it denies', () => {
  const no = (on: string) => ({ ...rule('no', { deny: 'never' }), on });

  it('takes it out of an alias, and refuses an alias of nothing else', () => {
    expect(orderOf('fast', { rules: [no('b/small')] })).toEqual(['a/small']);
    expect(ask('fast', { rules: [no('b/small')] }).candidates).toMatchObject([
      { kept: false, reason: 'rule', provider: 'b' },
      { kept: true },
    ]);
    const rules = [no('b/small'), { ...rule('no-a', { deny: 'nor here' }), on: 'a/small' }];
    expect(refusal('fast', { rules })).toMatchObject({ status: 403, code: 'model_not_allowed' });
  });

  it('takes it out of a chain, wherever the draw falls', () => {
    const targets = [
      { provider: 'a', model: 'small' },
      { provider: 'b', model: 'small' },
    ];
    const rules = [{ ...rule('spread', { targets, chain: true }), on: 'big' }, no('b/small')];
    for (const draw of [0, 0.99]) expect(orderOf('big', { rules, draw })).toEqual(['a/small']);
  });
});

describe('a rule on a model', () => {
  it.each(['gpt-4o', 'GPT-4o', ' gpt-4o', 'gpt_4o', 'x/gpt-4o', 'o/GPT-4O', 'o/o/gpt-4o'])(
    'is not escaped by the spelling %j',
    (spelling) => {
      const plain = (name: string) =>
        name
          .slice(name.lastIndexOf('/') + 1)
          .trim()
          .toLowerCase()
          .replace(/[_.]/g, '-');
      const context = routing({
        providers: [provider('o')],
        caller: caller([grant('o')]),
        catalog: {
          asOfS: 0,
          find: (_id, name) => (plain(name) === 'gpt-4o' ? { model: 'gpt-4o', family: 'gpt-4o' } : undefined),
          list: () => [],
        },
        ruleFor: (model) => (model === 'gpt-4o' ? rule('no', { deny: 'never' }) : undefined),
      });
      const asking = () =>
        decide(context, { model: spelling, fallbacks: [], sessionKey: undefined }, () => 0);
      expect(asking).toThrow(expect.objectContaining({ status: 403 }));
    },
  );
});

it('splits sessions between two models of one provider by their weights', () => {
  const rules = [
    to('r', { provider: 'a', model: 'big', weight: 3 }, { provider: 'a', model: 'small', weight: 2 }),
  ];
  const context = contextOf({ rules });
  let big = 0;
  for (let session = 0; session < 1_000; session += 1) {
    const { order } = decide(context, { model: 'm', fallbacks: [], sessionKey: `s${session}` }, () => 0);
    big += Number(order[0]?.model === 'big');
  }
  expect(big).toBeGreaterThan(540);
  expect(big).toBeLessThan(660);
});
