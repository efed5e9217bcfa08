import { expect, it, vi } from 'vitest';
import { loadRules } from '../../../../lib/policy/rules/load.ts';
import { factsOf } from './facts.ts';

const loaded = vi.hoisted((): string[] => []);
vi.mock('@marcbachmann/cel-js/evaluator', async (actual) => (loaded.push('CEL'), await actual()));
vi.mock('@bufbuild/re2', async (actual) => (loaded.push('RE2'), await actual()));

it('the rules of a stored policy load CEL when there is one, and RE2 when one asks for a pattern', async () => {
  expect(await loadRules([])).toEqual(new Map());
  expect(loaded).toEqual([]);

  const plain = await loadRules([{ id: 'r', when: "model == 'gpt-5'", deny: 'no' }]);
  expect(plain.get('global')?.[0]?.matches(factsOf())).toBe(true);
  expect(loaded).toEqual(['CEL']);

  const patterned = await loadRules([{ id: 'r', when: "model.matches('^gpt')", deny: 'no' }]);
  expect(patterned.get('global')?.[0]?.matches(factsOf())).toBe(true);
  expect(loaded).toEqual(['CEL', 'RE2']);
});
