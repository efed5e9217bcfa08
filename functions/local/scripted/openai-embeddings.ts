import { createHash } from 'node:crypto';
import { asArray, asNumber, asString, type JsonObject } from '../../../lib/domain/json.ts';
import { openAiChat } from './openai-chat.ts';
import type { Voice } from './voice.ts';

const defaultDimensions = 1536;
const maxDimensions = 4096;

/** Embeddings (platform.openai.com/docs/api-reference/embeddings). */
export const openAiEmbeddings: Voice = {
  ...openAiChat,
  read: (path, body) =>
    path.endsWith('/embeddings')
      ? {
          model: asString(body['model']) ?? '',
          stream: false,
          userText: '',
          toolResults: [],
          tools: [],
          toolChoice: 'none',
          inputChars: 0,
        }
      : undefined,
  reply: (_answer, body) => embeddingsReply(body),
};

/** Unit vectors drawn from a digest of each input, so that equal inputs have equal vectors. */
function embeddingsReply(body: JsonObject): JsonObject {
  const inputs = inputsOf(body);
  const dimensions = Math.min(asNumber(body['dimensions']) ?? defaultDimensions, maxDimensions);
  const base64 = body['encoding_format'] === 'base64';
  const tokens = inputs.reduce((sum, input) => sum + Math.ceil(input.length / 4), 0);
  return {
    object: 'list',
    data: inputs.map((input, index) => {
      const vector = vectorOf(input, dimensions);
      return {
        object: 'embedding',
        index,
        embedding: base64 ? Buffer.from(vector.buffer).toString('base64') : [...vector],
      };
    }),
    model: asString(body['model']) ?? '',
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** One input or many; token arrays stand for themselves. */
function inputsOf(body: JsonObject): string[] {
  const input = body['input'];
  if (typeof input === 'string') return [input];
  const list = asArray(input);
  if (typeof list[0] === 'number') return [JSON.stringify(list)];
  return list.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
}

function vectorOf(input: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  let digest = createHash('sha256').update(input).digest();
  for (let i = 0; i < dimensions; i++) {
    if (i > 0 && i % digest.length === 0) digest = createHash('sha256').update(digest).digest();
    vector[i] = (digest[i % digest.length] ?? 0) - 127.5;
  }
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}
