import type { ProviderFault } from '../../domain/chat.ts';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  parseJson,
  type JsonObject,
} from '../../domain/json.ts';
import { laterUsage } from '../../domain/usage.ts';
import type { StreamReader, StreamState, StreamStep } from '../contract.ts';
import { onlyPiece, shownChars, toolCallChars } from './delta.ts';
import { Skimmer } from './skimmer.ts';
import { EventStream, type EventInspector } from './event-stream.ts';
import { faultIn, isError } from './faults.ts';
import { readUsage } from './usage.ts';

type MutableState = { -readonly [Name in keyof StreamState]: StreamState[Name] };

export interface ChatStreamOptions {
  readonly model: string;
  /** Otherwise the chunk that carries nothing but usage is kept back. */
  readonly wantsUsage: boolean;
  /** The host's terminator stands for the finish reason it never sends. */
  readonly omitsFinishReason: boolean;
}

/**
 * A stream of chat completion chunks (developers.openai.com/api/reference, "chat.completion.chunk"), passed through.
 * `[DONE]` is held back until `finish`, so that a stream which turns out to be broken never seems whole.
 */
export class ChatStream implements StreamReader, EventInspector {
  readonly #options: ChatStreamOptions;
  readonly #events: EventStream = new EventStream(this);
  readonly #skimmer = new Skimmer();
  /** Choices that have begun and not finished. */
  readonly #open = new Set<number>();
  /** Of the event learnt last. */
  #skimsToolCall = false;
  /** One object, changed in place: it is looked at after every chunk. */
  readonly state: MutableState = {
    content: false,
    finished: false,
    terminated: false,
    insideToolCall: false,
    outputChars: 0,
  };
  #finishes = 0;

  constructor(options: ChatStreamOptions) {
    this.#options = options;
  }

  push(chunk: Uint8Array): StreamStep {
    return this.#events.push(chunk);
  }

  end(): StreamStep {
    return this.#events.end();
  }

  finish(): string {
    return 'data: [DONE]\n\n';
  }

  skim(bytes: Uint8Array, from: number): number {
    const end = this.#skimmer.fit(bytes, from);
    if (end === -1) return -1;
    this.state.outputChars += this.#skimmer.chars;
    this.state.insideToolCall = this.#skimsToolCall;
    return end;
  }

  read(event: string, data: string, bytes: Uint8Array): 'forward' | 'drop' | ProviderFault {
    if (this.state.terminated) return 'drop';
    if (data === '[DONE]') {
      this.state.terminated = true;
      this.#skimmer.forget();
      // The host's terminator stands for the finish reason it never sends.
      this.state.finished ||= this.#options.omitsFinishReason;
      return 'drop';
    }
    const json = parseJson(data);
    if (!isObject(json)) {
      return event === 'error' ? faultIn({ error: data }) : 'drop';
    }
    if (isError(json) || event === 'error') return faultIn(json);
    const model = asString(json['model']);
    if (model !== undefined && model !== '') this.state.model ??= model;
    const usage = readUsage(json, this.#options.model);
    if (usage !== undefined) this.state.usage = laterUsage(this.state.usage, usage);
    const choices = asArray(json['choices']);
    for (const choice of choices) {
      const fault = this.#readChoice(asObject(choice));
      if (fault !== undefined) return fault;
    }
    if (choices.length === 1) this.#learn(asObject(choices[0]), bytes);
    return usage !== undefined && !this.#options.wantsUsage && isOnlyUsage(json) ? 'drop' : 'forward';
  }

  #readChoice(choice: JsonObject): ProviderFault | undefined {
    const delta = asObject(choice['delta']);
    const shown = shownChars(delta);
    if (shown > 0) {
      this.state.content = true;
      this.state.outputChars += shown;
      this.state.insideToolCall = false;
    }
    const toolChars = toolCallChars(delta);
    if (toolChars !== undefined) {
      this.state.content = true;
      this.state.outputChars += toolChars;
      this.state.insideToolCall = true;
    }
    const index = asNumber(choice['index']) ?? 0;
    const reason = choice['finish_reason'];
    if (typeof reason !== 'string' || reason === '') {
      // Some hosts send a last chunk with usage and no reason after the one that had it.
      if (shown > 0 || toolChars !== undefined || this.#finishes === 0) this.#begin(index);
      return undefined;
    }
    if (reason === 'error') return faultIn({ error: choice['error'] ?? 'The stream ended with an error.' });
    this.#open.delete(index);
    this.#finishes += 1;
    this.state.finished = this.#open.size === 0;
    this.state.insideToolCall = false;
    return undefined;
  }

  #begin(index: number): void {
    this.#open.add(index);
    this.state.finished = false;
  }

  #learn(choice: JsonObject, event: Uint8Array): void {
    // An event with usage or a finish reason says more than its piece.
    if (this.state.usage !== undefined || typeof choice['finish_reason'] === 'string') return;
    const found = onlyPiece(asObject(choice['delta']));
    if (found === undefined) return;
    this.#skimmer.learn(event, found.key, found.value);
    this.#skimsToolCall = found.isToolCall;
  }
}

/** What every chunk has; any other member is news, and the chunk is not kept back. */
const envelope = new Set([
  ...['id', 'object', 'created', 'model', 'provider', 'choices', 'usage'],
  ...['service_tier', 'system_fingerprint', 'obfuscation'],
]);

/** True for a chunk that says nothing beside its choices and its usage. */
export const isEnvelope = (chunk: JsonObject): boolean =>
  Object.keys(chunk).every((name) => envelope.has(name) || chunk[name] === null);

const isOnlyUsage = (json: JsonObject): boolean =>
  Array.isArray(json['choices']) && json['choices'].length === 0 && isEnvelope(json);
