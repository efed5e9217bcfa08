import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import type * as z from 'zod';

/** Something is wrong with what was asked; the message names the flag or field. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `requestsPerSecond` as it is written on a command line. */
export const flagOf = (field: string): string =>
  `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * Flags by name: each field takes a value, each switch none.
 *
 * @throws UsageError naming a flag that is not known, or lacks its value
 */
export function readFlags(
  fields: readonly string[],
  switches: readonly string[],
  args: readonly string[],
): { readonly values: Readonly<Record<string, string>>; readonly on: ReadonlySet<string> } {
  const bare = (name: string): string => flagOf(name).slice(2);
  const options: ParseArgsOptionsConfig = Object.fromEntries([
    ...fields.map((name) => [bare(name), { type: 'string' }] as const),
    ...switches.map((name) => [bare(name), { type: 'boolean' }] as const),
  ]);
  const parsed = parsedOf(options, args);
  const given = (name: string): string | boolean | undefined => {
    const value = parsed[bare(name)];
    return Array.isArray(value) ? value.at(-1) : value;
  };
  return {
    values: Object.fromEntries(
      fields.flatMap((name) => {
        const value = given(name);
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    ),
    on: new Set(switches.filter((name) => given(name) === true)),
  };
}

function parsedOf(options: ParseArgsOptionsConfig, args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** What looks like a number becomes one; the rest is left for the check to refuse. */
export const numbersOf = (values: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(values).map(([name, text]) => [
      name,
      /^\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : text,
    ]),
  );

/**
 * @param nameOf how a field is called where it was given
 * @throws UsageError naming every wrong field, what was expected and what was received
 */
export function checked<T extends z.ZodType>(
  schema: T,
  value: Readonly<Record<string, unknown>>,
  nameOf: (field: string) => string = flagOf,
): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => `${nameOf(key)}: there is no such field`);
    const field = String(issue.path[0] ?? '');
    const received = value[field];
    return [
      received === undefined
        ? `${nameOf(field)}: is missing`
        : `${nameOf(field)}: ${issue.message}; received ${JSON.stringify(received)}`,
    ];
  });
  throw new UsageError(problems.join('\n'));
}
