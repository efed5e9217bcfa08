import { isObject } from '../domain/json.ts';

/**
 * Structural checks of stored JSON, composed to type guards. They say yes or no and nothing else: what a person wrote
 * is checked with messages by parseDocument, and the request path does not carry that schema's library.
 */
export type Guard<T> = (value: unknown) => value is T;
type Guarded<G> = G extends Guard<infer T> ? T : never;
type Guards = Readonly<Record<string, Guard<unknown>>>;

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isNumber = (value: unknown): value is number => typeof value === 'number';
export const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

export const oneOf =
  <const T extends string>(values: readonly T[]): Guard<T> =>
  (value): value is T =>
    values.some((each) => each === value);

export const listOf =
  <T>(item: Guard<T>): Guard<T[]> =>
  (value): value is T[] =>
    Array.isArray(value) && value.every(item);

export const recordOf =
  <T>(item: Guard<T>): Guard<Record<string, T>> =>
  (value): value is Record<string, T> =>
    isObject(value) && Object.values(value).every(item);

/** An object with all of `required`, some of `optional` and nothing else. */
export function objectOf<R extends Guards, O extends Guards>(
  required: R,
  optional: O,
): Guard<{ [K in keyof R]: Guarded<R[K]> } & { [K in keyof O]?: Guarded<O[K]> | undefined }> {
  return (value): value is { [K in keyof R]: Guarded<R[K]> } & { [K in keyof O]?: Guarded<O[K]> } =>
    isObject(value) &&
    Object.entries(required).every(([field, guard]) => Object.hasOwn(value, field) && guard(value[field])) &&
    Object.keys(value).every((field) => {
      if (Object.hasOwn(required, field)) return true;
      return Object.hasOwn(optional, field) && optional[field]?.(value[field]) === true;
    });
}
