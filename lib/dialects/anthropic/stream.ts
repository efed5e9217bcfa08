import type { ChatEvent, Origin } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { asNumber, asObject, asString, isObject, parseJson } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ChatStreamParser } from '../contract.ts';
import { SseDecoder } from '../sse.ts';
import { faultInside } from './faults.ts';
import { finishReason, refusalText } from './finish.ts';
import { StreamedBlock } from './streamed-block.ts';
import { mergeUsage, readUsage } from './usage.ts';
import { dialect } from './wire.ts';

export const openStream = (target: Target): ChatStreamParser => new MessageStream(target);

/**
 * Reads a message stream (docs: "Streaming messages"): message_start, then per content block start, deltas and stop,
 * then message_delta with the stop reason and cumulative usage, then message_stop. `ping` and unknown events are
 * skipped; nothing is read after an error.
 */
class MessageStream implements ChatStreamParser {
  readonly #decoder = new SseDecoder();
  readonly #origin: Origin;
  /** The open blocks by the API's index. */
  readonly #blocks = new Map<number, StreamedBlock>();
  readonly #counters = { tools: 0, reasoning: 0, textChars: 0 };
  #usage: JsonObject = {};
  #failed = false;

  constructor(target: Target) {
    this.#origin = { provider: dialect, model: target.model };
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    return this.#read(this.#decoder.push(chunk));
  }

  end(): readonly ChatEvent[] {
    return this.#read(this.#decoder.end());
  }

  #read(wire: readonly { readonly data: string }[]): ChatEvent[] {
    const events: ChatEvent[] = [];
    for (const { data } of wire) {
      if (this.#failed) break;
      const event = parseJson(data);
      if (isObject(event)) this.#take(event, events);
    }
    if (this.#decoder.overflowed && !this.#failed) {
      this.#failed = true;
      const message = 'The provider sent a stream event that is too large.';
      events.push({ type: 'fault', fault: { status: 502, type: 'malformed_response', message } });
    }
    return events;
  }

  #take(event: JsonObject, events: ChatEvent[]): void {
    switch (event['type']) {
      case 'message_start': {
        const message = asObject(event['message']);
        const id = asString(message['id']);
        const model = asString(message['model']);
        events.push({
          type: 'start',
          ...(id !== undefined && { id }),
          ...(model !== undefined && { model }),
        });
        this.#takeUsage(message['usage'], events);
        return;
      }
      case 'content_block_start': {
        const index = asNumber(event['index']);
        if (index === undefined || !isObject(event['content_block'])) return;
        this.#stopBlock(index, events);
        const block = new StreamedBlock(event['content_block'], this.#origin, this.#counters);
        this.#blocks.set(index, block);
        block.start(events);
        return;
      }
      case 'content_block_delta':
        this.#blocks.get(asNumber(event['index']) ?? -1)?.delta(asObject(event['delta']), events);
        return;
      case 'content_block_stop':
        this.#stopBlock(asNumber(event['index']) ?? -1, events);
        return;
      case 'message_delta': {
        const delta = asObject(event['delta']);
        const refusal = refusalText(delta['stop_details']);
        if (refusal !== undefined) events.push({ type: 'refusal', text: refusal });
        const stopReason = asString(delta['stop_reason']);
        if (stopReason !== undefined) {
          events.push({ type: 'finish', finish: finishReason(stopReason), nativeFinish: stopReason });
        }
        this.#takeUsage(event['usage'], events);
        return;
      }
      case 'message_stop':
        events.push({ type: 'end' });
        return;
      case 'error':
        this.#failed = true;
        events.push({ type: 'fault', fault: faultInside(event) });
        return;
    }
  }

  #stopBlock(index: number, events: ChatEvent[]): void {
    this.#blocks.get(index)?.stop(events);
    this.#blocks.delete(index);
  }

  #takeUsage(usage: unknown, events: ChatEvent[]): void {
    if (!isObject(usage)) return;
    this.#usage = mergeUsage(this.#usage, usage);
    const counted = readUsage(this.#usage);
    if (!counted) return;
    const { serviceTier } = counted;
    events.push({ type: 'usage', usage: counted, ...(serviceTier !== undefined && { serviceTier }) });
  }
}
