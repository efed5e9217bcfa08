import type { Block, ChatReply, ProviderFault } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { asArray, asObject, asString, isObject, parseJson } from '../../domain/json.ts';
import { readCitations, readWebSearches } from './citations.ts';
import { originOf } from './contents.ts';
import { readErrorJson } from './faults.ts';
import { failedAnswer, readFinish } from './finish.ts';
import { isGemini3 } from './models.ts';
import { readPart, speaks } from './parts.ts';
import { readServiceTier, readUsage } from './usage.ts';

/** A whole GenerateContentResponse. A prompt the safety system blocks is an answer without blocks. */
export function readReply(body: Uint8Array, target: Target): ChatReply | ProviderFault {
  const json = parseJson(Buffer.from(body).toString('utf8'));
  const fault = readErrorJson(json);
  if (fault !== undefined) return fault;
  if (!isObject(json)) return { status: 502, message: 'Gemini’s answer is no JSON object' };
  const candidate = asArray(json['candidates'])[0];
  const blocked = asString(asObject(json['promptFeedback'])['blockReason']);
  if (!isObject(candidate) && blocked === undefined) {
    return { status: 502, message: 'Gemini’s answer has no candidates' };
  }
  const answer = asObject(candidate);
  const responseId = asString(json['responseId']);
  const origin = originOf(target);
  const blocks: Block[] = [];
  let toolIndex = 0;
  let content = false;
  let text = '';
  for (const part of asArray(asObject(answer['content'])['parts'])) {
    const block = readPart(part, { origin, responseId, toolIndex });
    if (block === undefined) continue;
    if (block.type === 'tool_call') toolIndex += 1;
    if (block.type === 'text') text += block.text;
    if (speaks(block)) content = true;
    blocks.push(block);
  }
  blocks.push(...readCitations(answer, text));
  const native = asString(answer['finishReason']) ?? blocked ?? 'FINISH_REASON_UNSPECIFIED';
  const finish = isObject(candidate)
    ? readFinish(native, { content, toolCall: toolIndex > 0 })
    : 'content_filter';
  if (finish === undefined) return failedAnswer(native);
  const metadata = json['usageMetadata'];
  const searches = readWebSearches(answer, isGemini3(target.model));
  const tier = isObject(metadata) ? readServiceTier(metadata) : undefined;
  return {
    model: asString(json['modelVersion']) ?? target.model,
    ...(responseId === undefined ? {} : { id: responseId }),
    blocks,
    finish,
    nativeFinish: native,
    ...(isObject(metadata)
      ? { usage: { ...readUsage(metadata), ...(searches === undefined ? {} : { webSearches: searches }) } }
      : {}),
    ...(tier === undefined ? {} : { serviceTier: tier }),
  };
}
