import { asObject, asString, isObject, type Json, type JsonObject } from '../../../lib/domain/json.ts';
import type { Answer } from './answer.ts';
import type { Ask, ErrorWords, Finish } from './step.ts';

/** One piece of a response's body, with the part it plays: faults go by it. */
export interface Frame {
  readonly part: 'structure' | 'content' | 'finish' | 'terminator';
  readonly bytes: string | Uint8Array;
}

/** How one provider's API speaks. */
export interface Voice {
  /** The model and what is asked, if path and body are a call of this API. */
  read(path: string, body: JsonObject): Ask | undefined;
  reply(answer: Answer, body: JsonObject): JsonObject;
  readonly streamContentType: string;
  /** The whole stream of an answer. */
  stream(answer: Answer, body: JsonObject): readonly Frame[];
  /** The body of an error response. */
  error(status: number, words: ErrorWords): JsonObject;
  /** What this API calls a status, as response headers (Bedrock). */
  errorHeaders?(status: number, words: ErrorWords): Readonly<Record<string, string>>;
  /** An error inside a stream that began with 200. */
  errorEvent(status: number, words: ErrorWords): string | Uint8Array;
  malformedEvent(): string | Uint8Array;
  /** What keeps a silent stream alive; APIs without one send nothing. */
  readonly ping?: string;
  /** One event whose value has this text. */
  hugeEvent(text: string): string | Uint8Array;
}

/** One server-sent event. */
export const sseEvent = (data: Json, event?: string): string =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;

export const malformedSse = 'data: {"oops": \n\n';

/** All text of a content value: a string, or parts of which some hold `text` (or `content`, one level down). */
export function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content))
    return content
      .map(textOf)
      .filter((text) => text !== '')
      .join('\n');
  if (!isObject(content)) return '';
  return asString(content['text']) ?? textOf(content['content'] ?? content['json']);
}

export const sum = (usage: { readonly inputTokens: number; readonly outputTokens: number }): number =>
  usage.inputTokens + usage.outputTokens;

/** A tool as every API defines it, whatever the field of its schema is called. */
export const readTool = (tool: JsonObject, schemaField: string): { name: string; schema: JsonObject } => ({
  name: asString(tool['name']) ?? '',
  schema: asObject(tool[schemaField]),
});

/** A dialect's words for the reasons an answer ends. */
export type FinishWords = Readonly<Record<Finish, string>>;

/** A table of statuses, each with the provider's word for it. */
export const wordFor = (words: Readonly<Record<number, string>>, status: number, otherwise: string): string =>
  words[status] ?? otherwise;

/** A message for a status nobody worded. */
export const statusMessage = (status: number, words: ErrorWords): string =>
  words.message ?? `Scripted failure with status ${status}`;
