import { sameOrigin } from '../../domain/chat.ts';
import type { Block, Message, Origin, Signature, ToolCallBlock } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { isObject, parseJson } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import { writeMedia } from './media.ts';
import { isGemini3 } from './models.ts';
import { writeToolResult } from './tool-results.ts';

/**
 * "skip_thought_signature_validator" in base64: what Gemini 3 accepts for a function call it did not make
 * (ai.google.dev/gemini-api/docs/thought-signatures, FAQ).
 */
const foreignCallSignature = 'c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=';

/**
 * Gemini API and Vertex AI sign with different keys, so they are two origins although they speak one dialect.
 */
export const originOf = (target: Target): Origin => ({
  provider: target.provider.type,
  model: target.model,
});

export interface WrittenContents {
  readonly systemInstruction?: JsonObject;
  readonly contents: readonly JsonObject[];
}

/** Function responses stand alone: a content that mixes them with other parts is not known to be accepted. */
type Kind = 'user' | 'model' | 'function';

interface Draft {
  readonly kind: Kind;
  readonly parts: JsonObject[];
}

/**
 * The conversation as `contents` and `systemInstruction`. Consecutive messages of one kind become one content; system
 * and developer messages are collected from any position; empty texts, caching markers and citations are left out.
 */
export function writeContents(messages: readonly Message[], target: Target): WrittenContents {
  const system: JsonObject[] = [];
  const drafts: Draft[] = [];
  const toolNames = new Map<string, string>();
  let afterResults: JsonObject[] = [];
  const append = (kind: Kind, parts: readonly JsonObject[]): void => {
    if (parts.length === 0) return;
    const last = drafts.at(-1);
    if (last?.kind !== kind) drafts.push({ kind, parts: [...parts] });
    // One by one: a spread of a caller's hundred thousand parts is more arguments than a call takes.
    else for (const part of parts) last.parts.push(part);
  };
  const endResults = (): void => {
    append('user', afterResults);
    afterResults = [];
  };
  for (const message of messages) {
    const instruction = message.role === 'system' || message.role === 'developer';
    const kind = message.role === 'assistant' ? 'model' : 'user';
    for (const block of message.blocks) {
      if (block.type === 'tool_result') {
        const name = block.toolName ?? toolNames.get(block.callId) ?? block.callId;
        const { part, after } = writeToolResult(block, name, target.model);
        append('function', [part]);
        for (const part of after) afterResults.push(part);
        continue;
      }
      if (block.type === 'tool_call') toolNames.set(block.id, block.name);
      const parts = writeBlock(block, originOf(target));
      if (instruction) system.push(...parts);
      else {
        if (parts.length > 0) endResults();
        append(kind, parts);
      }
    }
  }
  endResults();
  // The API refuses a request without contents.
  if (drafts.length === 0) append('user', system.splice(0));
  const contents = drafts.map(({ kind, parts }) => ({
    role: kind === 'model' ? 'model' : 'user',
    parts: kind === 'model' && isGemini3(target.model) ? signFirstCall(parts) : parts,
  }));
  return system.length > 0 ? { systemInstruction: { parts: system }, contents } : { contents };
}

function writeBlock(block: Block, origin: Origin): readonly JsonObject[] {
  switch (block.type) {
    case 'text': {
      const thoughtSignature = ownSignature(block.signature, origin);
      return block.text === '' && thoughtSignature === undefined
        ? []
        : [{ text: block.text, thoughtSignature }];
    }
    case 'refusal':
      return block.text === '' ? [] : [{ text: block.text }];
    case 'image':
    case 'audio':
    case 'document':
      return [writeMedia(block.source)];
    case 'tool_call':
      return [
        {
          functionCall: { id: block.id, name: block.name, args: writeArguments(block) },
          thoughtSignature: ownSignature(block.signature, origin),
        },
      ];
    case 'reasoning':
      return sameOrigin(block.origin, origin) && (block.text !== '' || block.signature !== undefined)
        ? [{ text: block.text, thought: true, thoughtSignature: block.signature }]
        : [];
    case 'opaque':
      // A model names no files; who forges its mark may not have any read.
      return sameOrigin(block.origin, origin) && isObject(block.value) && !namesFile(block.value)
        ? [block.value]
        : [];
    case 'citation':
    case 'cache_marker':
    case 'tool_result':
      return [];
  }
}

/** The API takes names in snake case too. */
const namesFile = (value: JsonObject): boolean => /"file_?uri"/i.test(JSON.stringify(value));

const ownSignature = (signature: Signature | undefined, origin: Origin): string | undefined =>
  signature !== undefined && sameOrigin(signature.origin, origin) ? signature.value : undefined;

/** `args` is a JSON object; what a model wrote that is none is kept as text. */
function writeArguments(call: ToolCallBlock): JsonObject {
  if (call.argumentsJson === '') return {};
  const value = parseJson(call.argumentsJson);
  return isObject(value) ? value : { arguments: call.argumentsJson };
}

/** Of parallel calls the first carries the signature, and only that one is checked. */
function signFirstCall(parts: readonly JsonObject[]): readonly JsonObject[] {
  const first = parts.find((part) => part['functionCall'] !== undefined);
  if (first === undefined || first['thoughtSignature'] !== undefined) return parts;
  return parts.map((part) => (part === first ? { ...part, thoughtSignature: foreignCallSignature } : part));
}
