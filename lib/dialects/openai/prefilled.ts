import { asNumber } from '../../domain/json.ts';
import type { ClientRequest } from '../contract.ts';
import { editObject, type Edit } from './json-text.ts';

const charsPerToken = 4;

/**
 * A chat request whose answer has begun: the beginning as an assistant's message at its end. A limit of the output
 * counted the beginning too, and gives it up, as estimated.
 */
export function prefilled(request: ClientRequest, text: string): ClientRequest {
  const message = { role: 'assistant', content: text };
  const usedTokens = Math.ceil(text.length / charsPerToken);
  const limits = ['max_tokens', 'max_completion_tokens'].flatMap((name): [string, number][] => {
    const limit = asNumber(request.json[name]);
    return limit === undefined ? [] : [[name, Math.max(1, limit - usedTokens)]];
  });
  const edits = new Map<string, Edit>([
    ['messages', { kind: 'map', map: (json) => appended(json, JSON.stringify(message)) }],
    ...limits.map(([name, limit]): [string, Edit] => [name, { kind: 'set', json: String(limit) }]),
  ]);
  const { messages } = request.json;
  return {
    ...request,
    text: editObject(request.text, edits),
    json: {
      ...request.json,
      ...Object.fromEntries(limits),
      messages: [...(Array.isArray(messages) ? messages : []), message],
    },
  };
}

/** The array, which is never empty, with one more element. */
const appended = (array: string, element: string): string =>
  `${array.slice(0, array.lastIndexOf(']'))},${element}]`;
