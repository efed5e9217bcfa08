import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { both, compileGlobs, either, everything, isEverything, nothing } from '../../../lib/policy/globs.ts';

describe('compileGlobs', () => {
  it.each([
    ['gpt-5', 'gpt-5', true],
    ['gpt-5', 'gpt-5-mini', false],
    ['gpt-*', 'gpt-5-mini', true],
    ['gpt-*', 'GPT-5', false],
    ['*-mini', 'gpt-5-mini', true],
    ['gpt-*-mini', 'gpt-5-mini', true],
    ['gpt-*-mini', 'gpt-mini', false],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['a*b*b', 'ab', false],
    ['a*b*b', 'abb', true],
    ['*x*x*', 'x', false],
    ['*x*x*', 'xx', true],
    ['gpt-4.1', 'gpt-4x1', false],
    ['**', 'anything', true],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(compileGlobs([pattern])(name)).toBe(expected);
  });

  it('matches when any of its patterns does', () => {
    const matches = compileGlobs(['gpt-5', 'claude-*']);
    expect([matches('gpt-5'), matches('claude-x'), matches('o3')]).toEqual([true, true, false]);
  });

  it('opens nothing when empty', () => {
    expect(compileGlobs([])).toBe(nothing);
  });

  it('agrees with the regular expression it stands for', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(word, name, (pattern, text) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);
        expect(compileGlobs([pattern])(text)).toBe(expected);
      }),
    );
  });

  it('stays linear on what makes regular expressions explode', () => {
    const matches = compileGlobs([`${'a*'.repeat(60)}b`]);
    expect(matches('a'.repeat(100_000))).toBe(false);
  });
});

describe('combinations', () => {
  it('both and either', () => {
    const a = compileGlobs(['a*']);
    const b = compileGlobs(['*b']);
    expect(['ab', 'a', 'b', 'c'].map(both(a, b))).toEqual([true, false, false, false]);
    expect(['ab', 'a', 'b', 'c'].map(either(a, b))).toEqual([true, true, true, false]);
    expect(both(everything, a)).toBe(a);
    expect(either(nothing, a)).toBe(a);
  });

  it('knows the glob that names nothing in particular', () => {
    expect([isEverything('*'), isEverything('**'), isEverything('a*')]).toEqual([true, true, false]);
  });
});
