import type { Block, Signature, TextBlock, ToolCallBlock } from '../../../domain/chat.ts';
import { asArray, asObject, asString, type Json, type JsonObject } from '../../../domain/json.ts';
import { invalid } from '../invalid.ts';
import { isGatewayMade, restore, type Restored } from '../reasoning-details.ts';
import { proofIn, withoutProof, type Proof } from '../tool-call-id.ts';
import { readParts } from './parts.ts';

/**
 * An assistant's message as the ordered blocks it once was: `reasoning_details` tells where reasoning stood between
 * text and tool calls; where a client dropped it, the proofs inside the tool call ids stand in.
 */
export function assistantBlocks(message: JsonObject, path: string): Block[] {
  const parts = readParts(message['content'], `${path}.content`);
  const refusal = asString(message['refusal']);
  const audioId = asString(asObject(message['audio'])['id']);
  const calls = [...toolCalls(message['tool_calls'], path), ...legacyCall(message['function_call'], path)];
  const said: Block[] = [
    ...parts,
    ...(refusal === undefined || refusal === '' ? [] : [{ type: 'refusal' as const, text: refusal }]),
    ...(audioId === undefined || audioId === ''
      ? []
      : [{ type: 'audio' as const, source: { kind: 'file' as const, fileId: audioId } }]),
  ];
  const details = asArray(message['reasoning_details']);
  if (isGatewayMade(details)) return inPlace(said, calls, restore(details));
  const proven = calls.flatMap(({ block, proof }) => [...reasoningOf(proof), block]);
  if (calls.some(({ proof }) => proof !== undefined)) return [...said, ...proven];
  return [...foreignReasoning(message, details), ...said, ...proven];
}

interface Call {
  readonly block: ToolCallBlock;
  readonly proof: Proof | undefined;
}

function toolCalls(value: Json | undefined, path: string): Call[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`${path}.tool_calls`, 'must be an array', value);
  return asArray(value).map((entry, index) => {
    const at = `${path}.tool_calls[${index}]`;
    const call = asObject(entry);
    const type = call['type'];
    if (type !== undefined && type !== null && type !== 'function') {
      throw invalid(`${at}.type`, 'must be "function" to be translated', type);
    }
    const id = call['id'];
    if (typeof id !== 'string' || id === '') throw invalid(`${at}.id`, 'must be a string', id);
    const { name, arguments: written } = asObject(call['function']);
    if (typeof name !== 'string' || name === '')
      throw invalid(`${at}.function.name`, 'must be a string', name);
    const proof = proofIn(id);
    const signature: Signature | undefined =
      proof?.signature === undefined ? undefined : { value: proof.signature, origin: proof.origin };
    return {
      proof,
      block: {
        type: 'tool_call',
        id: withoutProof(id),
        name,
        argumentsJson: argumentsJson(written, `${at}.function.arguments`),
        ...(signature === undefined ? {} : { signature }),
      },
    };
  });
}

/** Some clients send the arguments as an object; that is read as the text it would be. */
function argumentsJson(value: Json | undefined, path: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && !Array.isArray(value)) return JSON.stringify(value);
  throw invalid(path, 'must be a string of JSON', value);
}

/** `function_call`, the form before tool calls: its name serves as its id, as for the result. */
function legacyCall(value: Json | undefined, path: string): Call[] {
  const { name, arguments: written } = asObject(value);
  if (typeof name !== 'string' || name === '') return [];
  const text = argumentsJson(written, `${path}.function_call.arguments`);
  return [{ proof: undefined, block: { type: 'tool_call', id: name, name, argumentsJson: text } }];
}

const reasoningOf = (proof: Proof | undefined): Block[] =>
  (proof?.reasoning ?? []).map((block) => ({ type: 'reasoning', origin: proof?.origin ?? nobody, ...block }));

const nobody = { provider: '', model: '' };

/** Reasoning some other host wrote: its maker cannot be told from the message. */
function foreignReasoning(message: JsonObject, details: readonly Json[]): Block[] {
  if (details.length > 0) return restore(details).blocks.map(({ block }) => block);
  const text = asString(message['reasoning_content']) ?? asString(message['reasoning']) ?? '';
  return text === '' ? [] : [{ type: 'reasoning', text, origin: nobody }];
}

function inPlace(said: readonly Block[], calls: readonly Call[], restored: Restored): Block[] {
  const signed = calls.map(({ block }) => {
    const signature = block.signature ?? restored.callSignatures.get(block.id);
    return signature === undefined ? block : { ...block, signature };
  });
  const text = plainText(said);
  // Whoever rewrote the content into other parts has moved what the positions speak of.
  if (text === undefined) return [...restored.blocks.map(({ block }) => block), ...said, ...signed];
  const blocks: Block[] = [];
  const signatures = restored.textSignatures.toReversed();
  let textAt = 0;
  let callAt = 0;
  const advance = (textEnd: number, callEnd: number): void => {
    for (const piece of signedText(text, textAt, textEnd, signatures)) blocks.push(piece);
    for (const call of signed.slice(callAt, callEnd)) blocks.push(call);
    textAt = Math.max(textAt, textEnd);
    callAt = Math.max(callAt, callEnd);
  };
  for (const { block, at } of restored.blocks) {
    advance(Math.min(at[0], text.length), at[1]);
    blocks.push(block);
  }
  advance(text.length, signed.length);
  return blocks;
}

const plainText = (blocks: readonly Block[]): string | undefined =>
  blocks.every((block) => block.type === 'text') ? blocks.map((block) => block.text).join('') : undefined;

/** The text between two places, cut after each part that is signed. Takes what it passes off the end of `signatures`. */
function signedText(
  text: string,
  from: number,
  to: number,
  signatures: Restored['textSignatures'][number][],
): TextBlock[] {
  const pieces: TextBlock[] = [];
  let start = from;
  for (let next = signatures.at(-1); next !== undefined && next.end <= to; next = signatures.at(-1)) {
    signatures.pop();
    const { end, signature } = next;
    if (end <= start) continue;
    pieces.push({ type: 'text', text: text.slice(start, end), signature });
    start = end;
  }
  if (start < to) pieces.push({ type: 'text', text: text.slice(start, to) });
  return pieces;
}
