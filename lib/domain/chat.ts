import type { Json, JsonObject } from './json.ts';
import type { Usage } from './usage.ts';

/**
 * The neutral form of a conversation: what every dialect is translated into and out of. Messages of ordered
 * blocks; nothing in it belongs to one provider, except blocks that name their origin.
 */

/** Who made a reasoning or opaque block: only the same dialect and model may be given it back. */
export interface Origin {
  /** The dialect ("anthropic", "bedrock", "gemini"), or for OpenAI-compatible hosts the provider's id. */
  readonly provider: string;
  /** The provider's own name of the model. */
  readonly model: string;
}

export const sameOrigin = (a: Origin, b: Origin): boolean => a.provider === b.provider && a.model === b.model;

/** Where the bytes of an image, a sound or a document are. */
export type MediaSource =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string; readonly mediaType?: string }
  | { readonly kind: 'text'; readonly mediaType: string; readonly text: string }
  | { readonly kind: 'file'; readonly fileId: string };

/** A provider's proof that it wrote a block; it travels with the block and is worthless elsewhere. */
export interface Signature {
  readonly value: string;
  readonly origin: Origin;
}

export interface TextBlock {
  readonly type: 'text';
  readonly text: string;
  /** Gemini signs text parts too. */
  readonly signature?: Signature;
}
export interface RefusalBlock {
  readonly type: 'refusal';
  readonly text: string;
}
export interface ImageBlock {
  readonly type: 'image';
  readonly source: MediaSource;
  readonly detail?: string;
}
export interface AudioBlock {
  readonly type: 'audio';
  readonly source: MediaSource;
}
export interface DocumentBlock {
  readonly type: 'document';
  readonly source: MediaSource;
  readonly name?: string;
}
export interface ToolCallBlock {
  readonly type: 'tool_call';
  /** As the client knows it, without any signature suffix. */
  readonly id: string;
  readonly name: string;
  /** The arguments as JSON text, exactly as the model wrote them ("" means none). */
  readonly argumentsJson: string;
  readonly signature?: Signature;
}
export interface ToolResultBlock {
  readonly type: 'tool_result';
  readonly callId: string;
  /** The name of the tool, where the history tells it (Gemini needs it). */
  readonly toolName?: string;
  readonly content: readonly ContentBlock[];
  readonly isError?: boolean;
}
export interface ReasoningBlock {
  readonly type: 'reasoning';
  readonly text: string;
  readonly origin: Origin;
  /** The provider's signature over `text`. */
  readonly signature?: string;
  /** Reasoning the provider only hands out encrypted (`redacted_thinking`); `text` is then empty. */
  readonly encrypted?: string;
}
export interface CitationBlock {
  readonly type: 'citation';
  readonly url?: string;
  readonly title?: string;
  readonly citedText?: string;
  /** Character offsets into the text so far, where the provider gives them. */
  readonly startIndex?: number;
  readonly endIndex?: number;
}
/** Everything before this point may be cached by the provider (Anthropic `cache_control`, Bedrock `cachePoint`). */
export interface CacheMarkerBlock {
  readonly type: 'cache_marker';
  readonly ttl?: '5m' | '1h';
}
/** A block only its maker understands (server tools and the like), carried verbatim. */
export interface OpaqueBlock {
  readonly type: 'opaque';
  readonly origin: Origin;
  readonly value: Json;
}

export type ContentBlock = TextBlock | ImageBlock | AudioBlock | DocumentBlock | CacheMarkerBlock;
export type Block =
  | ContentBlock
  | RefusalBlock
  | ToolCallBlock
  | ToolResultBlock
  | ReasoningBlock
  | CitationBlock
  | OpaqueBlock;

export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool';

export interface Message {
  readonly role: Role;
  readonly name?: string;
  readonly blocks: readonly Block[];
}

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments; absent for a tool without any. */
  readonly parameters?: JsonObject;
  readonly strict?: boolean;
  readonly cacheMarker?: CacheMarkerBlock;
}

export type ToolChoice =
  | { readonly type: 'auto' | 'none' | 'required' }
  | { readonly type: 'tool'; readonly name: string }
  | { readonly type: 'allowed'; readonly names: readonly string[]; readonly required: boolean };

