import { asArray, asObject, isObject, parseJson, type Json, type JsonObject } from '../../domain/json.ts';
import type { AnswerSoFar, ClientContinuation, ClientRequest } from '../contract.ts';
import { SseDecoder } from '../sse.ts';
import { isEnvelope } from './chat-stream.ts';
import { asksForNothing } from './neutral/others.ts';
import { ChunkSequel } from './sequel.ts';
import { plainPiece } from './plain-piece.ts';

/**
 * Parameters with which an answer is still one plain text. Tools, formats, log probabilities, sounds, searches, and
 * whatever is newer than this list, may make it something else.
 */
const harmless = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'fallbacks', 'service_tier'],
  ...['max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'top_k', 'min_p', 'seed', 'stop'],
  ...['frequency_penalty', 'presence_penalty', 'repetition_penalty', 'logit_bias', 'verbosity'],
  ...['reasoning', 'reasoning_effort', 'thinking'],
]);

/** Of chat completions (developers.openai.com/api/reference, "chat.completion.chunk"). */
export const chatContinuation: ClientContinuation = {
  mayContinue,
  readSoFar,
  openSequel: (soFar, from, consumed) => new ChunkSequel(soFar, from, consumed),
};

function mayContinue({ operation, stream, json }: ClientRequest): boolean {
  return (
    operation === 'chat' &&
    stream &&
    Object.entries(json).every(([name, value]) => harmless.has(name) || asksForPlainText(name, value))
  );
}

const asksForPlainText = (name: string, value: Json | undefined): boolean =>
  asksForNothing(name, value) ||
  (name === 'response_format' && asObject(value)['type'] === 'text') ||
  (name === 'tools' && Array.isArray(value) && value.length === 0);

function readSoFar(sent: readonly (Uint8Array | string)[]): AnswerSoFar | undefined {
  const decoder = new SseDecoder();
  const events = sent.flatMap((piece) =>
    decoder.push(typeof piece === 'string' ? Buffer.from(piece) : piece),
  );
  let text = '';
  let envelope: JsonObject | undefined;
  for (const { data } of events) {
    const chunk = parseJson(data);
    if (!isObject(chunk)) return undefined;
    // Groq's name for the request.
    const { x_groq: _request, ...said } = chunk;
    if (!isEnvelope(said)) return undefined;
    // Some hosts open with an event of their own that names nothing.
    if (asArray(chunk['choices']).length > 0) envelope ??= envelopeOf(chunk);
    const piece = plainPiece(chunk);
    if (piece === undefined || piece.finished) return undefined;
    text += piece.text;
  }
  return envelope === undefined || text === '' ? undefined : { text, envelope };
}

const envelopeOf = ({ id, created, model }: JsonObject): JsonObject => ({
  ...(id !== undefined && { id }),
  ...(created !== undefined && { created }),
  ...(model !== undefined && { model }),
});
