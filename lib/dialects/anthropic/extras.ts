import { createHash } from 'node:crypto';
import type { ChatRequest } from '../../domain/chat.ts';
import type { Unsupported } from '../contract.ts';
import { excludeReasoning } from './thinking.ts';
import type { Carried, WireObject } from './wire.ts';

/** OpenAI's and Anthropic's service tiers (docs: "Service tiers"); `priority` is what `auto` uses where it was bought. */
const serviceTiers: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['priority', 'auto'],
  ['default', 'standard_only'],
  ['standard', 'standard_only'],
  ['standard_only', 'standard_only'],
]);

/** Parameters of the Messages API that a caller may send under their own name. */
const passedOn = new Set(['cache_control']);

/** Parameters whose loss changes how an answer is sampled or delivered, not what was asked. */
const droppable = new Set(['logit_bias', 'min_p', 'top_a', 'repetition_penalty', 'verbosity', 'prediction']);

/** docs: "Create a Message", `metadata.user_id`; addresses in it are refused. */
const userIdLimit = 256;

/** What is left of the request: service tier, user, and parameters without a place in the neutral form. */
export function carryExtras(request: ChatRequest): Carried {
  const body: WireObject = {};
  const unsupported: Unsupported[] = [];
  const { serviceTier, userId } = request;
  if (serviceTier !== undefined) {
    const tier = serviceTiers.get(serviceTier);
    if (tier !== undefined) body['service_tier'] = tier;
    else unsupported.push(refusal('service_tier', `Anthropic has no service tier "${serviceTier}"`, true));
  }
  if (userId !== undefined && userId !== '') body['metadata'] = { user_id: wireUserId(userId) };
  for (const [name, value] of Object.entries(request.others)) {
    if (value === null || value === undefined || name === excludeReasoning) continue;
    if (passedOn.has(name)) body[name] = value;
    else unsupported.push(refusal(name, `Anthropic's Messages API has no "${name}"`, droppable.has(name)));
  }
  return { body, unsupported };
}

const refusal = (parameter: string, reason: string, droppable: boolean): Unsupported => ({
  parameter,
  reason,
  droppable,
});

/** An id that is too long or looks like an address is sent as its digest: as good for telling users apart. */
const wireUserId = (userId: string): string =>
  userId.length <= userIdLimit && !userId.includes('@')
    ? userId
    : createHash('sha256').update(userId).digest('hex');
