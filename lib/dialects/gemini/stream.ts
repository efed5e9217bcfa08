import type { ChatEvent } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { asArray, asObject, asString, isObject, parseJson } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ChatStreamParser } from '../contract.ts';
import { SseDecoder } from '../sse.ts';
import type { SseEvent } from '../sse.ts';
import { StreamTail, readBareError } from './bare-error.ts';
import { readCitations, readWebSearches } from './citations.ts';
import { originOf } from './contents.ts';
import { readErrorJson } from './faults.ts';
import { failedAnswer, readFinish } from './finish.ts';
import { isGemini3 } from './models.ts';
import { readPart, speaks } from './parts.ts';
import type { AnswerBlock } from './parts.ts';
import { readServiceTier, readUsage } from './usage.ts';

/**
 * A stream of GenerateContentResponses (`alt=sse`). Each event holds whole parts, function calls too; usage is
 * cumulative and repeated. There is no terminator: the finish reason and then the connection's end are the end.
 */
export class GeminiStreamParser implements ChatStreamParser {
  readonly #target: Target;
  readonly #sse = new SseDecoder();
  readonly #tail = new StreamTail();
  #started = false;
  #finished = false;
  #failed = false;
  #text = '';
  #said = false;
  #toolCalls = 0;
  /** Number of the reasoning block being written, and whether the last part belonged to it. */
  #reasoningIndex = -1;
  #reasoning = false;
  #webSearches: number | undefined;
  readonly #cited = new Set<string>();

  constructor(target: Target) {
    this.#target = target;
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    if (!this.#finished) this.#tail.push(chunk);
    return this.#readAll(this.#sse.push(chunk));
  }

  end(): readonly ChatEvent[] {
    const events = this.#readAll(this.#sse.end());
    if (this.#failed) return events;
    if (this.#finished) return [...events, { type: 'end' }];
    const fault = readBareError(this.#tail.bytes());
    return fault === undefined ? events : [...events, { type: 'fault', fault }];
  }

  #readAll(wire: readonly SseEvent[]): ChatEvent[] {
    const events: ChatEvent[] = [];
    for (const { data } of wire) this.#readEvent(data, events);
    if (this.#sse.overflowed && !this.#failed) {
      this.#failed = true;
      events.push({
        type: 'fault',
        fault: { status: 502, message: 'Gemini sent an event that is too large' },
      });
    }
    return events;
  }

  #readEvent(data: string, events: ChatEvent[]): void {
    const json = parseJson(data);
    if (json === undefined || this.#failed) return;
    const fault = readErrorJson(json);
    if (fault !== undefined) {
      this.#failed = true;
      events.push({ type: 'fault', fault });
    } else if (isObject(json)) this.#readResponse(json, events);
  }

  #readResponse(response: JsonObject, events: ChatEvent[]): void {
    const id = asString(response['responseId']);
    const model = asString(response['modelVersion']);
    if (!this.#started) {
      this.#started = true;
      events.push({
        type: 'start',
        ...(id === undefined ? {} : { id }),
        ...(model === undefined ? {} : { model }),
      });
    }
    const candidate = asObject(asArray(response['candidates'])[0]);
    const context = { origin: originOf(this.#target), responseId: id };
    for (const part of asArray(asObject(candidate['content'])['parts'])) {
      const block = readPart(part, { ...context, toolIndex: this.#toolCalls });
      if (block !== undefined) this.#writeBlock(block, events);
    }
    for (const block of readCitations(candidate, this.#text)) {
      // Later events repeat what earlier ones cited.
      const key = JSON.stringify(block);
      if (!this.#cited.has(key)) events.push({ type: 'citation', block });
      this.#cited.add(key);
    }
    this.#webSearches = readWebSearches(candidate, isGemini3(this.#target.model)) ?? this.#webSearches;
    const metadata = response['usageMetadata'];
    if (isObject(metadata)) this.#writeUsage(metadata, events);
    this.#readFinish(response, candidate, events);
  }

  #writeBlock(block: AnswerBlock, events: ChatEvent[]): void {
    if (speaks(block)) this.#said = true;
    if (block.type === 'reasoning') {
      if (!this.#reasoning) this.#reasoningIndex += 1;
      const { origin, signature, text } = block;
      const index = this.#reasoningIndex;
      this.#reasoning = signature === undefined;
      if (text !== '') events.push({ type: 'reasoning', index, text, origin });
      if (signature !== undefined) events.push({ type: 'reasoning_proof', index, origin, signature });
      return;
    }
    this.#reasoning = false;
    switch (block.type) {
      case 'text':
        this.#text += block.text;
        events.push(block);
        return;
      case 'tool_call': {
        const { argumentsJson, ...call } = block;
        const toolIndex = this.#toolCalls;
        this.#toolCalls += 1;
        events.push({ ...call, toolIndex }, { type: 'tool_arguments', toolIndex, argumentsJson });
        return;
      }
      case 'image':
        events.push({ type: 'image', block });
        return;
      case 'audio':
        events.push({ type: 'audio', block });
        return;
      case 'opaque':
        events.push({ type: 'opaque', block });
    }
  }

  #readFinish(response: JsonObject, candidate: JsonObject, events: ChatEvent[]): void {
    const blocked = asString(asObject(response['promptFeedback'])['blockReason']);
    const native = asString(candidate['finishReason']) ?? blocked;
    if (native === undefined || this.#finished) return;
    const finish =
      blocked === native
        ? 'content_filter'
        : readFinish(native, { content: this.#said, toolCall: this.#toolCalls > 0 });
    if (finish === undefined) {
      this.#failed = true;
      events.push({ type: 'fault', fault: failedAnswer(native) });
      return;
    }
    this.#finished = true;
    events.push({ type: 'finish', finish, nativeFinish: native });
  }

  #writeUsage(metadata: JsonObject, events: ChatEvent[]): void {
    const searches = this.#webSearches;
    const serviceTier = readServiceTier(metadata);
    events.push({
      type: 'usage',
      usage: { ...readUsage(metadata), ...(searches === undefined ? {} : { webSearches: searches }) },
      ...(serviceTier === undefined ? {} : { serviceTier }),
    });
  }
}
