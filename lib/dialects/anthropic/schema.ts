import { asArray, asObject, isObject } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { WireObject } from './wire.ts';

/**
 * Claude's constrained decoding takes a part of JSON Schema (docs: "Structured outputs", JSON Schema limitations).
 * What it refuses is said to the model in the description instead, as the official SDKs do: the shape stays
 * guaranteed, a bound on a number becomes a wish.
 */
const refusedKeywords = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'contains',
  'minContains',
  'maxContains',
  'minProperties',
  'maxProperties',
  'patternProperties',
  'propertyNames',
]);
const formats = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);
/** Keywords whose value maps names to schemas, is a list of schemas, is a schema. */
const schemaMaps = new Set(['properties', '$defs', 'definitions']);
const schemaLists = new Set(['anyOf', 'allOf', 'prefixItems']);

/** The schema as constrained decoding takes it: objects closed, refused keywords moved into the description. */
export function constrainedSchema(schema: JsonObject): JsonObject {
  const wire: WireObject = {};
  const wishes: string[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (value === undefined) continue;
    if (isRefused(keyword, value)) wishes.push(`${keyword}: ${JSON.stringify(value)}`);
    else if (keyword === 'oneOf') wire['anyOf'] = asArray(value).map(nested);
    else if (schemaMaps.has(keyword) && isObject(value)) wire[keyword] = mapValues(value);
    else if (schemaLists.has(keyword)) wire[keyword] = asArray(value).map(nested);
    else if (keyword === 'items') wire[keyword] = nested(value);
    else wire[keyword] = value;
  }
  if (wire['type'] === 'object' || wire['properties'] !== undefined) wire['additionalProperties'] = false;
  if (wishes.length > 0) {
    const description = typeof wire['description'] === 'string' ? `${wire['description']}\n\n` : '';
    wire['description'] = `${description}{${wishes.join(', ')}}`;
  }
  return wire;
}

/**
 * Whether the schema holds a dictionary or free-form object somewhere. Constrained decoding closes every object, so
 * such a one could only ever be empty.
 */
export function hasOpenObject(schema: Json | undefined): boolean {
  if (!isObject(schema)) return Array.isArray(schema) && schema.some(hasOpenObject);
  const rest = schema['additionalProperties'];
  if (isObject(rest)) return true;
  if (schema['type'] === 'object' && schema['properties'] === undefined && rest !== false) return true;
  return Object.entries(schema).some(([keyword, value]) =>
    schemaMaps.has(keyword)
      ? Object.values(asObject(value)).some(hasOpenObject)
      : (schemaLists.has(keyword) || keyword === 'oneOf' || keyword === 'items') && hasOpenObject(value),
  );
}

const isRefused = (keyword: string, value: Json): boolean =>
  refusedKeywords.has(keyword) ||
  (keyword === 'minItems' && value !== 0 && value !== 1) ||
  (keyword === 'format' && !formats.has(String(value)));

const nested = (value: Json): Json => (isObject(value) ? constrainedSchema(value) : value);

const mapValues = (schemas: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, nested(schema ?? null)]));
