import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../domain/json.ts';
import type { ClientRequest } from '../contract.ts';

/** What a request may make a provider consume, as far as its body tells. */
export interface Demand {
  /** UTF-8 bytes of the body as it came. */
  readonly bodyBytes: number;
  /** Images, sounds, files, stored items and everything else whose tokens do not follow from the body's bytes. */
  readonly hasMedia: boolean;
  /** Tools the provider runs itself. */
  readonly hasServerTools: boolean;
  /** Answers asked for (`n`). */
  readonly choices: number;
  /** 0 for embeddings; absent: the provider decides. */
  readonly maxOutputTokens?: number;
  readonly serviceTier?: string;
}

/**
 * Reads from a request what bounds its consumption. Careful in one direction: what is not known to be text counts as
 * media, what is not known to be the caller's own tool as one of the provider's.
 */
export function demandOf({ operation, json, text }: ClientRequest): Demand {
  const maxOutputTokens = operation === 'embeddings' ? 0 : outputLimitOf(json);
  const serviceTier = asString(json['service_tier']);
  return {
    bodyBytes: Buffer.byteLength(text),
    hasMedia: operation === 'chat' ? chatHasMedia(json) : operation === 'responses' && inputHasMedia(json),
    hasServerTools: operation !== 'embeddings' && hasServerTools(json),
    choices: Math.max(1, asNumber(json['n']) ?? 1),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(serviceTier !== undefined && { serviceTier }),
  };
}

/** Of several names for the limit the largest, since hosts differ in which one they heed. */
function outputLimitOf(json: JsonObject): number | undefined {
  const limits = ['max_completion_tokens', 'max_tokens', 'max_output_tokens']
    .map((name) => asNumber(json[name]))
    .filter((limit) => limit !== undefined && Number.isSafeInteger(limit) && limit >= 0)
    .map(Number);
  return limits.length === 0 ? undefined : Math.max(...limits);
}

const textParts: readonly unknown[] = ['text', 'input_text', 'output_text', 'refusal', 'thinking'];
const isMedia = (part: Json): boolean => !textParts.includes(asObject(part)['type']);

const contentHasMedia = (content: Json | undefined): boolean => asArray(content).some(isMedia);

/** `audio` names an earlier answer that the provider keeps. */
const chatHasMedia = ({ messages }: JsonObject): boolean =>
  asArray(messages)
    .map(asObject)
    .some(({ content, audio }) => contentHasMedia(content) || (audio !== undefined && audio !== null));

/** What a Responses request brings in from elsewhere. */
const stored = ['previous_response_id', 'conversation', 'prompt'];

const textItems: readonly unknown[] = [
  undefined,
  'message',
  'function_call',
  'custom_tool_call',
  'reasoning',
];
const outputItems: readonly unknown[] = ['function_call_output', 'custom_tool_call_output'];

function inputHasMedia(json: JsonObject): boolean {
  if (stored.some((name) => json[name] !== undefined && json[name] !== null)) return true;
  return asArray(json['input'])
    .map(asObject)
    .some(({ type, content, output }) => {
      if (outputItems.includes(type)) return contentHasMedia(output);
      return !textItems.includes(type) || (type !== 'reasoning' && contentHasMedia(content));
    });
}

/** Fields by which hosts are asked to search or to run something. */
const serverFields = [
  'web_search_options',
  'search_parameters',
  'plugins',
  'compound_custom',
  'enable_search',
];

const hasServerTools = (json: JsonObject): boolean =>
  serverFields.some((name) => json[name] !== undefined && json[name] !== null) ||
  asArray(json['tools']).some(
    (tool) => !['function', 'custom'].includes(asString(asObject(tool)['type']) ?? ''),
  );
