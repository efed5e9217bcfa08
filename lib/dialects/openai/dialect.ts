import type { Target } from '../../domain/decision.ts';
import type { Credential } from '../../domain/policy.ts';
import type { OutboundRequest } from '../../domain/ports.ts';
import type { ClientRequest, Exchange, ProviderDialect, ReplyContext, StreamReader } from '../contract.ts';
import { unsupported } from './capability.ts';
import { ChatStream } from './chat-stream.ts';
import { readFault } from './faults.ts';
import { outboundRequest, quirksOf } from './outbound.ts';
import { readRateLimits } from './rate-limits.ts';
import { readReply } from './reply.ts';
import { ResponsesStream } from './responses-stream.ts';

/**
 * The provider's side of the OpenAI dialect (types `openai` and `openai-compatible`): requests and answers pass
 * through as bytes; what is read of them is what routing, limits and prices need.
 */
export const openAiDialect: ProviderDialect = {
  unsupported,
  open: openExchange,
  authorize,
  readRateLimits,
};

function openExchange(request: ClientRequest, target: Target, context: ReplyContext): Exchange {
  return {
    request: outboundRequest(request, target),
    readReply: (headers, body) => readReply(request.operation, target.model, headers, body),
    openStream: () => streamReader(request, target, context),
    readFault,
  };
}

function streamReader(request: ClientRequest, target: Target, context: ReplyContext): StreamReader {
  if (request.operation === 'responses') return new ResponsesStream(target.model);
  return new ChatStream({
    model: target.model,
    wantsUsage: context.wantsStreamUsage,
    omitsFinishReason: quirksOf(target).omitsFinishReason === true,
  });
}

/** Bearer token (RFC 6750); none where the provider needs no key. AWS signatures are not this dialect's. */
function authorize(request: OutboundRequest, credential: Credential): OutboundRequest {
  if (credential.kind !== 'api_key') return request;
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${credential.value}` } };
}
