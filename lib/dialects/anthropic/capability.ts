import type { Block, ChatRequest, ContentBlock, Message } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import type { Unsupported } from '../contract.ts';
import { carryExtras } from './extras.ts';
import { mediaRefusal } from './media.ts';
import { traitsOf } from './models.ts';
import type { ModelTraits } from './models.ts';
import { maxTokensOf } from './request.ts';
import { carrySampling } from './sampling.ts';
import { hasOpenObject } from './schema.ts';
import { planThinking } from './thinking.ts';
import { carryTools } from './tools.ts';

/** What this Claude model cannot carry of the request. */
export function unsupported(request: ChatRequest, target: Target): readonly Unsupported[] {
  const traits = traitsOf(target.model);
  const plan = planThinking(request, traits, maxTokensOf(request, target, traits));
  return [
    ...request.messages.flatMap(refusedBlocks),
    ...refusedConversation(request.messages, traits),
    ...carryTools(request, traits).unsupported,
    ...plan.unsupported,
    ...refusedFormat(request, traits),
    ...carrySampling(request, traits, plan.active).unsupported,
    ...carryExtras(request).unsupported,
  ];
}

/** The part of an OpenAI message a medium came in. */
const partNames = { image: 'image_url', audio: 'input_audio', document: 'file' } as const;

function refusedBlocks(message: Message, index: number): Unsupported[] {
  const found: Unsupported[] = [];
  const check = (block: Block, path: string) => {
    if (block.type !== 'image' && block.type !== 'audio' && block.type !== 'document') return;
    const reason =
      message.role === 'user' || message.role === 'tool'
        ? mediaRefusal(block)
        : `Anthropic takes media from users and tools only, not in ${message.role} messages`;
    if (reason === undefined) return;
    found.push({ parameter: `${path}.${partNames[block.type]}`, reason, droppable: false });
  };
  let part = 0;
  for (const block of message.blocks) {
    if (block.type === 'tool_result') checkParts(block.content, `messages[${index}]`, check);
    else check(block, `messages[${index}].content[${part}]`);
    if (isPart(block)) part += 1;
  }
  return found;
}

function checkParts(
  content: readonly ContentBlock[],
  path: string,
  check: (block: Block, path: string) => void,
): void {
  content
    .filter((block) => block.type !== 'cache_marker')
    .forEach((block, part) => check(block, `${path}.content[${part}]`));
}

/** Blocks that stand in a message's `content`, by which the caller counts. */
const isPart = ({ type }: Block): boolean =>
  type === 'text' || type === 'refusal' || type === 'image' || type === 'audio' || type === 'document';

function refusedConversation(messages: readonly Message[], traits: ModelTraits): Unsupported[] {
  if (!messages.some(({ role }) => role !== 'system' && role !== 'developer')) {
    return [
      {
        parameter: 'messages',
        reason: 'Anthropic needs a message besides the system prompt',
        droppable: false,
      },
    ];
  }
  const last = messages.at(-1);
  const continued = last?.role === 'assistant' && last.blocks.at(-1)?.type === 'text';
  return continued && !traits.prefill
    ? [
        {
          parameter: `messages[${messages.length - 1}]`,
          reason: 'this Claude model does not continue an assistant message',
          droppable: false,
        },
      ]
    : [];
}

function refusedFormat({ responseFormat }: ChatRequest, traits: ModelTraits): Unsupported[] {
  const reason =
    responseFormat?.type === 'json_object'
      ? 'Anthropic has no JSON mode without a schema'
      : responseFormat?.type === 'json_schema' && !traits.schemas
        ? 'this Claude model has no structured output'
        : responseFormat?.type === 'json_schema' && hasOpenObject(responseFormat.schema)
          ? "Claude's structured output takes no objects with arbitrary keys"
          : undefined;
  return reason === undefined ? [] : [{ parameter: 'response_format', reason, droppable: false }];
}
