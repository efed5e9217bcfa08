import type { Block, ChatReply, ProviderFault } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { asArray, asObject, asString, isObject } from '../../domain/json.ts';
import { readBlock } from './blocks.ts';
import { parseExactJson } from './exact-json.ts';
import { faultInside, notAMessage } from './faults.ts';
import { finishReason, refusalText } from './finish.ts';
import { readUsage } from './usage.ts';
import { dialect } from './wire.ts';

/** A whole 2xx answer (API reference: "Message"). */
export function readReply(body: Uint8Array, target: Target): ChatReply | ProviderFault {
  const message = parseExactJson(new TextDecoder().decode(body));
  if (!isObject(message)) return notAMessage;
  if (message['type'] === 'error' || isObject(message['error'])) return faultInside(message);
  if (!Array.isArray(message['content'])) return notAMessage;

  const origin = { provider: dialect, model: target.model };
  const blocks: Block[] = [];
  let textChars = 0;
  for (const wire of asArray(message['content']).filter(isObject)) {
    blocks.push(...readBlock(wire, origin, textChars));
    if (wire['type'] === 'text') textChars += asString(wire['text'])?.length ?? 0;
  }
  const refusal = refusalText(message['stop_details']);
  if (refusal !== undefined) blocks.push({ type: 'refusal', text: refusal });

  const id = asString(message['id']);
  const stopReason = asString(message['stop_reason']);
  const usage = readUsage(asObject(message['usage']));
  return {
    ...(id !== undefined && { id }),
    model: asString(message['model']) ?? target.model,
    blocks,
    finish: finishReason(stopReason ?? ''),
    ...(stopReason !== undefined && { nativeFinish: stopReason }),
    ...(usage && { usage }),
    ...(usage?.serviceTier !== undefined && { serviceTier: usage.serviceTier }),
  };
}
