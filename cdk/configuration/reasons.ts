import * as z from 'zod';
import { didYouMeanOneOf } from '../../lib/policy/nearest.ts';

/** What was expected of a value, where a field's own schema does not say it. */
export const reasonOf: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `expected ${nounOf(issue.expected)}`;
    case 'invalid_value':
      return `expected ${alternatives(issue.values)}`;
    case 'invalid_union':
      return issue.inclusive === false || issue.options === undefined
        ? undefined
        : `expected ${alternatives(issue.options)}`;
    case 'invalid_key':
      return issue.issues[0]?.message;
    case 'too_small':
      return `expected at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `expected at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    case 'unrecognized_keys':
      // One line for each, in their order.
      return issue.keys
        .map((key) => `there is no such field${didYouMeanOneOf(key, fieldsOf(issue.inst))}`)
        .join('\n');
    default:
      return undefined;
  }
};

const fieldsOf = (schema: unknown): readonly string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

const nounOf = (type: string): string =>
  ({ int: 'a whole number', array: 'an array', object: 'an object', record: 'an object' })[type] ??
  `a ${type}`;

const unitOf = (origin: string, bound: number | bigint): string =>
  origin === 'array' ? (bound === 1 ? ' entry' : ' entries') : origin === 'string' ? ' characters' : '';

function alternatives(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