export type ResponseFormat =
  | { readonly type: 'text' | 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly name: string;
      readonly schema: JsonObject;
      readonly strict?: boolean;
      readonly description?: string;
    };

export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface ReasoningRequest {
  readonly effort?: ReasoningEffort;
  /** An explicit budget wins over `effort`. 0 switches reasoning off. */
  readonly budgetTokens?: number;
}

/** One request for one completion. Absent means: the caller did not say. */
export interface ChatRequest {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly responseFormat?: ResponseFormat;
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly reasoning?: ReasoningRequest;
  readonly serviceTier?: string;
  /** A stable end-user id (OpenAI `user` / `safety_identifier`): a hint, it excludes nobody. */
  readonly userId?: string;
  readonly stream: boolean;
  /**
   * Top-level parameters of the client's dialect that have no place above and are not mere hints or defaults
   * (`logprobs: true`, `n: 2`, `logit_bias`, unknown names): name -> value. A target that cannot carry one leaves
   * the candidates, with that name as the reason.
   */
  readonly others: JsonObject;
}

/**
 * Why the model stopped. `stop` covers end of turn and stop sequences; `content_filter` the provider's safety
 * system, `refusal` the model's own.
 */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'refusal';

/** One whole answer. */
export interface ChatReply {
  /** The provider's id of the answer; the gateway makes one where there is none. */
  readonly id?: string;
  /** The model that answered, in the provider's words. */
  readonly model: string;
  readonly blocks: readonly Block[];
  readonly finish: FinishReason;
  /** The provider's own word for it (`end_turn`, `MAX_TOKENS`), for the record. */
  readonly nativeFinish?: string;
  readonly usage?: Usage;
  readonly serviceTier?: string;
}

/**
 * One event of a streamed answer. Deltas of text, refusal and reasoning append; `toolIndex` counts tool calls of
 * the answer from 0 in the order they began; `usage` is cumulative, a later one replaces an earlier one (fields it
 * does not mention stay).
 */
export type ChatEvent =
  | { readonly type: 'start'; readonly id?: string; readonly model?: string }
  | { readonly type: 'text'; readonly text: string; readonly signature?: Signature }
  | { readonly type: 'refusal'; readonly text: string }
  /** `index` numbers the reasoning blocks of the answer from 0. */
  | { readonly type: 'reasoning'; readonly index: number; readonly text: string; readonly origin: Origin }
  /** Closes a reasoning block that is signed or encrypted. */
  | {
      readonly type: 'reasoning_proof';
      readonly index: number;
      readonly origin: Origin;
      readonly signature?: string;
      readonly encrypted?: string;
    }
  | {
      readonly type: 'tool_call';
      readonly toolIndex: number;
      readonly id: string;
      readonly name: string;
      readonly signature?: Signature;
    }
  | { readonly type: 'tool_arguments'; readonly toolIndex: number; readonly argumentsJson: string }
  | { readonly type: 'image'; readonly block: ImageBlock }
  | { readonly type: 'audio'; readonly block: AudioBlock }
  | { readonly type: 'citation'; readonly block: CitationBlock }
  | { readonly type: 'opaque'; readonly block: OpaqueBlock }
  | { readonly type: 'finish'; readonly finish: FinishReason; readonly nativeFinish?: string }
  | { readonly type: 'usage'; readonly usage: Usage; readonly serviceTier?: string }
  /** The provider reported an error inside the stream. */
  | { readonly type: 'fault'; readonly fault: ProviderFault }
  /** The provider's own last word (`message_stop`, `[DONE]`). */
  | { readonly type: 'end' };

/** What a provider said when it failed, in its own words, before it is classified. */
export interface ProviderFault {
  /** HTTP status, or the one the error's type stands for when it came inside a 200 stream; 0 if there was none. */
  readonly status: number;
  /** The provider's error type, code and parameter, where it names them (`overloaded_error`, `ThrottlingException`). */
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
  /** Never empty; never a secret or an internal host. */
  readonly message: string;
  readonly retryAfterMs?: number;
}
