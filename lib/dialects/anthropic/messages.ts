import { sameOrigin } from '../../domain/chat.ts';
import type { Block, Message, Origin, ReasoningBlock, ToolResultBlock } from '../../domain/chat.ts';
import { isObject } from '../../domain/json.ts';
import type { Json } from '../../domain/json.ts';
import { cacheControl, isCacheable } from './cache.ts';
import { parseExactJson } from './exact-json.ts';
import { mediaRefusal, writeMedia } from './media.ts';
import { wireToolId } from './tool-ids.ts';
import type { WireObject } from './wire.ts';

export interface Turn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: WireObject[];
}

export interface Conversation {
  readonly system: readonly WireObject[];
  readonly turns: readonly Turn[];
}

/**
 * The conversation in Anthropic's form (API reference: "Create a Message"): system prompts on top, turns that
 * alternate, tool results first in theirs, no blank text. A later system prompt stays where it is if the model takes
 * that and the place is legal (after a user turn, before an assistant turn or the end); otherwise it joins the
 * others on top, as Anthropic's own OpenAI compatibility does.
 */
export function writeConversation(
  messages: readonly Message[],
  origin: Origin,
  systemTurns: boolean,
): Conversation {
  const system: WireObject[] = [];
  const turns: Turn[] = [];
  /** Where a marker at the head of a message belongs: it ends the prefix before it. */
  let earlier: WireObject | undefined;
  for (const message of messages) {
    const prompt = message.role === 'system' || message.role === 'developer';
    const onTop = prompt && (turns.length === 0 || !systemTurns);
    const role = prompt ? 'system' : message.role === 'assistant' ? 'assistant' : 'user';
    const content = onTop ? system : [];
    let latest = onTop ? system.at(-1) : undefined;
    for (const block of message.blocks) {
      if (block.type === 'cache_marker') {
        const marked = latest ?? earlier ?? system.at(-1);
        if (marked !== undefined) marked['cache_control'] = cacheControl(block);
        continue;
      }
      for (const wire of writeBlock(block, role, origin)) {
        content.push(wire);
        if (isCacheable(wire)) latest = wire;
      }
    }
    if (onTop) continue;
    pushTurn(turns, { role, content });
    earlier = latest ?? earlier;
  }
  const placed = systemTurns ? placeSystemTurns(turns, system) : turns;
  return { system, turns: finish(placed) };
}

function writeBlock(block: Block, role: Turn['role'], origin: Origin): WireObject[] {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return textBlocks(block.text);
    case 'image':
    case 'document':
      return role === 'user' && mediaRefusal(block) === undefined ? [writeMedia(block)] : [];
    case 'tool_call':
      return [
        {
          type: 'tool_use',
          id: wireToolId(block.id),
          name: block.name,
          input: toolInput(block.argumentsJson),
        },
      ];
    case 'tool_result':
      return writeToolResult(block);
    case 'reasoning':
      return sameOrigin(block.origin, origin) ? thinkingBlocks(block) : [];
    case 'opaque':
      return sameOrigin(block.origin, origin) && isObject(block.value) ? [{ ...block.value }] : [];
    case 'audio':
    case 'citation':
    case 'cache_marker':
      return [];
  }
}

/** The API refuses text that is empty or white space only. */
const textBlocks = (text: string): WireObject[] => (text.trim() === '' ? [] : [{ type: 'text', text }]);

/** Thoughts without Anthropic's proof are refused. */
function thinkingBlocks(block: ReasoningBlock): WireObject[] {
  if (block.encrypted !== undefined) return [{ type: 'redacted_thinking', data: block.encrypted }];
  if (block.signature === undefined) return [];
  return [{ type: 'thinking', thinking: block.text, signature: block.signature }];
}

/** The API wants an object; what is none is wrapped as it documents for broken arguments ("Fine-grained tool streaming"). */
function toolInput(argumentsJson: string): Json {
  if (argumentsJson.trim() === '') return {};
  const input = parseExactJson(argumentsJson);
  return isObject(input) ? input : { INVALID_JSON: argumentsJson };
}

function writeToolResult(block: ToolResultBlock): WireObject[] {
  const content: WireObject[] = [];
  const media: WireObject[] = [];
  const result: WireObject = { type: 'tool_result', tool_use_id: wireToolId(block.callId) };
  for (const part of block.content) {
    if (part.type === 'text') content.push(...textBlocks(part.text));
    else if (part.type === 'cache_marker') result['cache_control'] = cacheControl(part);
    else if (part.type !== 'audio' && mediaRefusal(part) === undefined) {
      // An error result may hold text only; its media stand behind it.
      (block.isError === true ? media : content).push(writeMedia(part));
    }
  }
  if (content.length > 0) result['content'] = content;
  if (block.isError === true) result['is_error'] = true;
  return [result, ...media];
}

/** Neighbours of one role become one turn; a turn with nothing left in it is none. */
function pushTurn(turns: Turn[], turn: Turn): void {
  const last = turns.at(-1);
  if (turn.content.length === 0) return;
  if (last?.role !== turn.role) turns.push(turn);
  // One by one: a spread of a caller's hundred thousand parts is more arguments than a call takes.
  else for (const block of turn.content) last.content.push(block);
}

function placeSystemTurns(turns: readonly Turn[], system: WireObject[]): Turn[] {
  const placed: Turn[] = [];
  turns.forEach((turn, index) => {
    const next = turns[index + 1]?.role;
    const legal = turns[index - 1]?.role === 'user' && (next === undefined || next === 'assistant');
    if (turn.role !== 'system' || legal) pushTurn(placed, turn);
    else for (const block of turn.content) system.push(block);
  });
  return placed;
}

function finish(turns: readonly Turn[]): Turn[] {
  const finished = turns
    .map(({ role, content }) => ({
      role,
      content: role === 'assistant' ? withoutTrailingThoughts(content) : resultsFirst(content),
    }))
    .filter(({ content }) => content.length > 0);
  const last = finished.at(-1);
  const text = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  // "final assistant content cannot end with trailing whitespace"
  if (typeof text?.['text'] === 'string') text['text'] = text['text'].trimEnd();
  return finished;
}

/** An assistant turn may not end with its thoughts (an answer cut off while thinking). */
const withoutTrailingThoughts = (content: WireObject[]): WireObject[] =>
  content.slice(
    0,
    content.findLastIndex(({ type }) => type !== 'thinking' && type !== 'redacted_thinking') + 1,
  );

const resultsFirst = (content: WireObject[]): WireObject[] =>
  content.toSorted((a, b) => Number(a['type'] !== 'tool_result') - Number(b['type'] !== 'tool_result'));
