import type { Caller } from '../../domain/policy.ts';
import { ruleScopeName, type Rule, type RuleBook, type RuleFacts } from '../../domain/rules.ts';

/**
 * The first rule that matches: those of the virtual key before those of its team, of its customer and of everybody,
 * each in the order of the book. Looks at no other owner's rules.
 */
export function matchRule(
  book: RuleBook,
  caller: Pick<Caller, 'virtualKeyId' | 'teamId' | 'customerId'>,
  facts: RuleFacts,
): Rule | undefined {
  if (book.size === 0) return undefined;
  const { virtualKeyId, teamId, customerId } = caller;
  return (
    firstIn(book, ruleScopeName('virtual_key', virtualKeyId), facts) ??
    (teamId === undefined ? undefined : firstIn(book, ruleScopeName('team', teamId), facts)) ??
    (customerId === undefined ? undefined : firstIn(book, ruleScopeName('customer', customerId), facts)) ??
    firstIn(book, ruleScopeName('global', ''), facts)
  );
}

const firstIn = (book: RuleBook, scope: string, facts: RuleFacts): Rule | undefined =>
  book.get(scope)?.find((rule) => rule.matches(facts));
