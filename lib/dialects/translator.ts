import type { ChatEvent, ChatReply, ChatRequest, ProviderFault } from '../domain/chat.ts';
import type { Target } from '../domain/decision.ts';
import type { Headers, OutboundRequest } from '../domain/ports.ts';
import type { ProviderDialect, Unsupported } from './contract.ts';

/**
 * The provider's side of a translation. `translate.ts` makes a ProviderDialect of it. Every parse is total:
 * wrong shapes become faults or are skipped, never exceptions.
 */
export interface ChatTranslator {
  unsupported(request: ChatRequest, target: Target): readonly Unsupported[];
  /** URL, headers (without credentials) and body. Only called with requests it can carry (or with `dropUnsupported`). */
  writeRequest(request: ChatRequest, target: Target): OutboundRequest;
  readReply(body: Uint8Array, target: Target): ChatReply | ProviderFault;
  openStream(target: Target): ChatStreamParser;
  /** Whether this target goes on with `text` as the last, unfinished message of the conversation. */
  takesPrefill?(request: ChatRequest, target: Target, text: string): boolean;
  readFault(status: number, headers: Headers, body: Uint8Array): ProviderFault;
  authorize: ProviderDialect['authorize'];
  readRateLimits: ProviderDialect['readRateLimits'];
}

export interface ChatStreamParser {
  push(chunk: Uint8Array): readonly ChatEvent[];
  end(): readonly ChatEvent[];
}
