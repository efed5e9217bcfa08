import type { ChatEvent, ChatReply, ChatRequest, ProviderFault } from '../domain/chat.ts';
import type { Target } from '../domain/decision.ts';
import type { GatewayError } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Credential, Operation } from '../domain/policy.ts';
import type { Headers, OutboundRequest } from '../domain/ports.ts';
import type { Usage } from '../domain/usage.ts';
import type { ClientContinuation } from './continuation.ts';

export type { AnswerSoFar, ClientContinuation, SequelWriter } from './continuation.ts';
export type { ChatStreamParser, ChatTranslator } from './translator.ts';

/**
 * The contracts of this folder. A dialect knows wire formats and nothing of routing, retries or money: it turns
 * values into bytes and bytes into values, and says which request it cannot carry.
 *
 *   client bytes -> ClientDialect.parse -> ClientRequest --+
 *                                                          v
 *   ProviderDialect.open(request, target) -> Exchange { request, readReply, openStream, readFault }
 *
 * Same dialect on both sides: the exchange passes bytes through. Otherwise `translate.ts` joins a ChatTranslator
 * (provider side) and a ClientTranslation (client side) through the neutral form.
 */

/** A request as the client sent it, parsed once. */
export interface ClientRequest {
  readonly operation: Operation;
  readonly client: ClientDialect;
  /** What the caller called the model. */
  readonly model: string;
  readonly stream: boolean;
  /** The caller's own fallback chain (`fallbacks`), not forwarded. */
  readonly fallbacks: readonly string[];
  /** What keeps one conversation on one target (`prompt_cache_key`, `x-fairlead-session`, ...). */
  readonly sessionKey?: string;
  /** The body exactly as it came, and parsed. */
  readonly text: string;
  readonly json: JsonObject;
  /** Whether the client asked for the usage chunk of a stream. */
  readonly wantsStreamUsage: boolean;
}

/** What the client reads when there is no answer to pass on: errors and signs of life. */
export interface ClientDialect {
  readonly name: 'openai';
  /** The body of an error response (README, "Errors"). */
  writeError(error: GatewayError): string;
  /** The one event that ends a stream which failed after its headers went out. */
  writeStreamError(error: GatewayError): string;
  /** What keeps a silent stream's connection open without saying anything. */
  readonly keepAlive: string;
  /** Absent: an answer that broke off stays broken. */
  readonly continuation?: ClientContinuation;
}

/**
 * The client's side of a translation. Apart from ClientDialect, so that a function whose providers all speak the
 * client's own dialect never loads it.
 */
export interface ClientTranslation {
  /** The neutral form of a chat request. Throws GatewayError on shapes it cannot say. */
  readNeutral(request: ClientRequest): ChatRequest;
  /** Writes one whole answer. */
  writeReply(reply: ChatReply, context: ReplyContext): string;
  /** Writes one stream, event by event. */
  openWriter(context: ReplyContext): StreamWriter;
  /** The request with the beginning of its own answer as the last message, and what that has used taken off its limit. */
  prefill(request: ClientRequest, text: string): ClientRequest;
}

export interface ReplyContext {
  /** The gateway's request id, from which an answer id is made where the provider gives none. */
  readonly requestId: string;
  /** Seconds since the Unix epoch, for `created`. */
  readonly createdS: number;
  /** The target's model name, until the provider names the one that answers. */
  readonly model: string;
  readonly wantsStreamUsage: boolean;
}

export interface StreamWriter {
  /** The wire text for these events; "" where they say nothing to the client. Complete wire events only. */
  write(events: readonly ChatEvent[]): string;
  /** What closes a stream that ended well (final usage, `[DONE]`). */
  finish(): string;
}

