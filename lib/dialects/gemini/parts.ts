import type {
  AudioBlock,
  ImageBlock,
  OpaqueBlock,
  Origin,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
} from '../../domain/chat.ts';
import { asObject, asString, isObject } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';

export type AnswerBlock = TextBlock | ReasoningBlock | ToolCallBlock | ImageBlock | AudioBlock | OpaqueBlock;

/** What a part needs to know of its answer. */
export interface PartContext {
  readonly origin: Origin;
  readonly responseId: string | undefined;
  /** Number of this answer's function calls so far. */
  readonly toolIndex: number;
}

/** Whether a client sees something of the block: an empty text only carries a signature. */
export const speaks = (block: AnswerBlock): boolean => block.type !== 'text' || block.text !== '';

/** One part of an answer as a block; `undefined` for one that is no object or says nothing. */
export function readPart(value: Json, context: PartContext): AnswerBlock | undefined {
  if (!isObject(value)) return undefined;
  const { origin } = context;
  const proof = asString(value['thoughtSignature']);
  const signature = proof === undefined ? {} : { signature: { value: proof, origin } };
  const text = asString(value['text']);
  if (text === '' && proof === undefined) return undefined;
  if (text !== undefined && value['thought'] === true) {
    return { type: 'reasoning', text, origin, ...(proof === undefined ? {} : { signature: proof }) };
  }
  if (text !== undefined) return { type: 'text', text, ...signature };
  if (isObject(value['functionCall'])) {
    return { ...readCall(value['functionCall'], context), ...signature };
  }
  const { mimeType, data } = asObject(value['inlineData']);
  if (typeof mimeType === 'string' && typeof data === 'string' && value['thought'] !== true) {
    const source = { kind: 'base64', mediaType: mimeType, data } as const;
    if (mimeType.startsWith('image/')) return { type: 'image', source };
    if (mimeType.startsWith('audio/')) return { type: 'audio', source };
  }
  return Object.keys(value).length === 0 ? undefined : { type: 'opaque', origin, value };
}

function readCall(call: JsonObject, { responseId, toolIndex }: PartContext): ToolCallBlock {
  const name = asString(call['name']) ?? '';
  const id = asString(call['id']);
  return {
    type: 'tool_call',
    // Gemini 2.5 gives no ids; the answer's own id makes ours unique in the conversation.
    id: id === undefined || id === '' ? `call_${responseId ?? name}_${toolIndex}` : id,
    name,
    argumentsJson: JSON.stringify(asObject(call['args'])),
  };
}
