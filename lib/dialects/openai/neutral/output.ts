import type { ChatRequest } from '../../../domain/chat.ts';
import { asArray, isObject, type Json } from '../../../domain/json.ts';
import { invalid } from '../invalid.ts';
import { boolean, string } from './read.ts';

/** `response_format` (developers.openai.com/api/reference/resources/chat, "response_format"). Text is the default. */
export function responseFormat(value: Json | undefined): Pick<ChatRequest, 'responseFormat'> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw invalid('response_format', 'must be an object', value);
  const type = value['type'];
  if (type === 'text') return {};
  if (type === 'json_object') return { responseFormat: { type } };
  if (type !== 'json_schema') {
    throw invalid('response_format.type', 'must be text, json_object or json_schema to be translated', type);
  }
  const format = value['json_schema'];
  if (!isObject(format)) throw invalid('response_format.json_schema', 'must be an object', format);
  const { name, schema } = format;
  if (typeof name !== 'string') throw invalid('response_format.json_schema.name', 'must be a string', name);
  if (schema !== undefined && schema !== null && !isObject(schema)) {
    throw invalid('response_format.json_schema.schema', 'must be an object', schema);
  }
  return {
    responseFormat: {
      type,
      name,
      schema: schema ?? {},
      ...boolean(format, 'strict', 'strict'),
      ...string(format, 'description', 'description'),
    },
  };
}

export function stop(value: Json | undefined): Pick<ChatRequest, 'stop'> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'string') return { stop: [value] };
  if (!Array.isArray(value)) throw invalid('stop', 'must be a string or an array of strings', value);
  const sequences = asArray(value).map((entry, index) => {
    if (typeof entry !== 'string') throw invalid(`stop[${index}]`, 'must be a string', entry);
    return entry;
  });
  return sequences.length === 0 ? {} : { stop: sequences };
}
