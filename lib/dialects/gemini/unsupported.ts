import type { Block, ChatRequest } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import type { Unsupported } from '../contract.ts';
import { mediaProblem } from './media.ts';
import { isGemini3, takesPenalties, thinkingOf } from './models.ts';
import { nativePlace, serviceTiers, takesSeed } from './request.ts';
import { asksForThoughts } from './thinking.ts';

const maxStopSequences = 5;

/** Parameters whose loss changes an answer's style or speed, not its shape. */
const hints: ReadonlySet<string> = new Set([
  'logit_bias',
  'verbosity',
  'prediction',
  'min_p',
  'top_a',
  'typical_p',
  'repetition_penalty',
]);

const reasons: Readonly<Record<string, string>> = {
  n: 'an answer of Gemini is translated with one choice',
  logprobs: 'log probabilities of Gemini are not translated',
  top_logprobs: 'log probabilities of Gemini are not translated',
  web_search_options: 'server tools of Gemini are not translated',
};

/** Blocks the caller wrote as parts of `content`, by which places are counted. */
const contentParts: ReadonlySet<string> = new Set(['text', 'refusal', 'image', 'audio', 'document']);

const wireNames = { image: 'image_url', audio: 'input_audio', document: 'file' } as const;

/** What a Gemini model cannot carry of a request. */
export function unsupported(request: ChatRequest, target: Target): readonly Unsupported[] {
  const found: Unsupported[] = [];
  const refuse = (parameter: string, reason: string, droppable = false): void => {
    found.push({ parameter, reason, droppable });
  };
  const { model } = target;
  for (const [name, value] of Object.entries(request.others)) {
    if (value === undefined || nativePlace(name, target) !== undefined) continue;
    const reason = Object.hasOwn(reasons, name) ? reasons[name] : undefined;
    refuse(name, reason ?? 'Gemini has no such parameter', hints.has(name));
  }
  if (request.parallelToolCalls === false && request.tools.length > 0) {
    refuse('parallel_tool_calls', 'Gemini cannot be held to one tool call at a time', true);
  }
  if ((request.stop?.length ?? 0) > maxStopSequences) {
    refuse('stop', `Gemini takes at most ${maxStopSequences} stop sequences`);
  }
  if (request.seed !== undefined && !takesSeed(request.seed)) {
    refuse('seed', 'Gemini takes seeds of 32 bits', true);
  }
  if (!takesPenalties(model)) {
    if ((request.frequencyPenalty ?? 0) !== 0)
      refuse('frequency_penalty', `${model} takes no penalties`, true);
    if ((request.presencePenalty ?? 0) !== 0) refuse('presence_penalty', `${model} takes no penalties`, true);
  }
  if (
    request.reasoning !== undefined &&
    thinkingOf(model).kind === 'none' &&
    asksForThoughts(request.reasoning)
  ) {
    refuse('reasoning_effort', `${model} does not think`, true);
  }
  const structured = request.responseFormat !== undefined && request.responseFormat.type !== 'text';
  if (structured && request.tools.length > 0 && !isGemini3(model)) {
    refuse('response_format', `${model} gives no structured output beside tools`);
  }
  if (request.serviceTier !== undefined && !serviceTiers.has(request.serviceTier)) {
    refuse('service_tier', 'Gemini has the tiers default, flex and priority', true);
  }
  request.messages.forEach((message, index) => {
    const instruction = message.role === 'system' || message.role === 'developer';
    refuseMedia(message.blocks, `messages[${index}].content`, instruction, target, refuse);
  });
  return found;
}

function refuseMedia(
  blocks: readonly Block[],
  path: string,
  instruction: boolean,
  target: Target,
  refuse: (parameter: string, reason: string) => void,
): void {
  let part = 0;
  for (const block of blocks) {
    if (block.type === 'tool_result') refuseMedia(block.content, path, false, target, refuse);
    else if (block.type === 'image' || block.type === 'audio' || block.type === 'document') {
      const problem = instruction
        ? 'Gemini takes text only as system instruction'
        : mediaProblem(block, target);
      if (problem !== undefined) refuse(`${path}[${part}].${wireNames[block.type]}`, problem);
    }
    if (contentParts.has(block.type)) part += 1;
  }
}
