import type { ChatEvent, Origin } from '../../domain/chat.ts';
import { asArray, asString } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { readCitation } from './blocks.ts';
import { parseExactJson } from './exact-json.ts';

/** What the blocks of one answer count together. */
export interface StreamCounters {
  tools: number;
  reasoning: number;
  textChars: number;
}

/**
 * One content block of a stream, from its start to its stop (docs: "Streaming messages", content block delta types).
 * Text, thoughts and arguments go out piece by piece; what only makes sense whole (signatures, citations with their
 * place in the text, blocks of server tools) at the stop.
 */
export class StreamedBlock {
  readonly #block: JsonObject;
  readonly #type: string;
  readonly #origin: Origin;
  readonly #counters: StreamCounters;
  /** Of tool calls: their number in the answer; of thoughts likewise. */
  readonly #number: number;
  readonly #textStart: number;
  #signature = '';
  #inputJson = '';
  #content = '';
  #citations: Json[] = [];

  constructor(block: JsonObject, origin: Origin, counters: StreamCounters) {
    this.#block = block;
    this.#type = asString(block['type']) ?? '';
    this.#origin = origin;
    this.#counters = counters;
    this.#textStart = counters.textChars;
    if (this.#type === 'tool_use') this.#number = counters.tools++;
    else if (this.#type === 'thinking' || this.#type === 'redacted_thinking') {
      this.#number = counters.reasoning++;
    } else this.#number = 0;
  }

  start(events: ChatEvent[]): void {
    const block = this.#block;
    if (this.#type === 'text') {
      this.#citations = [...asArray(block['citations'])];
      this.#text(block['text'], events);
    } else if (this.#type === 'thinking') {
      this.#thought(block['thinking'], events);
      this.#signature = asString(block['signature']) ?? '';
    } else if (this.#type === 'tool_use') {
      events.push({
        type: 'tool_call',
        toolIndex: this.#number,
        id: asString(block['id']) ?? `toolu_${this.#number}`,
        name: asString(block['name']) ?? '',
      });
    }
  }

  delta(delta: JsonObject, events: ChatEvent[]): void {
    switch (delta['type']) {
      case 'text_delta':
        return this.#text(delta['text'], events);
      case 'thinking_delta':
        return this.#thought(delta['thinking'], events);
      case 'signature_delta':
        this.#signature += asString(delta['signature']) ?? '';
        return;
      case 'citations_delta':
        if (delta['citation'] !== undefined) this.#citations.push(delta['citation']);
        return;
      case 'compaction_delta':
        this.#content += asString(delta['content']) ?? '';
        return;
      case 'input_json_delta': {
        const argumentsJson = asString(delta['partial_json']) ?? '';
        this.#inputJson += argumentsJson;
        if (this.#type !== 'tool_use' || argumentsJson === '') return;
        events.push({ type: 'tool_arguments', toolIndex: this.#number, argumentsJson });
        return;
      }
    }
  }

  stop(events: ChatEvent[]): void {
    const origin = this.#origin;
    switch (this.#type) {
      case 'text':
        for (const citation of this.#citations) {
          const block = readCitation(citation, this.#textStart, this.#counters.textChars);
          events.push({ type: 'citation', block });
        }
        return;
      case 'thinking':
        if (this.#signature === '') return;
        events.push({
          type: 'reasoning_proof',
          index: this.#number,
          origin,
          signature: this.#signature,
        });
        return;
      case 'redacted_thinking': {
        const encrypted = asString(this.#block['data']) ?? '';
        events.push({ type: 'reasoning_proof', index: this.#number, origin, encrypted });
        return;
      }
      case 'tool_use': {
        if (this.#inputJson !== '') return;
        const argumentsJson = JSON.stringify(this.#block['input'] ?? {});
        events.push({ type: 'tool_arguments', toolIndex: this.#number, argumentsJson });
        return;
      }
      default:
        events.push({ type: 'opaque', block: { type: 'opaque', origin, value: this.#whole() } });
    }
  }

  #text(text: Json | undefined, events: ChatEvent[]): void {
    if (typeof text !== 'string' || text === '') return;
    this.#counters.textChars += text.length;
    events.push({ type: 'text', text });
  }

  #thought(text: Json | undefined, events: ChatEvent[]): void {
    if (typeof text !== 'string' || text === '') return;
    events.push({ type: 'reasoning', index: this.#number, text, origin: this.#origin });
  }

  /** The block as a non-streaming answer would have held it. */
  #whole(): JsonObject {
    return {
      ...this.#block,
      ...(this.#inputJson !== '' && { input: parseExactJson(this.#inputJson) ?? {} }),
      ...(this.#content !== '' && { content: this.#content }),
    };
  }
}