/** A parameter (or role, or medium) a target cannot carry. */
export interface Unsupported {
  /** As the caller wrote it: `logprobs`, `messages[3].content[1].input_audio`. */
  readonly parameter: string;
  /** For a person: "Anthropic takes no audio". */
  readonly reason: string;
  /** Whether `dropUnsupported` may simply leave it out. Losing a sampling hint is fine, losing an image is not. */
  readonly droppable: boolean;
}

/** The provider's side of a dialect, as execution sees it. */
export interface ProviderDialect {
  /** What this target cannot carry of this request; empty: it can. Pure and cheap: it runs for every candidate. */
  unsupported(request: ClientRequest, target: Target): readonly Unsupported[];
  open(request: ClientRequest, target: Target, context: ReplyContext): Exchange;
  /** The request with the credential in place (header or signature). The only place that touches a secret's value. */
  authorize(
    request: OutboundRequest,
    credential: Credential,
    target: Target,
    nowMs: number,
  ): OutboundRequest | Promise<OutboundRequest>;
  /** The provider's own rate-limit state, where its headers tell it. */
  readRateLimits(headers: Headers, nowMs: number): RateLimits | undefined;
  /**
   * The request that makes this target go on with an answer that begins with `text`, saying only what follows.
   * Undefined, or no such function: it cannot be made to.
   */
  prefilled?(request: ClientRequest, target: Target, text: string): ClientRequest | undefined;
}

export interface RateLimits {
  readonly requestsLimit?: number;
  readonly requestsRemaining?: number;
  readonly requestsResetMs?: number;
  readonly tokensLimit?: number;
  readonly tokensRemaining?: number;
  /** Milliseconds from now. */
  readonly tokensResetMs?: number;
}

/** One request to one target and how to read what comes back. Stateless but for the streams it opens. */
export interface Exchange {
  /** Without credentials. */
  readonly request: OutboundRequest;
  /** A whole 2xx body. A fault is an error that wears a 200, or a body that is not what the dialect expects. */
  readReply(headers: Headers, body: Uint8Array): ReplyReading;
  openStream(headers: Headers): StreamReader;
  /** A non-2xx body. Total: HTML, empty bodies and nonsense become a fault with a plain message. */
  readFault(status: number, headers: Headers, body: Uint8Array): ProviderFault;
}

export type ReplyReading =
  | {
      readonly ok: true;
      /** What the client gets. */
      readonly body: Uint8Array | string;
      readonly contentType: string;
      readonly model?: string;
      readonly usage?: Usage;
    }
  | { readonly ok: false; readonly fault: ProviderFault };

/** Reads one provider stream and writes the client's, in step. Total: no byte sequence makes it throw. */
export interface StreamReader {
  /** Feeds bytes, cut anywhere. */
  push(chunk: Uint8Array): StreamStep;
  /** The connection ended cleanly. What is still buffered is read. */
  end(): StreamStep;
  /** What has been learnt so far. */
  readonly state: StreamState;
  /** What closes the client's stream after a good end: what the provider has not sent already (usage, `[DONE]`). */
  finish(): string;
}

export interface StreamStep {
  /** For the client: complete wire events only, possibly none. */
  readonly output: Uint8Array | string;
  /** An error inside the stream; the output before it is still good. Nothing after it counts. */
  readonly fault?: ProviderFault;
}

export interface StreamState {
  /** Visible text, refusal, reasoning the client is shown, tool call, audio, image. */
  readonly content: boolean;
  /** A finish reason, or what stands for one with this provider. */
  readonly finished: boolean;
  /** The provider's terminator (`[DONE]`, `message_stop`). */
  readonly terminated: boolean;
  /** Between the start of a tool call's arguments and what follows them. */
  readonly insideToolCall: boolean;
  /** Characters of answer shown so far, for estimates of cut streams. */
  readonly outputChars: number;
  readonly model?: string;
  readonly usage?: Usage;
}

/** Tells a reply from a fault: a fault has a status, a reply has blocks. */
export const isFault = (value: ChatReply | ProviderFault): value is ProviderFault => !('blocks' in value);
