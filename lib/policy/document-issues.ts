import type * as z from 'zod';
import { pathText, valueText, withReceived, type DocumentProblem, type Path } from './document-problem.ts';
import { nearest } from './nearest.ts';

/** One line for each unknown field of an object, in the order of `unknown`. */
export const unknownFieldMessage = (unknown: readonly string[], known: readonly string[]): string =>
  unknown
    .map((field) => {
      const meant = nearest(field, known);
      return meant === undefined
        ? `unknown field; known here are ${known.join(', ')}`
        : `unknown field; did you mean "${meant}"?`;
    })
    .join('\n');

/** zod's issues as problems: each names the full path and the value received. */
export function problemsOf(error: z.ZodError, document: unknown): readonly DocumentProblem[] {
  return error.issues.flatMap((issue): DocumentProblem[] => {
    const path = pathText(issue.path);
    if (issue.code === 'unrecognized_keys') {
      const messages = issue.message.split('\n');
      return issue.keys.map((field, index) => ({
        path: pathText([...issue.path, field]),
        message: messages[index] ?? issue.message,
      }));
    }
    if (issue.code === 'invalid_key') {
      const reason = issue.issues[0]?.message ?? issue.message;
      return [{ path, message: `the name ${reason}, received ${valueText(issue.path.at(-1))}` }];
    }
    return [{ path, message: withReceived(reasonOf(issue), issue.path, valueAt(document, issue.path)) }];
  });
}

function reasonOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return issue.message.startsWith('must')
        ? issue.message
        : `must be one of ${issue.values.map((value) => String(value)).join(', ')}`;
    case 'too_small':
      return issue.message.startsWith('must')
        ? issue.message
        : boundText(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return issue.message.startsWith('must')
        ? issue.message
        : boundText(issue.origin, 'at most', issue.maximum);
    default:
      return issue.message;
  }
}

const units: Readonly<Record<string, string>> = { string: ' characters long', array: ' entries long' };

const boundText = (origin: string, word: string, bound: number | bigint): string =>
  `must be ${word} ${bound}${units[origin] ?? ''}`;

const article = (type: string): string =>
  type === 'int'
    ? 'a whole number'
    : type === 'record'
      ? 'an object'
      : /^[aeiou]/.test(type)
        ? `an ${type}`
        : `a ${type}`;

function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
