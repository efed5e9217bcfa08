import type { ChatEvent } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';
import { laterUsage, type Usage } from '../../domain/usage.ts';
import type { ReplyContext, StreamWriter } from '../contract.ts';
import { answerId, audioJson, citationJson, finishReasons, imageJson, silentRefusal } from './answer.ts';
import { ProofKeeper } from './proofs.ts';
import { usageJson } from './usage.ts';

/** One streamed answer as chat completion chunks (developers.openai.com/api/reference, "chat.completion.chunk"). */
export class ChunkWriter implements StreamWriter {
  readonly #context: ReplyContext;
  readonly #proofs = new ProofKeeper();
  /** Everything of a chunk before its delta; made when the first one is written. */
  #head = '';
  #id: string | undefined;
  #model: string | undefined;
  #serviceTier: string | undefined;
  #usage: Usage | undefined;
  #images = 0;
  #refused = false;
  /** Tool calls whose arguments have not begun. */
  readonly #bareCalls = new Set<number>();

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  write(events: readonly ChatEvent[]): string {
    let text = '';
    for (const event of events) text += this.#writeEvent(event);
    return text;
  }

  finish(): string {
    const usage = this.#usage;
    const last =
      usage === undefined || !this.#context.wantsStreamUsage
        ? ''
        : `data: ${this.#envelope()}"choices":[],"usage":${JSON.stringify(usageJson(usage))}}\n\n`;
    return `${last}data: [DONE]\n\n`;
  }

  #writeEvent(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        if (event.id !== undefined) this.#id ??= event.id;
        if (event.model !== undefined && event.model !== '') this.#model ??= event.model;
        return '';
      case 'text': {
        const details = this.#proofs.text(event.text, event.signature);
        if (event.text === '' && details.length === 0) return '';
        return this.#delta({
          content: event.text,
          ...(details.length === 0 ? {} : { reasoning_details: details }),
        });
      }
      case 'refusal':
        this.#refused ||= event.text !== '';
        return event.text === '' ? '' : this.#delta({ refusal: event.text });
      case 'reasoning': {
        const detail = this.#proofs.reasoning(event.index, event.origin, { text: event.text });
        return this.#delta({ reasoning_content: event.text, reasoning_details: [detail] });
      }
      case 'reasoning_proof': {
        const { index, origin, signature, encrypted } = event;
        const detail = this.#proofs.reasoning(index, origin, {
          ...(signature === undefined ? {} : { signature }),
          ...(encrypted === undefined ? {} : { encrypted }),
        });
        return this.#delta({ reasoning_details: [detail] });
      }
      case 'tool_call': {
        const { id, details } = this.#proofs.toolCall(event.id, event.signature);
        this.#bareCalls.add(event.toolIndex);
        const call = {
          index: event.toolIndex,
          id,
          type: 'function',
          function: { name: event.name, arguments: '' },
        };
        return this.#delta({
          tool_calls: [call],
          ...(details.length === 0 ? {} : { reasoning_details: details }),
        });
      }
      case 'tool_arguments': {
        if (event.argumentsJson === '') return '';
        this.#bareCalls.delete(event.toolIndex);
        return this.#arguments(event.toolIndex, event.argumentsJson);
      }
      case 'image':
        return this.#delta({ images: [imageJson(event.block, this.#images++)] });
      case 'audio':
        return this.#delta({ audio: audioJson(event.block, `audio-${this.#context.requestId}`) });
      case 'citation': {
        const annotation = citationJson(event.block, this.#proofs.textChars);
        return annotation === undefined ? '' : this.#delta({ annotations: [annotation] });
      }
      case 'opaque':
        return this.#delta({ reasoning_details: [this.#proofs.opaque(event.block)] });
      case 'finish': {
        const refusal =
          event.finish === 'refusal' && !this.#refused ? this.#delta({ refusal: silentRefusal }) : '';
        return `${refusal}${this.#closeCalls()}${this.#chunk('{}', `"${finishReasons[event.finish]}"`)}`;
      }
      case 'usage':
        this.#usage = laterUsage(this.#usage, event.usage);
        this.#serviceTier = event.serviceTier ?? this.#serviceTier;
        return '';
      case 'fault':
      case 'end':
        return '';
    }
  }

  /** A call without arguments still carries a JSON object: clients parse what they have gathered. */
  #closeCalls(): string {
    let text = '';
    for (const index of this.#bareCalls) text += this.#arguments(index, '{}');
    this.#bareCalls.clear();
    return text;
  }

  #arguments(index: number, text: string): string {
    return this.#delta({ tool_calls: [{ index, function: { arguments: text } }] });
  }

  #delta(delta: JsonObject): string {
    return this.#chunk(JSON.stringify(delta), 'null');
  }

  #chunk(delta: string, finishReason: string): string {
    const first = this.#head === '';
    if (first) this.#head = `data: ${this.#envelope()}"choices":[{"index":0,"delta":`;
    const tail = this.#context.wantsStreamUsage ? '}],"usage":null}\n\n' : '}]}\n\n';
    const role = first
      ? `${this.#head}{"role":"assistant","content":""},"logprobs":null,"finish_reason":null${tail}`
      : '';
    return `${role}${this.#head}${delta},"logprobs":null,"finish_reason":${finishReason}${tail}`;
  }

  #envelope(): string {
    const envelope = {
      id: answerId(this.#id, this.#context),
      object: 'chat.completion.chunk',
      created: this.#context.createdS,
      model: this.#model ?? this.#context.model,
      ...(this.#serviceTier === undefined ? {} : { service_tier: this.#serviceTier }),
      system_fingerprint: null,
    };
    return `${JSON.stringify(envelope).slice(0, -1)},`;
  }
}
