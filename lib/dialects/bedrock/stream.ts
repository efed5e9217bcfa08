import type { ChatEvent, Origin, ProviderFault } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import { asNumber, asObject, asString, parseJson } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ChatStreamParser } from '../contract.ts';
import { ContentBlocks } from './content-blocks.ts';
import { fault, readException } from './faults.ts';
import { finishOf } from './finish.ts';
import { FrameDecoder } from './frames.ts';
import type { Frame } from './frames.ts';
import { originOf } from './reasoning.ts';
import { malformedMessage } from './reply.ts';
import { readServed } from './usage.ts';

/**
 * `ConverseStreamOutput` (API reference): messageStart, content blocks by index, messageStop, metadata. `metadata` is
 * Bedrock's last word. Padding (`p`) and events nobody knows say nothing.
 */
export class BedrockStream implements ChatStreamParser {
  readonly #frames = new FrameDecoder();
  readonly #blocks: ContentBlocks;
  #over = false;

  constructor(target: Target) {
    const origin: Origin = originOf(target);
    this.#blocks = new ContentBlocks(origin);
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    if (this.#over) return [];
    const events: ChatEvent[] = [];
    for (const frame of this.#frames.push(chunk)) {
      if (!this.#over) events.push(...this.#read(frame));
    }
    if (this.#frames.corrupt !== undefined && !this.#over) {
      events.push(this.#stop(fault(502, undefined, `Bedrock sent ${this.#frames.corrupt}`)));
    }
    return events;
  }

  /** A frame cut short is no event; whether the answer was whole shows in what came before it. */
  end(): readonly ChatEvent[] {
    if (this.#over) return [];
    this.#over = true;
    return this.#blocks.closeAll();
  }

  #read({ headers, body }: Frame): readonly ChatEvent[] {
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
    const payload = asObject(parseJson(text));
    switch (headers[':message-type']) {
      case 'event':
        return this.#event(headers[':event-type'] ?? '', payload);
      case 'exception':
        return [this.#stop(readException(headers[':exception-type'] ?? '', payload))];
      case 'error': {
        const message = headers[':error-message'];
        return [
          this.#stop(readException(headers[':error-code'] ?? '', message === undefined ? {} : { message })),
        ];
      }
      default:
        return [];
    }
  }

  #event(name: string, payload: JsonObject): readonly ChatEvent[] {
    const index = asNumber(payload['contentBlockIndex']) ?? 0;
    switch (name) {
      case 'messageStart':
        return [{ type: 'start' }];
      case 'contentBlockStart':
        return this.#blocks.start(index, asObject(payload['start']));
      case 'contentBlockDelta':
        return this.#blocks.delta(index, asObject(payload['delta']));
      case 'contentBlockStop':
        return this.#blocks.stop(index);
      case 'messageStop':
        return this.#finish(asString(payload['stopReason']) ?? 'end_turn');
      case 'metadata':
        return this.#metadata(payload);
      default:
        return [];
    }
  }

  #finish(nativeFinish: string): readonly ChatEvent[] {
    const closing = this.#blocks.closeAll();
    const finish = finishOf(nativeFinish, this.#blocks.toolCalls > 0);
    if (finish === 'malformed') return [...closing, this.#stop(fault(502, nativeFinish, malformedMessage))];
    return [...closing, { type: 'finish', finish, nativeFinish }];
  }

  #metadata(payload: JsonObject): readonly ChatEvent[] {
    this.#over = true;
    const { usage, serviceTier } = readServed(payload);
    const tier = serviceTier === undefined ? {} : { serviceTier };
    return [...(usage === undefined ? [] : [{ type: 'usage' as const, usage, ...tier }]), { type: 'end' }];
  }

  #stop(reported: ProviderFault): ChatEvent {
    this.#over = true;
    return { type: 'fault', fault: reported };
  }
}
