import type { RuleBook } from '../../domain/rules.ts';
import type { RuleEntry } from '../document-schema.ts';
import type { PatternCompiler } from './patterns.ts';
import { compileRules } from './rule-book.ts';

/**
 * The rules of a stored policy, compiled. CEL is loaded by the first policy that has a rule, RE2 by the first that
 * could ask for a pattern: a gateway without rules never carries them.
 * @throws Error naming a rule whose expression does not compile
 */
export async function loadRules(entries: readonly RuleEntry[]): Promise<RuleBook> {
  if (entries.length === 0) return new Map();
  const asksForPatterns = entries.some(({ when }) => when.includes('matches'));
  const [{ createConditionCompiler }, compilePattern] = await Promise.all([
    import('./condition.ts'),
    asksForPatterns ? import('./patterns.ts').then((module) => module.compilePattern) : noPatterns,
  ]);
  return compileRules(entries, createConditionCompiler(compilePattern));
}

const noPatterns: PatternCompiler = () => {
  throw new Error('patterns are not loaded');
};
