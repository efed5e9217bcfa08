import type { RuleEntry } from '../document-schema.ts';
import { isFlag, isNumber, isText, listOf, objectOf, oneOf, type Guard } from '../guards.ts';

/** A rule as it is stored; whether its expression compiles is found out by compiling it. */
export const storedRule: Guard<RuleEntry> = objectOf(
  { id: isText, when: isText },
  {
    scope: objectOf({}, { virtualKey: isText, team: isText, customer: isText }),
    priority: isNumber,
    targets: listOf(
      objectOf({}, { provider: isText, model: isText, weight: isNumber, keys: listOf(isText) }),
    ),
    fallbacks: listOf(isText),
    deny: isText,
    chain: isFlag,
    fallbackOn: listOf(oneOf(['content_policy'])),
  },
);
