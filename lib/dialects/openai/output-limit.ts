import type { ClientRequest } from '../contract.ts';
import { editObject } from './json-text.ts';

/** The request with an output limit where it has none of its own: in the parsed body and in the text alike. */
export function withOutputLimit(request: ClientRequest, tokens: number): ClientRequest {
  const { operation, json, text } = request;
  if (operation === 'embeddings') return request;
  const names = operation === 'responses' ? ['max_output_tokens'] : ['max_completion_tokens', 'max_tokens'];
  if (names.some((name) => json[name] !== undefined && json[name] !== null)) return request;
  const [name = ''] = names;
  return {
    ...request,
    json: { ...json, [name]: tokens },
    text: editObject(text, new Map([[name, { kind: 'put', json: String(tokens) }]])),
  };
}
