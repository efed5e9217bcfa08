import { describe, expect, it } from 'vitest';
import { nearest } from '../../../lib/policy/nearest.ts';

describe('nearest', () => {
  it.each([
    ['budget', ['budgets', 'rules'], 'budgets'],
    ['wieght', ['weight', 'models'], 'weight'],
    ['Models', ['models'], 'models'],
    ['baseurl', ['baseUrl'], 'baseUrl'],
    ['apiKey', ['id', 'secret', 'env'], undefined],
    ['x', ['y'], 'y'],
    ['x', ['abc'], undefined],
  ])('%s among %j: %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  it('does not compare words of any length', () => {
    expect(nearest('a'.repeat(65), ['a'.repeat(65)])).toBeUndefined();
  });
});
