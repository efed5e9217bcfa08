import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  type Json,
  type JsonObject,
} from '../../../lib/domain/json.ts';

/** Deep schemas end here, with whatever the type's simplest value is. */
const maxDepth = 12;

/**
 * A value that satisfies a JSON Schema of the kinds LLM APIs take (JSON Schema 2020-12: type, properties, items, enum,
 * const, anyOf / oneOf / allOf, local $ref). Strings carry `hint` where nothing else is said.
 */
export const sampleValue = (schema: JsonObject, hint: string): Json => sample(schema, schema, hint, 0);

function sample(schema: JsonObject, root: JsonObject, hint: string, depth: number): Json {
  if (schema['const'] !== undefined) return schema['const'];
  const [choice] = asArray(schema['enum']);
  if (choice !== undefined) return choice;
  const reference = asString(schema['$ref']);
  if (reference !== undefined && depth < maxDepth) {
    return sample(resolve(root, reference), root, hint, depth + 1);
  }
  const [branch] = [...asArray(schema['anyOf']), ...asArray(schema['oneOf'])];
  if (isObject(branch)) return sample(branch, root, hint, depth + 1);
  const parts = asArray(schema['allOf']);
  if (parts.length > 0) {
    return Object.assign({}, ...parts.map((part) => sample(asObject(part), root, hint, depth + 1)));
  }
  return byType[typeOf(schema)]?.(schema, root, hint, depth) ?? null;
}

function typeOf(schema: JsonObject): string {
  const type = Array.isArray(schema['type']) ? schema['type'].find((one) => one !== 'null') : schema['type'];
  // Gemini writes its types in capitals.
  return (asString(type) ?? (schema['properties'] === undefined ? 'string' : 'object')).toLowerCase();
}

const byType: Readonly<
  Record<string, (schema: JsonObject, root: JsonObject, hint: string, depth: number) => Json>
> = {
  object: (schema, root, hint, depth) => {
    if (depth >= maxDepth) return {};
    return Object.fromEntries(
      Object.entries(asObject(schema['properties'])).map(([name, property]) => [
        name,
        sample(asObject(property), root, hint, depth + 1),
      ]),
    );
  },
  array: (schema, root, hint, depth) => {
    if (depth >= maxDepth) return [];
    const length = Math.min(Math.max(asNumber(schema['minItems']) ?? 1, 1), 20);
    return Array.from({ length }, () => sample(asObject(schema['items']), root, hint, depth + 1));
  },
  string: (schema, _root, hint) => formats[asString(schema['format']) ?? ''] ?? hint,
  integer: (schema) =>
    Math.ceil(asNumber(schema['minimum']) ?? Math.min(42, asNumber(schema['maximum']) ?? 42)),
  number: (schema) => asNumber(schema['minimum']) ?? Math.min(42.5, asNumber(schema['maximum']) ?? 42.5),
  boolean: () => true,
};

const formats: Readonly<Record<string, string>> = {
  'date-time': '2026-01-02T03:04:05Z',
  date: '2026-01-02',
  time: '03:04:05Z',
  email: 'demo@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** A JSON pointer inside the same document. */
const resolve = (root: JsonObject, reference: string): JsonObject =>
  reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .reduce((value, part) => asObject(value[part.replaceAll('~1', '/').replaceAll('~0', '~')]), root);
