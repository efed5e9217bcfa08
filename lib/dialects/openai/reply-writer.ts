import type { ChatReply } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ReplyContext } from '../contract.ts';
import { answerId, audioJson, citationJson, finishReasons, imageJson, silentRefusal } from './answer.ts';
import { ProofKeeper } from './proofs.ts';
import { usageJson } from './usage.ts';

/** One whole answer as a chat completion (developers.openai.com/api/reference, "chat.completion"). */
export function completionJson(reply: ChatReply, context: ReplyContext): JsonObject {
  return {
    id: answerId(reply.id, context),
    object: 'chat.completion',
    created: context.createdS,
    model: reply.model === '' ? context.model : reply.model,
    choices: [
      {
        index: 0,
        message: messageJson(reply, context),
        logprobs: null,
        finish_reason: finishReasons[reply.finish],
      },
    ],
    ...(reply.usage === undefined ? {} : { usage: usageJson(reply.usage) }),
    ...(reply.serviceTier === undefined ? {} : { service_tier: reply.serviceTier }),
    system_fingerprint: null,
  };
}

function messageJson(reply: ChatReply, context: ReplyContext): JsonObject {
  const proofs = new ProofKeeper();
  let content: string | null = null;
  let refusal = reply.finish === 'refusal' ? '' : null;
  let reasoning = '';
  let audio: JsonObject | undefined;
  const details: JsonObject[] = [];
  const toolCalls: JsonObject[] = [];
  const annotations: JsonObject[] = [];
  const images: JsonObject[] = [];
  for (const [index, block] of reply.blocks.entries()) {
    switch (block.type) {
      case 'text':
        content = (content ?? '') + block.text;
        details.push(...proofs.text(block.text, block.signature));
        break;
      case 'refusal':
        refusal = (refusal ?? '') + block.text;
        break;
      case 'reasoning': {
        const { origin, text, signature, encrypted } = block;
        reasoning += text;
        details.push(
          proofs.reasoning(index, origin, {
            text,
            ...(signature === undefined ? {} : { signature }),
            ...(encrypted === undefined ? {} : { encrypted }),
          }),
        );
        break;
      }
      case 'tool_call': {
        const call = proofs.toolCall(block.id, block.signature);
        details.push(...call.details);
        const written = block.argumentsJson === '' ? '{}' : block.argumentsJson;
        toolCalls.push({ id: call.id, type: 'function', function: { name: block.name, arguments: written } });
        break;
      }
      case 'image':
        images.push(imageJson(block, images.length));
        break;
      case 'audio':
        audio = audioJson(block, `audio-${context.requestId}`);
        break;
      case 'citation': {
        const annotation = citationJson(block, proofs.textChars);
        if (annotation !== undefined) annotations.push(annotation);
        break;
      }
      case 'opaque':
        details.push(proofs.opaque(block));
        break;
    }
  }
  return {
    role: 'assistant',
    content,
    refusal: refusal === '' ? silentRefusal : refusal,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(images.length === 0 ? {} : { images }),
    ...(audio === undefined ? {} : { audio }),
  };
}
