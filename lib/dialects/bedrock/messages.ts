import { sameOrigin } from '../../domain/chat.ts';
import type {
  Block,
  ChatRequest,
  Message,
  ReasoningBlock,
  ToolCallBlock,
  ToolResultBlock,
} from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { isObject } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import { parseExactJson } from '../anthropic/exact-json.ts';
import { DocumentNames } from './document-names.ts';
import { familyOf } from './families.ts';
import type { Family } from './families.ts';
import { writeMedia } from './media.ts';
import { emptyToolResult } from './placeholders.ts';
import { originOf, replays } from './reasoning.ts';
import { toolUseId } from './tool-call-id.ts';
import { writeCachePoint } from './tools.ts';
import { arrangeTurns, tidyContent } from './turns.ts';
import type { Turn } from './turns.ts';

/** `messages` and `system` of a request: system prompts leave the conversation and keep their order. */
export function writeMessages(
  request: ChatRequest,
  target: Target,
): { messages: Turn[]; system: JsonObject[] } {
  const family = familyOf(target);
  const names = new DocumentNames();
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  for (const message of request.messages) {
    if (message.role === 'system' || message.role === 'developer') {
      for (const block of writeSystem(message, family)) system.push(block);
      continue;
    }
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = message.blocks.flatMap((block) => writeBlock(block, role, target, family, names));
    turns.push({ role, content });
  }
  return { messages: arrangeTurns(turns, family), system: tidyContent(system) };
}

function writeSystem(message: Message, family: Family): JsonObject[] {
  return message.blocks.flatMap((block): JsonObject[] => {
    if (block.type === 'text') return block.text === '' ? [] : [{ text: block.text }];
    if (block.type === 'cache_marker' && family.cachePoints !== 'none')
      return [writeCachePoint(block, family)];
    return [];
  });
}

function writeBlock(
  block: Block,
  role: 'user' | 'assistant',
  target: Target,
  family: Family,
  names: DocumentNames,
): JsonObject[] {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return isBlank(block.text, role) ? [] : [{ text: block.text }];
    case 'image':
    case 'document':
    case 'audio':
      return present(writeMedia(block, names));
    case 'cache_marker':
      return family.cachePoints === 'none' ? [] : [writeCachePoint(block, family)];
    case 'tool_call':
      return [writeToolCall(block)];
    case 'tool_result':
      return writeToolResult(block, family, names);
    case 'reasoning':
      return replays(block, target, family) ? [writeReasoning(block)] : [];
    case 'opaque':
      // A model names no objects in S3; who forges its mark may not have any read.
      return sameOrigin(block.origin, originOf(target)) && isObject(block.value) && !namesObject(block.value)
        ? [block.value]
        : [];
    case 'citation':
      return [];
  }
}

const namesObject = (value: JsonObject): boolean => JSON.stringify(value).includes('"s3Location"');

/** No text may be empty; an assistant's must say something. */
const isBlank = (text: string, role: 'user' | 'assistant'): boolean =>
  (role === 'assistant' ? text.trim() : text) === '';

const present = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

/** `input` must be an object: arguments that are none are kept as text in one. */
function writeToolCall(call: ToolCallBlock): JsonObject {
  const parsed = call.argumentsJson.trim() === '' ? {} : parseExactJson(call.argumentsJson);
  const input = isObject(parsed) ? parsed : { arguments: call.argumentsJson };
  return { toolUse: { toolUseId: toolUseId(call.id), name: call.name, input } };
}

/** Cache markers are taken after a tool result, not inside. */
function writeToolResult(result: ToolResultBlock, family: Family, names: DocumentNames): JsonObject[] {
  const markers: JsonObject[] = [];
  const content: JsonObject[] = [];
  for (const block of result.content) {
    if (block.type === 'text') content.push(...(block.text === '' ? [] : [{ text: block.text }]));
    else if (block.type !== 'cache_marker') content.push(...present(writeMedia(block, names)));
    else if (family.cachePoints !== 'none') markers.push(writeCachePoint(block, family));
  }
  const toolResult = {
    toolUseId: toolUseId(result.callId),
    content: content.length === 0 ? [{ text: emptyToolResult }] : content,
    ...(family.toolResultStatus ? { status: result.isError === true ? 'error' : 'success' } : {}),
  };
  return [{ toolResult }, ...markers];
}

function writeReasoning(block: ReasoningBlock): JsonObject {
  if (block.encrypted !== undefined) return { reasoningContent: { redactedContent: block.encrypted } };
  const signature = block.signature === undefined ? {} : { signature: block.signature };
  return { reasoningContent: { reasoningText: { text: block.text, ...signature } } };
}
