import type { Block, ChatReply, CitationBlock, Origin, ProviderFault } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { asArray, asObject, asString, isObject } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { parseExactJson } from '../anthropic/exact-json.ts';
import { fault, faultInBody } from './faults.ts';
import { finishOf } from './finish.ts';
import { originOf } from './reasoning.ts';
import { readServed } from './usage.ts';

/** `ConverseResponse` (API reference). It names no model and no id. A 200 without a message is a fault. */
export function readReply(body: Uint8Array, target: Target): ChatReply | ProviderFault {
  const wire = asObject(parseExactJson(new TextDecoder().decode(body)));
  const message = asObject(wire['output'])['message'];
  if (!isObject(message)) return faultInBody(wire);
  const blocks = asArray(message['content']).flatMap((block) => readBlock(block, originOf(target)));
  const nativeFinish = asString(wire['stopReason']) ?? 'end_turn';
  const finish = finishOf(
    nativeFinish,
    blocks.some(({ type }) => type === 'tool_call'),
  );
  if (finish === 'malformed') return fault(502, nativeFinish, malformedMessage);
  const served = readServed(wire);
  return {
    model: served.usage?.servedModel ?? target.model,
    blocks,
    finish,
    nativeFinish,
    ...served,
  };
}

export const malformedMessage = 'the model wrote output that Bedrock could not read';

function readBlock(wire: Json, origin: Origin): Block[] {
  const block = asObject(wire);
  const text = asString(block['text']);
  if (text !== undefined) return text === '' ? [] : [{ type: 'text', text }];
  if (isObject(block['toolUse'])) return readToolUse(block['toolUse'], block, origin);
  if (isObject(block['reasoningContent'])) return readReasoning(block['reasoningContent'], origin);
  if (isObject(block['citationsContent'])) return readCited(block['citationsContent']);
  const media = readMedia('image', block['image']) ?? readMedia('audio', block['audio']);
  if (media !== undefined) return [media];
  return Object.keys(block).length === 0 ? [] : [{ type: 'opaque', origin, value: block }];
}

/** A call to a tool that Bedrock ran itself (`server_tool_use`) is not the client's. */
function readToolUse(toolUse: JsonObject, block: JsonObject, origin: Origin): Block[] {
  if (isServerTool(toolUse)) return [{ type: 'opaque', origin, value: block }];
  const id = asString(toolUse['toolUseId']);
  const name = asString(toolUse['name']);
  if (id === undefined || name === undefined) return [];
  return [{ type: 'tool_call', id, name, argumentsJson: JSON.stringify(toolUse['input'] ?? {}) }];
}

export const isServerTool = (toolUse: JsonObject): boolean => toolUse['type'] === 'server_tool_use';

function readReasoning(content: JsonObject, origin: Origin): Block[] {
  const encrypted = asString(content['redactedContent']);
  if (encrypted !== undefined) return [{ type: 'reasoning', text: '', origin, encrypted }];
  const reasoning = asObject(content['reasoningText']);
  const text = asString(reasoning['text']) ?? '';
  const signature = asString(reasoning['signature']);
  if (text === '' && signature === undefined) return [];
  return [{ type: 'reasoning', text, origin, ...(signature === undefined ? {} : { signature }) }];
}

function readCited(content: JsonObject): Block[] {
  const text = asArray(content['content'])
    .map((part) => asString(asObject(part)['text']) ?? '')
    .join('');
  const citations = asArray(content['citations']).map((citation) => readCitation(asObject(citation)));
  return [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...citations];
}

/** `Citation`: its character positions are the document's, not the answer's, and are left out. */
export function readCitation(wire: JsonObject): CitationBlock {
  const title = asString(wire['title']);
  const url = asString(asObject(asObject(wire['location'])['web'])['url']);
  const citedText = asArray(wire['sourceContent'])
    .map((part) => asString(asObject(part)['text']) ?? '')
    .join('');
  return {
    type: 'citation',
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(citedText === '' ? {} : { citedText }),
  };
}

/** Generated media: `{ format, source: { bytes } }`, the bytes as base64. */
export function readMedia<T extends 'image' | 'audio'>(
  type: T,
  wire: Json | undefined,
): { type: T; source: { kind: 'base64'; mediaType: string; data: string } } | undefined {
  const media = asObject(wire);
  const data = asString(asObject(media['source'])['bytes']);
  if (data === undefined) return undefined;
  const mediaType = `${type}/${asString(media['format']) ?? 'octet-stream'}`;
  return { type, source: { kind: 'base64', mediaType, data } };
}
