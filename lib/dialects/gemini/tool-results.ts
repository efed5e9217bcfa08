import type { ToolResultBlock } from '../../domain/chat.ts';
import { isObject, parseJson } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import { mediaType, writeMedia } from './media.ts';
import { isGemini3 } from './models.ts';

/** Media a function response itself may hold (ai.google.dev/gemini-api/docs/function-calling, "Multimodal"). */
const responseTypes = new Set(['image/png', 'image/jpeg', 'image/webp', 'application/pdf', 'text/plain']);

export interface WrittenToolResult {
  readonly part: JsonObject;
  /** What the function response cannot hold: parts for the user content after all responses of the turn. */
  readonly after: readonly JsonObject[];
}

/**
 * One `functionResponse`. Media go inside it where model and type allow (Gemini 3), else after it, introduced by the
 * tool's name so that results of parallel calls stay apart.
 */
export function writeToolResult(result: ToolResultBlock, name: string, model: string): WrittenToolResult {
  const texts: string[] = [];
  const inside: JsonObject[] = [];
  const after: JsonObject[] = [];
  for (const block of result.content) {
    if (block.type === 'text') texts.push(block.text);
    else if (block.type !== 'cache_marker') {
      const part = writeMedia(block.source);
      if (isGemini3(model) && responseTypes.has(mediaType(block.source) ?? '')) inside.push(part);
      else after.push(part);
    }
  }
  const response = writeResponse(texts.join('\n'), result.isError === true);
  const parts = inside.length > 0 ? inside : undefined;
  return {
    part: { functionResponse: { id: result.callId, name, response, parts } },
    after: after.length > 0 ? [{ text: `Content returned by ${name}:` }, ...after] : [],
  };
}

/**
 * `response` is a JSON object in which the keys `output` and `error` have a meaning; without them the whole object is
 * the tool's output. Numbers JavaScript would round keep their text.
 */
function writeResponse(text: string, isError: boolean): JsonObject {
  if (isError) return { error: text };
  if (text === '') return {};
  const value = /\d{16}/.test(text) ? undefined : parseJson(text);
  if (isObject(value)) return 'output' in value || 'error' in value ? { output: value } : value;
  return { output: Array.isArray(value) ? value : text };
}
