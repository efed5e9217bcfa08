import type { Origin } from '../../domain/chat.ts';
import { asArray, asString, parseJson } from '../../domain/json.ts';

/**
 * Many clients keep nothing of an answer but its text and its tool calls, while some providers refuse a tool result
 * whose call comes back without the reasoning that led to it. The one field every client returns unchanged is the id
 * of a tool call, so the proof rides in it: `<id>__fl1__<base64url of a JSON array>`. An id that would grow beyond
 * `maxSuffixChars` stays as it is (the proof is in `reasoning_details` too). No provider ever sees the suffix.
 */
export const marker = '__fl1__';
export const maxSuffixChars = 8 * 1024;

/** One reasoning block as it travels. */
export interface CarriedReasoning {
  readonly text: string;
  readonly signature?: string;
  readonly encrypted?: string;
}

export interface Proof {
  readonly origin: Origin;
  /** The signature of the call itself. */
  readonly signature?: string;
  /** The reasoning since the call before. */
  readonly reasoning: readonly CarriedReasoning[];
}

/** The id with the proof inside, or the bare id where there is nothing to prove or no room for it. */
export function withProof(id: string, proof: Proof): string {
  const proven = proof.reasoning.filter(
    (block) => block.signature !== undefined || block.encrypted !== undefined,
  );
  if (proof.signature === undefined && proven.length === 0) return id;
  const payload = JSON.stringify([
    proof.origin.provider,
    proof.origin.model,
    proof.signature ?? null,
    ...proven.map((block) => [block.text, block.signature ?? null, block.encrypted ?? null]),
  ]);
  const suffix = marker + Buffer.from(payload, 'utf8').toString('base64url');
  return suffix.length > maxSuffixChars ? id : id + suffix;
}

/** The id as its provider knows it. */
export function withoutProof(id: string): string {
  const at = id.indexOf(marker);
  return at <= 0 ? id : id.slice(0, at);
}

/** What rides in an id; nothing where it was cut short or is not ours. */
export function proofIn(id: string): Proof | undefined {
  const at = id.indexOf(marker);
  if (at <= 0) return undefined;
  const payload = parseJson(Buffer.from(id.slice(at + marker.length), 'base64url').toString('utf8'));
  const [provider, model, signature, ...blocks] = asArray(payload);
  if (typeof provider !== 'string' || typeof model !== 'string') return undefined;
  return {
    origin: { provider, model },
    ...(typeof signature === 'string' ? { signature } : {}),
    reasoning: blocks.flatMap((block) => {
      const [text, signed, encrypted] = asArray(block);
      if (typeof text !== 'string') return [];
      const signatureText = asString(signed);
      const encryptedText = asString(encrypted);
      return {
        text,
        ...(signatureText === undefined ? {} : { signature: signatureText }),
        ...(encryptedText === undefined ? {} : { encrypted: encryptedText }),
      };
    }),
  };
}
