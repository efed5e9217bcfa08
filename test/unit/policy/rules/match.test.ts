import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../../lib/domain/rules.ts';
import type { RuleEntry } from '../../../../lib/policy/document-schema.ts';
import { matchRule } from '../../../../lib/policy/rules/match.ts';
import { compileRules } from '../../../../lib/policy/rules/rule-book.ts';
import { compile } from './compile.ts';
import { factsOf } from './facts.ts';

const rule = (id: string, changes: Partial<RuleEntry> = {}): RuleEntry => ({
  id,
  when: 'true',
  deny: 'no',
  ...changes,
});
const caller = { virtualKeyId: 'app', teamId: 'research', customerId: 'acme' };
const own = { virtualKey: 'app' };
const team = { team: 'research' };
const customer = { customer: 'acme' };

const first = (
  rules: readonly RuleEntry[],
  who: Parameters<typeof matchRule>[1] = caller,
): string | undefined => matchRule(compileRules(rules, compile), who, factsOf())?.id;

describe('the first rule that matches', () => {
  it('is of the virtual key before the team, the customer and everybody, whatever their priorities', () => {
    const rules = [
      rule('global', { priority: -4 }),
      rule('customer', { scope: customer, priority: -3 }),
      rule('team', { scope: team, priority: -2 }),
      rule('own', { scope: own, priority: -1 }),
    ];
    expect(first(rules)).toBe('own');
    expect(first(rules.slice(0, 3))).toBe('team');
    expect(first(rules.slice(0, 2))).toBe('customer');
    expect(first(rules.slice(0, 1))).toBe('global');
  });

  it('is of a wider scope where no narrower one matches', () => {
    const never = { when: "model == 'other'" };
    const rules = [
      rule('own', { scope: own, ...never }),
      rule('team', { scope: team, ...never }),
      rule('customer', { scope: customer, ...never }),
      rule('empty-scope', { scope: {} }),
    ];
    expect(first(rules)).toBe('empty-scope');
  });

  it('is the one with the lowest priority in its scope, and 0 where it has none', () => {
    expect(first([rule('none'), rule('low', { priority: -1 })])).toBe('low');
    expect(first([rule('high', { priority: 1 }), rule('none')])).toBe('none');
    expect(first([rule('ten', { priority: 10 }), rule('nine', { priority: 9 })])).toBe('nine');
  });

  it('is the one written first among equals', () => {
    expect(first([rule('a', { priority: 0 }), rule('b'), rule('c')])).toBe('a');
    expect(first([rule('b'), rule('a', { priority: 0 })])).toBe('b');
  });

  it('is nobody else’s', () => {
    const rules = [
      rule('other-key', { scope: { virtualKey: 'research' } }),
      rule('other-team', { scope: { team: 'acme' } }),
      rule('other-customer', { scope: { customer: 'app' } }),
    ];
    expect(first(rules)).toBeUndefined();
    expect(first([rule('team', { scope: team })], { virtualKeyId: 'app' })).toBeUndefined();
    expect(
      first([rule('customer', { scope: customer })], { virtualKeyId: 'app', teamId: 'research' }),
    ).toBeUndefined();
    expect(
      first([rule('own', { scope: { virtualKey: 'global' } })], { virtualKeyId: 'app' }),
    ).toBeUndefined();
  });

  it('leaves the rules of others unasked', () => {
    const asked: string[] = [];
    const ruleOf = (scope: string): Rule => ({
      id: scope,
      when: 'false',
      deny: 'no',
      chain: false,
      pastContentPolicy: false,
      matches: () => (asked.push(scope), false),
    });
    const scopes = ['virtual_key/app', 'virtual_key/other', 'team/other', 'customer/acme', 'global'];
    const book = new Map(scopes.map((scope) => [scope, [ruleOf(scope)]]));
    expect(matchRule(book, caller, factsOf())).toBeUndefined();
    expect(asked).toEqual(['virtual_key/app', 'customer/acme', 'global']);
  });

  it('is the least of its scope, priority and place, for any rules', () => {
    const scopes = [own, team, customer, undefined, { team: 'other' }];
    const some = fc.array(
      fc.record({ scope: fc.nat(4), priority: fc.integer({ min: -2, max: 2 }), matches: fc.boolean() }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(some, (given) => {
        const rules = given.map(({ scope, priority, matches }, index) =>
          rule(`r${index}`, { scope: scopes[scope], priority, when: String(matches) }),
        );
        const expected = given
          .map((entry, index) => ({ ...entry, index }))
          .filter(({ matches, scope }) => matches && scope < 4)
          .reduce<{ scope: number; priority: number; index: number } | undefined>((best, entry) => {
            if (best === undefined || entry.scope < best.scope) return entry;
            return entry.scope === best.scope && entry.priority < best.priority ? entry : best;
          }, undefined);
        expect(first(rules)).toBe(expected === undefined ? undefined : `r${expected.index}`);
      }),
    );
  });
});

describe('a compiled rule', () => {
  it('holds what is written, and nothing that is not', () => {
    const book = compileRules(
      [
        rule('deny', { deny: 'not here' }),
        {
          id: 'route',
          when: 'stream',
          targets: [
            { provider: 'openai', model: 'gpt-5-mini', weight: 0, keys: ['a', 'b-*'] },
            { model: 'fast' },
          ],
          fallbacks: [],
          chain: true,
          fallbackOn: ['content_policy'],
        },
      ],
      compile,
    );
    const [deny, route] = book.get('global') ?? [];
    expect(deny).toEqual({
      id: 'deny',
      when: 'true',
      matches: expect.any(Function),
      deny: 'not here',
      chain: false,
      pastContentPolicy: false,
    });
    expect(route).toEqual({
      id: 'route',
      when: 'stream',
      matches: expect.any(Function),
      targets: [
        { provider: 'openai', model: 'gpt-5-mini', weight: 0, allowsKey: expect.any(Function) },
        { model: 'fast' },
      ],
      fallbacks: [],
      chain: true,
      pastContentPolicy: true,
    });
    const allowsKey = route?.targets?.[0]?.allowsKey;
    expect(['a', 'b-1', 'b', 'c'].map((id) => allowsKey?.(id))).toEqual([true, true, false, false]);
  });

  it('is no rule where its expression does not compile', () => {
    expect(() => compileRules([rule('typo', { when: 'modle' })], compile)).toThrow(
      'rule "typo": the expression names no variable of rules, received "modle"; did you mean "model"? (line 1, column 1)',
    );
  });
});
