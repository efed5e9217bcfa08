import { GatewayError } from '../../domain/failure.ts';

/**
 * The error for a field that is not what it must be: `must` reads on after the field's name. It tells the kind of
 * what was received, and of strings, numbers and booleans a little, never a whole text.
 */
export function invalid(param: string, must: string, received: unknown): GatewayError {
  const is = received === undefined ? 'is missing' : `is ${described(received)}`;
  return new GatewayError('invalid_request', `${param} ${must}, but ${is}.`, { param });
}

/** A value in a few words. */
export function described(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return `${typeof value} ${String(value)}`;
  if (value === '') return 'an empty string';
  return value.length <= 40
    ? `the string ${JSON.stringify(value)}`
    : `a string of ${value.length} characters`;
}
