import { GatewayError } from '../../domain/failure.ts';
import { isObject, parseJson, type JsonObject } from '../../domain/json.ts';
import type { Operation } from '../../domain/policy.ts';
import type { Headers } from '../../domain/ports.ts';
import type { ClientRequest } from '../contract.ts';
import { openAiClient } from './client.ts';
import { invalid, described } from './invalid.ts';

const maxFallbacks = 10;

/**
 * Reads one request of an OpenAI client (developers.openai.com/api/reference, chat completions, responses,
 * embeddings). Only what the gateway itself reads is checked here: everything else is the provider's to judge, so
 * that a parameter newer than this gateway passes. `text` is the body as it came; header names are lower-case.
 *
 * @throws GatewayError invalid_request, naming the field, what it must be and what it is.
 */
export function parseClientRequest(operation: Operation, text: string, headers: Headers): ClientRequest {
  const json = bodyObject(text);
  const model = json['model'];
  if (typeof model !== 'string' || model.trim() === '') {
    throw invalid('model', `must be a non-empty string such as "gpt-5" or "openai/gpt-5"`, model);
  }
  if (operation === 'chat') checkMessages(json['messages']);
  const stream = operation !== 'embeddings' && flag(json, 'stream');
  const options = json['stream_options'];
  if (options !== undefined && options !== null && !isObject(options)) {
    throw invalid('stream_options', 'must be an object', options);
  }
  const sessionKey = sessionKeyOf(json, headers);
  return {
    operation,
    client: openAiClient,
    model,
    stream,
    fallbacks: fallbacksOf(json['fallbacks']),
    ...(sessionKey === undefined ? {} : { sessionKey }),
    text,
    json,
    wantsStreamUsage: isObject(options) && options['include_usage'] === true,
  };
}

function bodyObject(text: string): JsonObject {
  const json = parseJson(text);
  if (isObject(json)) return json;
  if (json !== undefined) {
    throw new GatewayError('invalid_request', `The body must be a JSON object, but is ${described(json)}.`);
  }
  throw new GatewayError(
    'invalid_request',
    text.trim() === ''
      ? 'The body is empty; it must be a JSON object.'
      : `The body is not valid JSON${whereItBreaks(text)}.`,
  );
}

/** The position only: the parser's message would repeat part of the prompt. */
function whereItBreaks(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    const position = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
    if (position !== undefined) return ` at character ${position}`;
  }
  return '';
}

function checkMessages(messages: unknown): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid('messages', 'must be a non-empty array', messages);
  }
  for (const [index, message] of messages.entries()) {
    if (!isObject(message)) throw invalid(`messages[${index}]`, 'must be an object', message);
    if (typeof message['role'] !== 'string') {
      throw invalid(`messages[${index}].role`, 'must be a string', message['role']);
    }
  }
}

function flag(json: JsonObject, name: string): boolean {
  const value = json[name];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw invalid(name, 'must be true or false', value);
  return value;
}

function fallbacksOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    throw invalid('fallbacks', 'must be an array of "provider/model" or model names', value);
  }
  if (value.length > maxFallbacks) {
    throw new GatewayError(
      'invalid_request',
      `fallbacks may hold at most ${maxFallbacks} entries, but holds ${value.length}.`,
      { param: 'fallbacks' },
    );
  }
  return value.map((entry: unknown, index) => {
    if (typeof entry === 'string' && entry.trim() !== '') return entry;
    throw invalid(`fallbacks[${index}]`, 'must be a string such as "anthropic/claude-sonnet-4-5"', entry);
  });
}

function sessionKeyOf(json: JsonObject, headers: Headers): string | undefined {
  const key = json['prompt_cache_key'];
  if (key !== undefined && key !== null && typeof key !== 'string') {
    throw invalid('prompt_cache_key', 'must be a string', key);
  }
  return key || headers['x-fairlead-session'] || undefined;
}
