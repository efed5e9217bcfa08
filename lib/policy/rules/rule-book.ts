import { ruleScopeName, type Rule, type RuleBook, type RuleTarget } from '../../domain/rules.ts';
import type { RuleEntry, RuleTargetEntry } from '../document-schema.ts';
import { compileGlobs } from '../globs.ts';
import type { ConditionCompiler } from './condition.ts';

/**
 * The rules of a document by scope, each list in the order it is asked: ascending priority, then as written.
 * @throws Error naming a rule whose expression does not compile
 */
export function compileRules(entries: readonly RuleEntry[], compileCondition: ConditionCompiler): RuleBook {
  const book = new Map<string, Rule[]>();
  for (const entry of inOrder(entries)) {
    const compiled = compileCondition(entry.when);
    if (!compiled.ok) throw new Error(`rule "${entry.id}": the expression ${compiled.problem}`);
    const scope = scopeNameOf(entry);
    const rules = book.get(scope) ?? [];
    if (rules.length === 0) book.set(scope, rules);
    rules.push(compileRule(entry, compiled.condition.matches));
  }
  return book;
}

/** Ascending priority; those of the same one as they are written. */
export const inOrder = <T extends Pick<RuleEntry, 'priority'>>(entries: readonly T[]): readonly T[] =>
  entries.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0));

export function scopeNameOf({ scope = {} }: Pick<RuleEntry, 'scope'>): string {
  if (scope.virtualKey !== undefined) return ruleScopeName('virtual_key', scope.virtualKey);
  if (scope.team !== undefined) return ruleScopeName('team', scope.team);
  if (scope.customer !== undefined) return ruleScopeName('customer', scope.customer);
  return ruleScopeName('global', '');
}

const compileRule = (entry: RuleEntry, matches: Rule['matches']): Rule => ({
  id: entry.id,
  when: entry.when,
  matches,
  ...(entry.targets !== undefined && { targets: entry.targets.map(compileTarget) }),
  ...(entry.fallbacks !== undefined && { fallbacks: entry.fallbacks }),
  ...(entry.deny !== undefined && { deny: entry.deny }),
  chain: entry.chain ?? false,
  pastContentPolicy: entry.fallbackOn?.includes('content_policy') ?? false,
});

const compileTarget = ({ provider, model, weight, keys }: RuleTargetEntry): RuleTarget => ({
  ...(provider !== undefined && { provider }),
  ...(model !== undefined && { model }),
  ...(weight !== undefined && { weight }),
  ...(keys !== undefined && { allowsKey: compileGlobs(keys) }),
});
