import type { Target } from '../../domain/decision.ts';
import type { Operation, Quirks } from '../../domain/policy.ts';
import type { OutboundRequest } from '../../domain/ports.ts';
import type { ClientRequest } from '../contract.ts';
import { openAiQuirks } from './hosts.ts';
import { editObject, type Edit } from './json-text.ts';
import { messagesEdit } from './outbound-messages.ts';

const paths: Readonly<Record<Operation, string>> = {
  chat: '/chat/completions',
  responses: '/responses',
  embeddings: '/embeddings',
};

/** Body fields of the gateway's own. */
const gatewayFields = ['fallbacks'];

/** How the host of a target differs from OpenAI. */
export const quirksOf = (target: Target): Quirks =>
  target.provider.type === 'openai' ? { ...openAiQuirks, ...target.provider.quirks } : target.provider.quirks;

/**
 * The client's request as this host takes it: the same text but for the model, the gateway's own fields,
 * `stream_options.include_usage`, and what the host's quirks ask for.
 */
export function outboundRequest(request: ClientRequest, target: Target): OutboundRequest {
  const quirks = quirksOf(target);
  const edits = new Map<string, Edit>();
  const { json } = request;
  if (json['model'] !== target.model || hasTwice(request.text, '"model"')) {
    edits.set('model', { kind: 'set', json: JSON.stringify(target.model) });
  }
  for (const field of [...gatewayFields, ...(quirks.refusedParameters ?? [])]) {
    if (json[field] !== undefined) edits.set(field, { kind: 'remove' });
  }
  if (request.operation === 'chat') {
    if (request.stream) edits.set('stream_options', streamOptions(json['stream_options'], quirks));
    else if (json['stream_options'] !== undefined && quirks.streamOptions === false) {
      edits.set('stream_options', { kind: 'remove' });
    }
    maxTokens(json['max_completion_tokens'], json['max_tokens'], quirks, edits);
    const messages = messagesEdit(json['messages'], quirks);
    if (messages !== undefined) edits.set('messages', messages);
  }
  return {
    method: 'POST',
    url: target.provider.baseUrl + paths[request.operation],
    headers: {
      'content-type': 'application/json',
      accept: request.stream ? 'text/event-stream' : 'application/json',
    },
    body: editObject(request.text, edits),
  };
}

/** A duplicate key would let one reader see another model than the gateway did. */
const hasTwice = (text: string, quotedKey: string): boolean => {
  const first = text.indexOf(quotedKey);
  // An escaped key is none of the text's `"model"`, so its absence is as suspicious as a second one.
  return first === -1 || text.indexOf(quotedKey, first + 1) !== -1 || text.includes('\\u00');
};

function streamOptions(options: unknown, quirks: Quirks): Edit {
  if (quirks.streamOptions === false) return { kind: 'remove' };
  const wanted = '{"include_usage":true}';
  if (options === undefined || options === null) return { kind: 'put', json: wanted };
  return {
    kind: 'map',
    map: (json) =>
      json.startsWith('{')
        ? editObject(json, new Map([['include_usage', { kind: 'put', json: 'true' }]]))
        : wanted,
  };
}

/** The limit under the one name the host knows; where both are given, the newer one is meant. */
function maxTokens(newer: unknown, older: unknown, quirks: Quirks, edits: Map<string, Edit>): void {
  const field = quirks.maxTokensField;
  if (field === undefined) return;
  const other = field === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  const [wanted, unwanted] = field === 'max_tokens' ? [older, newer] : [newer, older];
  if (unwanted === undefined) return;
  if (wanted === undefined) edits.set(other, { kind: 'rename', to: field });
  else {
    edits.set(other, { kind: 'remove' });
    edits.set(field, { kind: 'set', json: JSON.stringify(newer ?? older) });
  }
}
