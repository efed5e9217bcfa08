import * as z from 'zod';
import { parseJson } from '../domain/json.ts';
import { problemsOf, unknownFieldMessage } from '../policy/document-issues.ts';
import { AdminError } from './errors.ts';
import type { Call } from './ports.ts';

/** A Lambda event holds 6 MB, and JSON grows by its escapes inside it. */
export const maxBodyBytes = 5 * 1024 * 1024;

/** An object that takes these fields and no others: a misspelt one must never mean "not asked for". */
export const strict = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownFieldMessage(issue.keys, Object.keys(shape)) : undefined,
  });

/** The body as this schema reads it; an empty one is `{}`. @throws AdminError naming the field */
export function bodyOf<T>(call: Pick<Call, 'body'>, schema: z.ZodType<T>): T {
  if (Buffer.byteLength(call.body) > maxBodyBytes) {
    throw new AdminError(
      'request_too_large',
      'the body exceeds 5 MB; leave the virtual keys out (virtualKeys=keep)',
    );
  }
  const value = call.body.trim() === '' ? {} : parseJson(call.body);
  if (value === undefined) throw new AdminError('invalid_request', 'the body is not JSON');
  return read(value, schema, 'the body');
}

/** The query as this schema reads it. @throws AdminError naming the parameter */
export const queryOf = <T>(call: Pick<Call, 'query'>, schema: z.ZodType<T>): T =>
  read(call.query, schema, 'the query');

function read<T>(value: unknown, schema: z.ZodType<T>, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, value);
  const [first] = problems;
  const whole = first === undefined || first.path === '(document)';
  throw new AdminError(
    'invalid_request',
    `${whole ? where : first.path}: ${first?.message ?? 'is not valid'}`,
    {
      ...(!whole && { param: first.path }),
      problems,
    },
  );
}

/** `?virtualKeys=WORD`, and nothing else. */
export const virtualKeysQuery = <const Word extends string>(word: Word) =>
  strict({ virtualKeys: z.literal(word, { error: `must be "${word}"` }).optional() });

/** A whole number in a query parameter. */
export const queryNumber = (most: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, { error: `must be a whole number from 1 to ${most}` })
    .transform(Number)
    .refine((value) => value <= most, { error: `must be a whole number from 1 to ${most}` });
