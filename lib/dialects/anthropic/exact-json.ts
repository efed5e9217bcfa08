import { parseJson } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';

/** A number with more digits than a double holds; in a text without one, the fast path loses nothing. */
const longNumber = /[0-9]{16}/;

/** JSON.rawJSON is part of the runtime (V8 11.4, Node 21), not yet of TypeScript's ES2024 library. */
const runtime = JSON as typeof JSON & { rawJSON(text: string): JsonObject };

/**
 * Parses JSON so that writing it again gives long numbers back digit by digit: 64-bit ids in tool arguments do not
 * survive a double. `undefined` where the text is not JSON.
 */
export function parseExactJson(text: string): Json | undefined {
  if (!longNumber.test(text)) return parseJson(text);
  try {
    return JSON.parse(text, (_key, value: Json, context?: { readonly source?: string }) => {
      const source = typeof value === 'number' ? context?.source : undefined;
      return source !== undefined && longNumber.test(source) ? runtime.rawJSON(source) : value;
    }) as Json;
  } catch {
    return undefined;
  }
}
