import { asArray, asObject, parseJson, type Json, type JsonObject } from '../../domain/json.ts';
import type { Quirks } from '../../domain/policy.ts';
import { editObject, mapArray, type Edit, type Edits } from './json-text.ts';
import { isGatewayMade } from './reasoning-details.ts';
import { fittingId } from './tool-call-alphabet.ts';
import { marker, withoutProof } from './tool-call-id.ts';

/**
 * What must change inside `messages` for this host, or undefined where nothing must, as with most requests. Every
 * message keeps its bytes but for the members named here. `messages` is what the text says, parsed.
 */
export function messagesEdit(messages: Json | undefined, quirks: Quirks): Edit | undefined {
  const edits = asArray(messages).map((message) => messageEdits(asObject(message), quirks));
  if (edits.every((some) => some.size === 0)) return undefined;
  const map = (json: string): string =>
    mapArray(json, (message, index) => editObject(message, edits[index] ?? none));
  return { kind: 'map', map };
}

const none: Edits = new Map();

function messageEdits(message: JsonObject, quirks: Quirks): Edits {
  const { tool_calls: calls, tool_call_id: callId } = message;
  const developer = message['role'] === 'developer' && quirks.developerRole === 'system';
  const removed = removedFields(message, quirks);
  const renamed = (typeof callId === 'string' && changes(callId, quirks)) || renamesCalls(calls, quirks);
  if (!developer && !renamed && removed.length === 0) return none;
  const edits = new Map<string, Edit>(removed.map((field) => [field, { kind: 'remove' }]));
  if (developer) edits.set('role', { kind: 'set', json: '"system"' });
  if (renamed) {
    const rename: Edit = { kind: 'map', map: (json) => renameId(json, quirks) };
    const inCall: Edits = new Map([['id', rename]]);
    const inCalls = (json: string): string => mapArray(json, (call) => editObject(call, inCall));
    if (typeof callId === 'string') edits.set('tool_call_id', rename);
    if (asArray(calls).length > 0) edits.set('tool_calls', { kind: 'map', map: inCalls });
  }
  return edits;
}

/**
 * `reasoning_details` goes only to a host that gives it itself, and never what the gateway wrote there; the plain text
 * of such reasoning goes with it.
 */
function removedFields(message: JsonObject, quirks: Quirks): string[] {
  const dropped = (quirks.droppedMessageFields ?? []).filter((field) => message[field] !== undefined);
  const details = message['reasoning_details'];
  if (details === undefined) return dropped;
  const ours = isGatewayMade(details);
  if (quirks.reasoningDetails === true && !ours) return dropped;
  const text = ours && message['reasoning_content'] !== undefined ? ['reasoning_content'] : [];
  return [...dropped, 'reasoning_details', ...text];
}

const renamesCalls = (calls: Json | undefined, quirks: Quirks): boolean =>
  asArray(calls).some((call) => {
    const { id } = asObject(call);
    return typeof id === 'string' && changes(id, quirks);
  });

const changes = (id: string, quirks: Quirks): boolean =>
  quirks.toolCallIds === undefined ? id.includes(marker) : outboundId(id, quirks) !== id;

/** An id without the proof the gateway put into it, in the host's alphabet. */
function outboundId(id: string, quirks: Quirks): string {
  const bare = withoutProof(id);
  return quirks.toolCallIds === undefined ? bare : fittingId(bare, quirks.toolCallIds);
}

function renameId(json: string, quirks: Quirks): string {
  const id = parseJson(json);
  return typeof id === 'string' ? JSON.stringify(outboundId(id, quirks)) : json;
}
