import type { Block, ChatRequest, Message } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import type { Unsupported } from '../contract.ts';
import { familyOf } from './families.ts';
import type { Family } from './families.ts';
import { mediaRefusal } from './media.ts';
import { isNativeParameter } from './native-parameters.ts';
import { planReasoning } from './reasoning.ts';
import { planSampling } from './sampling.ts';
import { knowsTier } from './service-tier.ts';
import { planToolChoice } from './tool-choice.ts';

/** Parameters that only lean on the sampling: an answer without them is still the answer. */
const hints = new Set(['logit_bias', 'min_p', 'top_a', 'repetition_penalty', 'verbosity', 'prediction']);

/** What OpenAI's clients call a block, for messages about it. */
const partNames: Readonly<Partial<Record<Block['type'], string>>> = {
  image: 'image_url',
  audio: 'input_audio',
  document: 'file',
};

/** What Converse, or this model behind it, cannot carry. */
export function unsupported(request: ChatRequest, target: Target): readonly Unsupported[] {
  const family = familyOf(target);
  const reasoning = planReasoning(request, target);
  return [
    ...dotSegment(target),
    ...unknownParameters(request),
    ...planSampling(request, family, reasoning).unsupported,
    ...reasoning.unsupported,
    ...planToolChoice(request, family).unsupported,
    ...responseFormat(request, family),
    ...serviceTier(request),
    ...request.messages.flatMap((message, index) => messageProblems(message, `messages[${index}]`, family)),
    ...emptyConversation(request),
  ];
}

/** In a URL these are not names but steps, and would reach another path of the API (RFC 3986, section 5.2.4). */
const dotSegment = ({ model }: Target): Unsupported[] =>
  /^\.{1,2}$/.test(model) ? [lost('model', `Bedrock has no model "${model}"`)] : [];

const lost = (parameter: string, reason: string): Unsupported => ({ parameter, reason, droppable: false });

function unknownParameters(request: ChatRequest): Unsupported[] {
  return Object.entries(request.others)
    .filter(([name, value]) => !isNativeParameter(name, value))
    .map(([parameter]) => ({
      parameter,
      reason: parameter === 'n' ? 'Bedrock answers once' : 'Bedrock Converse has no such parameter',
      droppable: hints.has(parameter),
    }));
}

function responseFormat({ responseFormat: format }: ChatRequest, family: Family): Unsupported[] {
  if (format === undefined || format.type === 'text') return [];
  if (format.type === 'json_object')
    return [lost('response_format', 'Bedrock has no JSON mode without a schema')];
  if (family.structuredOutput) return [];
  return [lost('response_format', `${family.vendor} on Bedrock has no structured output`)];
}

function serviceTier({ serviceTier: tier }: ChatRequest): Unsupported[] {
  if (tier === undefined || knowsTier(tier)) return [];
  const reason = 'Bedrock knows the tiers default, flex, priority and reserved';
  return [{ parameter: 'service_tier', reason, droppable: true }];
}

function emptyConversation({ messages }: ChatRequest): Unsupported[] {
  const spoken = messages.some(({ role }) => role !== 'system' && role !== 'developer');
  return spoken ? [] : [lost('messages', 'Bedrock needs a message besides the system prompt')];
}

function messageProblems(message: Message, where: string, family: Family): Unsupported[] {
  const { role, blocks } = message;
  if (role === 'system' || role === 'developer') {
    const foreign = blocks.findIndex(({ type }) => type !== 'text' && type !== 'cache_marker');
    if (!family.system) return [lost(where, `${family.vendor} takes no system prompt on Bedrock`)];
    return foreign === -1
      ? []
      : [lost(`${where}.content[${foreign}]`, 'Bedrock takes only text in system prompts')];
  }
  return blocks.flatMap((block, index) => {
    const place = `${where}.content[${index}]`;
    if (block.type !== 'tool_result') return blockProblems(block, place, family, role === 'assistant', false);
    return block.content.flatMap((inner) => blockProblems(inner, place, family, false, true));
  });
}

function blockProblems(
  block: Block,
  place: string,
  family: Family,
  fromAssistant: boolean,
  inToolResult: boolean,
): Unsupported[] {
  if (block.type !== 'image' && block.type !== 'audio' && block.type !== 'document') return [];
  const parameter = `${place}.${partNames[block.type]}`;
  const { vendor } = family;
  if (block.type === 'image' && !family.images)
    return [lost(parameter, `${vendor} takes no images on Bedrock`)];
  if (block.type === 'audio' && !family.audio)
    return [lost(parameter, `${vendor} takes no audio on Bedrock`)];
  if (fromAssistant) return [lost(parameter, `Bedrock takes no ${block.type} from the assistant`)];
  if (inToolResult && (block.type === 'audio' || !family.toolResultMedia.includes(block.type))) {
    return [lost(parameter, `${vendor} takes no ${block.type} in tool results on Bedrock`)];
  }
  const refusal = mediaRefusal(block);
  return refusal === undefined ? [] : [lost(parameter, refusal)];
}
