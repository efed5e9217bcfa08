import { asArray, asObject, asString, isObject, type Json, type JsonObject } from '../../domain/json.ts';

const textFields = ['content', 'refusal', 'reasoning_content', 'reasoning'] as const;

/** Characters of answer a client shows: text, refusal, reasoning, sound, pictures. */
export function shownChars(delta: JsonObject): number {
  // Some hosts give the same reasoning under two or three names.
  const reasoning = [
    textChars(delta['reasoning_content']),
    textChars(delta['reasoning']),
    asArray(delta['reasoning_details']).reduce<number>(
      (sum, entry) => sum + textChars(asObject(entry)['text']),
      0,
    ),
  ];
  const chars = textChars(delta['content']) + textChars(delta['refusal']) + Math.max(...reasoning);
  const audio = asObject(delta['audio']);
  return chars + textChars(audio['data']) + textChars(audio['transcript']) + asArray(delta['images']).length;
}

/** Mistral gives reasoning as an array of parts, with parts inside. */
function textChars(value: Json | undefined): number {
  if (typeof value === 'string') return value.length;
  let chars = 0;
  for (const part of asArray(value)) {
    const { text, thinking } = asObject(part);
    chars += textChars(text) + textChars(thinking);
  }
  return chars;
}

/** Characters of tool calls; undefined where there are none. */
export function toolCallChars(delta: JsonObject): number | undefined {
  const calls = asArray(delta['tool_calls']).map((call) =>
    asObject(asObject(call)['function'] ?? asObject(call)['custom']),
  );
  const legacy = delta['function_call'];
  if (isObject(legacy) && (asString(legacy['name']) ?? asString(legacy['arguments']) ?? '') !== '')
    calls.push(legacy);
  if (calls.length === 0) return undefined;
  return calls.reduce((chars, call) => chars + textChars(call['arguments']) + textChars(call['input']), 0);
}

/** The one piece of text a delta carries, if it carries nothing else that counts. */
export function onlyPiece(
  delta: JsonObject,
): { key: string; value: string; isToolCall: boolean } | undefined {
  const calls = asArray(delta['tool_calls']);
  const texts = textFields.filter(
    (field) => delta[field] !== undefined && delta[field] !== null && delta[field] !== '',
  );
  if (calls.length === 0) {
    const [key, ...more] = texts;
    const value = key === undefined ? undefined : delta[key];
    if (key === undefined || more.length > 0 || typeof value !== 'string') return undefined;
    return isPlain(delta, key) ? { key, value, isToolCall: false } : undefined;
  }
  const call = asObject(calls[0]);
  const value = asObject(call['function'])['arguments'];
  if (calls.length > 1 || texts.length > 0 || typeof value !== 'string' || value === '') return undefined;
  return asString(call['id']) === undefined ? { key: 'arguments', value, isToolCall: true } : undefined;
}

/** Nothing beside the piece but the role and empty values. */
const isPlain = (delta: JsonObject, key: string): boolean =>
  Object.entries(delta).every(
    ([name, value]) =>
      name === key ||
      name === 'role' ||
      name === 'channel' ||
      value === null ||
      value === '' ||
      (Array.isArray(value) && value.length === 0),
  );
