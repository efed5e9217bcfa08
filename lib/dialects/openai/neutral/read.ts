import type { JsonObject } from '../../../domain/json.ts';
import { invalid } from '../invalid.ts';

/** Reads of one optional parameter under its name in the neutral form; `null` is absent, as OpenAI has it. */

export function number<Name extends string>(
  json: JsonObject,
  field: string,
  name: Name,
): Partial<Record<Name, number>> | undefined {
  const value = json[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw invalid(field, 'must be a number', value);
  return one(name, value);
}

export function integer<Name extends string>(
  json: JsonObject,
  field: string,
  name: Name,
  atLeast?: number,
): Partial<Record<Name, number>> | undefined {
  const value = json[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || (atLeast !== undefined && value < atLeast)) {
    throw invalid(
      field,
      `must be an integer${atLeast === undefined ? '' : ` of at least ${atLeast}`}`,
      value,
    );
  }
  return one(name, value);
}

export function string<Name extends string>(
  json: JsonObject,
  field: string,
  name: Name,
): Partial<Record<Name, string>> | undefined {
  const value = json[field];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw invalid(field, 'must be a string', value);
  return one(name, value);
}

export function boolean<Name extends string>(
  json: JsonObject,
  field: string,
  name: Name,
): Partial<Record<Name, boolean>> | undefined {
  const value = json[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid(field, 'must be true or false', value);
  return one(name, value);
}

function one<Name extends string, Value>(name: Name, value: Value): Partial<Record<Name, Value>> {
  const result: Partial<Record<Name, Value>> = {};
  result[name] = value;
  return result;
}
