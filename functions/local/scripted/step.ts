import type { JsonObject } from '../../../lib/domain/json.ts';
import type { Random } from '../../../lib/domain/ports.ts';

/** What one request gets from a scripted provider. An empty step is a good answer at once. */
export interface Step {
  /** The text of the answer; by default one made from the request. */
  readonly text?: string;
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
  readonly finish?: Finish;
  /** From 400 up: an error in the provider's own shape. */
  readonly status?: number;
  /** How that error (or the error event of a stream) is worded; absent parts follow from the status. */
  readonly error?: ErrorWords;
  /** Response headers besides the content type (`retry-after`, `x-ratelimit-remaining-requests`). */
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole body, verbatim, instead of an answer. */
  readonly body?: string;
  readonly contentType?: string;
  /** From the end of the request to the response's headers. */
  readonly headersAfterMs?: number;
  /** Between two events of a stream. */
  readonly chunkEveryMs?: number;
  readonly fault?: Fault;
}

export type Finish = 'stop' | 'length' | 'tool_calls' | 'content_filter';

export interface ErrorWords {
  readonly message?: string;
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
}

/**
 * Where in the response something happens: right after the headers, or after so many pieces of content (0: after what
 * opens a stream, before its first content). A body that is no stream counts as four pieces.
 */
export type Place = 'headers' | number;

export type Fault =
  | { readonly kind: 'never_responds' }
  | { readonly kind: 'reset_before_headers' }
  /** The connection is reset (RST). */
  | { readonly kind: 'reset'; readonly after: Place }
  /** The connection closes (FIN) inside the body. */
  | { readonly kind: 'cut'; readonly after: Place }
  /** The body ends there, cleanly for HTTP. */
  | { readonly kind: 'end'; readonly after: Place }
  /** Nothing more comes, and the connection stays open. */
  | { readonly kind: 'stall'; readonly after: Place }
  /** Only keep-alives come from there on. */
  | { readonly kind: 'pings'; readonly after: Place; readonly everyMs: number }
  /** An error event, worded by `error`, and the end of the stream. */
  | { readonly kind: 'error_event'; readonly after: Place; readonly status: number }
  /** An event that is no JSON; the stream goes on. */
  | { readonly kind: 'malformed_event'; readonly after: Place }
  | { readonly kind: 'no_finish' }
  | { readonly kind: 'no_terminator' }
  /** A single value of so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** The body comes in pieces of so many bytes. */
  | { readonly kind: 'trickle'; readonly bytes: number; readonly everyMs: number };

/** One step for every request, or several, each for its share of them (shares sum to 1). */
export type Behaviour = Step | readonly { readonly share: number; readonly step: Step }[];

/** The step of the next request. */
export function chooseStep(behaviour: Behaviour, random: Random): Step {
  if (!isShared(behaviour)) return behaviour;
  let left = random();
  for (const { share, step } of behaviour) {
    if (left < share) return step;
    left -= share;
  }
  return behaviour.at(-1)?.step ?? {};
}

const isShared = (behaviour: Behaviour): behaviour is Exclude<Behaviour, Step> => Array.isArray(behaviour);

/** What the request asks for, whatever its dialect. */
export interface Ask {
  readonly model: string;
  readonly stream: boolean;
  /** The text of the last user message. */
  readonly userText: string;
  /** The text of the tool results that end the conversation, if any do. */
  readonly toolResults: readonly string[];
  readonly tools: readonly { readonly name: string; readonly schema: JsonObject }[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  /** A schema, or an empty one for "any JSON object". */
  readonly schema?: JsonObject;
  readonly maxOutputTokens?: number;
  /** Length of the input, from which its tokens are estimated. */
  readonly inputChars: number;
}
