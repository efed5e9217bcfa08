import { asArray, asNumber, asObject, isObject, parseJson, type JsonObject } from '../../domain/json.ts';
import type { Usage } from '../../domain/usage.ts';
import type { AnswerSoFar, SequelWriter } from '../contract.ts';
import { SseDecoder } from '../sse.ts';
import { plainPiece } from './plain-piece.ts';

/**
 * The chunks of another answer as those of the first: under its name, without what has been sent, without a second
 * role. The usage they report is that of both answers.
 */
export class ChunkSequel implements SequelWriter {
  readonly #decoder = new SseDecoder();
  readonly #envelope: JsonObject;
  readonly #consumed: Usage | undefined;
  /** What must be repeated before anything is new. */
  #due: string;

  constructor({ text, envelope }: AnswerSoFar, from: 'start' | 'break', consumed: Usage | undefined) {
    this.#due = from === 'start' ? text : '';
    this.#envelope = envelope;
    this.#consumed = consumed;
  }

  get caughtUp(): boolean {
    return this.#due === '';
  }

  write(output: Uint8Array | string): string | undefined {
    let written = '';
    for (const { data } of this.#decoder.push(typeof output === 'string' ? Buffer.from(output) : output)) {
      const event = this.#event(data);
      if (event === undefined) return undefined;
      written += event;
    }
    return written;
  }

  #event(data: string): string | undefined {
    const chunk = parseJson(data);
    if (!isObject(chunk)) return this.caughtUp ? `data: ${data}\n\n` : undefined;
    const piece = plainPiece(chunk);
    const fresh = piece && this.#fresh(piece.text);
    if (piece === undefined || fresh === undefined || (piece.finished && !this.caughtUp)) return undefined;
    const { usage } = chunk;
    if (fresh === '' && !piece.finished && (!isObject(usage) || !this.caughtUp)) return '';
    const choices = asArray(chunk['choices']).map((choice) => ({
      ...asObject(choice),
      delta: fresh === '' ? {} : { content: fresh },
    }));
    const rest = {
      ...chunk,
      ...this.#envelope,
      choices,
      ...(isObject(usage) && { usage: this.#sum(usage) }),
    };
    return `data: ${JSON.stringify(rest)}\n\n`;
  }

  /** What of a piece is new; undefined where it is not what was sent. */
  #fresh(text: string): string | undefined {
    const due = this.#due;
    if (text.length < due.length) {
      if (!due.startsWith(text)) return undefined;
      this.#due = due.slice(text.length);
      return '';
    }
    if (!text.startsWith(due)) return undefined;
    this.#due = '';
    return text.slice(due.length);
  }

  #sum(usage: JsonObject): JsonObject {
    const consumed = this.#consumed;
    if (consumed === undefined) return usage;
    const { inputTokens, outputTokens, cachedInputTokens = 0 } = consumed;
    const plus = (name: string, holder: JsonObject, more: number): JsonObject => {
      const figure = asNumber(holder[name]);
      return figure === undefined ? {} : { [name]: figure + more };
    };
    const details = usage['prompt_tokens_details'];
    return {
      ...usage,
      ...plus('prompt_tokens', usage, inputTokens),
      ...plus('completion_tokens', usage, outputTokens),
      ...plus('total_tokens', usage, inputTokens + outputTokens),
      ...(isObject(details) && {
        prompt_tokens_details: { ...details, ...plus('cached_tokens', details, cachedInputTokens) },
      }),
    };
  }
}
