import type { Block, ChatRequest } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import type { OutboundRequest } from '../../domain/ports.ts';
import { limitBreakpoints, maxBreakpoints } from './cache.ts';
import { carryExtras } from './extras.ts';
import { writeConversation } from './messages.ts';
import type { Turn } from './messages.ts';
import { traitsOf } from './models.ts';
import type { ModelTraits } from './models.ts';
import { carrySampling } from './sampling.ts';
import { constrainedSchema } from './schema.ts';
import { planThinking } from './thinking.ts';
import { carryTools } from './tools.ts';
import { dialect } from './wire.ts';
import type { WireObject } from './wire.ts';

/** The API version Fairlead speaks (docs: "Versions"). */
const apiVersion = '2023-06-01';
/** docs: "Files API". Needed as soon as a block names an uploaded file. */
const filesBeta = 'files-api-2025-04-14';

/** `max_tokens`, which the API demands: the caller's, never above the model's own limit; else that limit. */
export function maxTokensOf(request: ChatRequest, target: Target, traits: ModelTraits): number {
  const limit = target.facts?.maxOutputTokens;
  return Math.min(request.maxOutputTokens ?? limit ?? traits.maxOutputTokens, limit ?? Infinity);
}

/** POST /v1/messages (API reference: "Create a Message"), without credentials. */
export function writeRequest(request: ChatRequest, target: Target): OutboundRequest {
  const traits = traitsOf(target.model);
  const maxTokens = maxTokensOf(request, target, traits);
  const { system, turns } = writeConversation(
    request.messages,
    { provider: dialect, model: target.model },
    traits.systemTurns,
  );
  const plan = planThinking(request, traits, maxTokens, loopAllowsThinking(turns));
  const tools = carryTools(request, traits);
  const format = request.responseFormat;
  const outputConfig: WireObject = {
    ...(plan.effort !== undefined && { effort: plan.effort }),
    ...(format?.type === 'json_schema' &&
      traits.schemas && { format: { type: 'json_schema', schema: constrainedSchema(format.schema) } }),
  };
  const extras = carryExtras(request).body;
  limitBreakpoints(
    [...tools.tools, ...system, ...turns.flatMap(({ content }) => content)],
    maxBreakpoints - (extras['cache_control'] === undefined ? 0 : 1),
  );
  const body = {
    model: target.model,
    max_tokens: maxTokens,
    ...(system.length > 0 && { system }),
    messages: turns,
    ...tools.body,
    ...(plan.thinking && { thinking: plan.thinking }),
    ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
    ...carrySampling(request, traits, plan.active).body,
    ...extras,
    ...(request.stream && { stream: true }),
  };
  return {
    method: 'POST',
    url: `${target.provider.baseUrl}/v1/messages`,
    headers: {
      'content-type': 'application/json',
      'anthropic-version': apiVersion,
      ...(namesFile(request) && { 'anthropic-beta': filesBeta }),
    },
    body: JSON.stringify(body),
  };
}

/**
 * Budgeted thinking cannot begin in the middle of a tool loop: the loop counts as one assistant turn, which must begin
 * with a thought (docs: "Extended thinking with tool use").
 */
function loopAllowsThinking(turns: readonly Turn[]): boolean {
  if (!answersCalls(turns.at(-1))) return true;
  const asked = turns.findLastIndex((turn) => turn.role === 'user' && !answersCalls(turn));
  const first = turns[asked + 1]?.content[0]?.['type'];
  return first === 'thinking' || first === 'redacted_thinking';
}

const answersCalls = (turn: Turn | undefined): boolean => turn?.content[0]?.['type'] === 'tool_result';

const namesFile = (request: ChatRequest): boolean =>
  request.messages.some(({ blocks }) =>
    blocks.some((block) =>
      block.type === 'tool_result' ? block.content.some(isUploaded) : isUploaded(block),
    ),
  );

const isUploaded = (block: Block): boolean =>
  (block.type === 'image' || block.type === 'document') && block.source.kind === 'file';
