import { describe, expect, it } from 'vitest';
import { aliasCycles, expandAliases } from '../../../lib/policy/aliases.ts';

describe('expandAliases', () => {
  it('keeps the order and replaces aliases inside a chain', () => {
    const chains = expandAliases({
      smart: ['openai/gpt-5', 'fast', 'openai/gpt-5'],
      fast: ['openai/gpt-5-mini', 'claude-haiku'],
    });
    expect([...chains]).toEqual([
      ['fast', ['openai/gpt-5-mini', 'claude-haiku']],
      ['smart', ['openai/gpt-5', 'openai/gpt-5-mini', 'claude-haiku']],
    ]);
  });

  it('takes names of Object.prototype for what they are: not aliases', () => {
    expect(expandAliases({ a: ['constructor'] }).get('a')).toEqual(['constructor']);
  });
});

describe('aliasCycles', () => {
  it('names the way round, once', () => {
    expect(aliasCycles({ start: ['a'], a: ['b', 'gpt-5'], b: ['a'] })).toEqual([['a', 'b', 'a']]);
    expect(aliasCycles({ self: ['self'] })).toEqual([['self', 'self']]);
  });

  it('finds none where two chains share an alias', () => {
    expect(aliasCycles({ a: ['c'], b: ['c', 'a'], c: ['gpt-5'] })).toEqual([]);
  });
});
