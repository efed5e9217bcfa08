import type { OpaqueBlock, Origin, Signature } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';
import { opaqueDetail, reasoningDetail, type Stamp } from './reasoning-details.ts';
import { withProof, type CarriedReasoning } from './tool-call-id.ts';

/**
 * Keeps, while an answer is written, what its reader must give back: where each block stood, the `reasoning_details`
 * that say so, and the proof that rides in the id of the next tool call.
 */
export class ProofKeeper {
  #textChars = 0;
  #toolCalls = 0;
  #details = 0;
  /** The number of each reasoning block of the answer among the details. */
  readonly #numbers = new Map<number, number>();
  #reasoning: (CarriedReasoning & { text: string; signature?: string; encrypted?: string })[] = [];
  #reasoningIndex: number | undefined;
  #origin: Origin | undefined;

  get textChars(): number {
    return this.#textChars;
  }

  get #at(): Stamp['at'] {
    return [this.#textChars, this.#toolCalls];
  }

  /** Text was said; the detail that keeps its signature, where it has one. */
  text(text: string, signature?: Signature): JsonObject[] {
    this.#textChars += text.length;
    return signature === undefined ? [] : [this.#signature(signature, 'text')];
  }

  /** A piece of the reasoning block `index`, or its proof. */
  reasoning(index: number, origin: Origin, piece: Partial<CarriedReasoning>): JsonObject {
    this.#carry(index, origin, piece);
    const known = this.#numbers.get(index);
    const number = known ?? this.#details++;
    if (known === undefined) this.#numbers.set(index, number);
    return reasoningDetail(origin, {
      index: number,
      ...(piece.text === undefined ? {} : { text: piece.text }),
      ...(piece.signature === undefined ? {} : { signature: piece.signature }),
      ...(piece.encrypted === undefined ? {} : { encrypted: piece.encrypted }),
      ...(known === undefined ? { stamp: { origin, at: this.#at } } : {}),
    });
  }

  opaque(block: OpaqueBlock): JsonObject {
    return opaqueDetail(block, this.#details++, this.#at);
  }

  /** A tool call was made: its id as the client shall see it, and the detail that keeps its signature. */
  toolCall(id: string, signature?: Signature): { readonly id: string; readonly details: JsonObject[] } {
    const origin = signature?.origin ?? this.#origin;
    const details = signature === undefined ? [] : [this.#signature(signature, 'tool_call', id)];
    const proven =
      origin === undefined
        ? id
        : withProof(id, {
            origin,
            ...(signature === undefined ? {} : { signature: signature.value }),
            reasoning: this.#reasoning,
          });
    this.#toolCalls += 1;
    this.#reasoning = [];
    this.#reasoningIndex = undefined;
    return { id: proven, details };
  }

  #carry(index: number, origin: Origin, piece: Partial<CarriedReasoning>): void {
    this.#origin = origin;
    const last = this.#reasoning.at(-1);
    if (last === undefined || this.#reasoningIndex !== index) {
      this.#reasoning.push({ text: '', ...piece });
      this.#reasoningIndex = index;
      return;
    }
    last.text += piece.text ?? '';
    if (piece.signature !== undefined) last.signature = piece.signature;
    if (piece.encrypted !== undefined) last.encrypted = piece.encrypted;
  }

  #signature({ value, origin }: Signature, signs: 'text' | 'tool_call', toolCallId?: string): JsonObject {
    return reasoningDetail(origin, {
      index: this.#details++,
      encrypted: value,
      stamp: { origin, at: this.#at, signs },
      ...(toolCallId === undefined ? {} : { toolCallId }),
    });
  }
}
