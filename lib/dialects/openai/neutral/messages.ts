import type { Block, Message, Role, ToolResultBlock } from '../../../domain/chat.ts';
import { asObject, asString, type Json, type JsonObject } from '../../../domain/json.ts';
import { invalid } from '../invalid.ts';
import { withoutProof } from '../tool-call-id.ts';
import { assistantBlocks } from './assistant.ts';
import { cacheMarker, contentBlocks, readParts } from './parts.ts';

/** The messages of a Chat Completions request. @throws GatewayError naming what the neutral form cannot say. */
export function neutralMessages(messages: readonly Json[]): Message[] {
  const toolNames = new Map<string, string>();
  return messages.map((value, index) => {
    const path = `messages[${index}]`;
    const message = asObject(value);
    const name = asString(message['name']);
    const read = readMessage(message, path, toolNames);
    for (const block of read.blocks) if (block.type === 'tool_call') toolNames.set(block.id, block.name);
    const marker = cacheMarker(message['cache_control'], `${path}.cache_control`);
    const blocks = marker === undefined ? read.blocks : [...read.blocks, marker];
    return name === undefined || read.role === 'tool'
      ? { role: read.role, blocks }
      : { role: read.role, name, blocks };
  });
}

function readMessage(
  message: JsonObject,
  path: string,
  toolNames: ReadonlyMap<string, string>,
): { role: Role; blocks: readonly Block[] } {
  const role = message['role'];
  switch (role) {
    case 'system':
    case 'developer':
    case 'user':
      return { role, blocks: readParts(message['content'], `${path}.content`) };
    case 'assistant':
      return { role, blocks: assistantBlocks(message, path) };
    case 'tool':
      return { role, blocks: [toolResult(message, message['tool_call_id'], path, toolNames)] };
    case 'function':
      // The form before tool calls: one call at a time, told apart by its name.
      return { role: 'tool', blocks: [toolResult(message, message['name'], path, toolNames)] };
    default:
      throw invalid(`${path}.role`, 'must be system, developer, user, assistant or tool', role);
  }
}

function toolResult(
  message: JsonObject,
  callId: Json | undefined,
  path: string,
  toolNames: ReadonlyMap<string, string>,
): ToolResultBlock {
  if (typeof callId !== 'string' || callId === '') {
    throw invalid(
      `${path}.${message['role'] === 'function' ? 'name' : 'tool_call_id'}`,
      'must be a string',
      callId,
    );
  }
  const id = withoutProof(callId);
  const toolName = toolNames.get(id) ?? asString(message['name']);
  return {
    type: 'tool_result',
    callId: id,
    ...(toolName === undefined ? {} : { toolName }),
    content: contentBlocks(message['content'], `${path}.content`),
    ...(message['is_error'] === true ? { isError: true } : {}),
  };
}
