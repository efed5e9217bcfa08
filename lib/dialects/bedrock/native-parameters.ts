import { isObject } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';

/** Converse's own top-level fields that a client may send under the same name, each with the shape it must have. */
const shapes: Readonly<Record<string, 'object' | 'array'>> = {
  additionalModelRequestFields: 'object',
  additionalModelResponseFieldPaths: 'array',
  guardrailConfig: 'object',
  performanceConfig: 'object',
  requestMetadata: 'object',
};

export function isNativeParameter(name: string, value: Json | undefined): boolean {
  if (!Object.hasOwn(shapes, name)) return false;
  return shapes[name] === 'array' ? Array.isArray(value) : isObject(value);
}

export const nativeParameters = (others: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(others).filter(([name, value]) => isNativeParameter(name, value)));
