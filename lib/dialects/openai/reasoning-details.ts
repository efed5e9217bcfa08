import type { OpaqueBlock, Origin, ReasoningBlock, Signature } from '../../domain/chat.ts';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  type Json,
  type JsonObject,
} from '../../domain/json.ts';

/**
 * `reasoning_details`, the shape OpenRouter publishes for reasoning in Chat Completions
 * (openrouter.ai/docs/use-cases/reasoning-tokens): `reasoning.text` with its signature, `reasoning.encrypted`. The
 * gateway adds `fairlead` to what it writes itself: who made the block and where it stood, so that it can be given
 * back in place, to its maker only.
 */
export interface Stamp {
  readonly origin: Origin;
  /** Characters of text and number of tool calls of the answer before it. */
  readonly at: readonly [textChars: number, toolCalls: number];
  /** What the signature belongs to, where that is not reasoning: the text that ends at `at`, or the call named. */
  readonly signs?: 'text' | 'tool_call';
}

const formats: Readonly<Record<string, string>> = {
  anthropic: 'anthropic-claude-v1',
  gemini: 'google-gemini-v1',
};

/** One entry of `reasoning_details`; a later entry with the same `index` continues it. */
export interface DetailParts {
  readonly index: number;
  readonly stamp?: Stamp;
  readonly text?: string;
  readonly signature?: string;
  readonly encrypted?: string;
  readonly toolCallId?: string;
}

export function reasoningDetail(origin: Origin, parts: DetailParts): JsonObject {
  const body =
    parts.encrypted === undefined
      ? {
          type: 'reasoning.text',
          text: parts.text ?? '',
          ...(parts.signature === undefined ? {} : { signature: parts.signature }),
        }
      : { type: 'reasoning.encrypted', data: parts.encrypted };
  return {
    ...body,
    ...(parts.toolCallId === undefined ? {} : { id: parts.toolCallId }),
    format: formats[origin.provider] ?? 'unknown',
    index: parts.index,
    ...(parts.stamp === undefined ? {} : { fairlead: stampJson(parts.stamp) }),
  };
}

export function opaqueDetail(block: OpaqueBlock, index: number, at: Stamp['at']): JsonObject {
  return {
    type: 'fairlead.opaque',
    value: block.value,
    index,
    fairlead: stampJson({ origin: block.origin, at }),
  };
}

const stampJson = ({ origin, at, signs }: Stamp): JsonObject => ({
  provider: origin.provider,
  model: origin.model,
  at: [at[0], at[1]],
  ...(signs === undefined ? {} : { signs }),
});

/** What a client gave back. */
export interface Restored {
  readonly blocks: readonly { readonly block: ReasoningBlock | OpaqueBlock; readonly at: Stamp['at'] }[];
  /** Signatures of text, by where the text ends, ascending. */
  readonly textSignatures: readonly { readonly end: number; readonly signature: Signature }[];
  /** Signatures of tool calls, by the call's id. */
  readonly callSignatures: ReadonlyMap<string, Signature>;
}

/** True where the gateway wrote this `reasoning_details`. */
export const isGatewayMade = (details: unknown): boolean =>
  Array.isArray(details) && details.some((entry: unknown) => isObject(entry) && isObject(entry['fairlead']));

/** Nobody's: reasoning whose maker is not known goes back to nobody. */
const unknownOrigin: Origin = { provider: '', model: '' };

/** Reads `reasoning_details`, the gateway's or anybody's, whole or as the pieces of a stream. Total. */
export function restore(details: readonly Json[]): Restored {
  const blocks: Restored['blocks'][number][] = [];
  const textSignatures: Restored['textSignatures'][number][] = [];
  const callSignatures = new Map<string, Signature>();
  for (const entry of joined(details)) {
    const { origin, at, signs } = entry.stamp ?? { origin: unknownOrigin, at: [0, 0] as const };
    const signature = entry.data === '' ? undefined : { value: entry.data, origin };
    if (entry.type === 'fairlead.opaque') {
      if (entry.value !== undefined)
        blocks.push({ at, block: { type: 'opaque', origin, value: entry.value } });
    } else if (signs === 'text') {
      if (signature !== undefined) textSignatures.push({ end: at[0], signature });
    } else if (signs === 'tool_call') {
      if (signature !== undefined && entry.id !== undefined) callSignatures.set(entry.id, signature);
    } else if (entry.text !== '' || entry.signature !== '' || entry.data !== '') {
      blocks.push({
        at,
        block: {
          type: 'reasoning',
          text: entry.text,
          origin,
          ...(entry.signature === '' ? {} : { signature: entry.signature }),
          ...(entry.data === '' ? {} : { encrypted: entry.data }),
        },
      });
    }
  }
  return { blocks, textSignatures: textSignatures.sort((a, b) => a.end - b.end), callSignatures };
}

interface Entry {
  readonly type: string;
  readonly id?: string;
  readonly value?: Json;
  readonly stamp?: Stamp;
  text: string;
  signature: string;
  data: string;
}

/** Entries of one index are one block: clients that only append leave the pieces of the stream side by side. */
function joined(details: readonly Json[]): readonly Entry[] {
  const entries: Entry[] = [];
  const byIndex = new Map<number, Entry>();
  for (const detail of details) {
    if (!isObject(detail)) continue;
    const index = asNumber(detail['index']);
    const text = asString(detail['text']) ?? asString(detail['summary']) ?? '';
    const data = asString(detail['data']) ?? '';
    const signature = asString(detail['signature']) ?? '';
    const earlier = index === undefined ? undefined : byIndex.get(index);
    if (earlier !== undefined) {
      earlier.text += text;
      earlier.data += data;
      if (signature !== '') earlier.signature = signature;
      continue;
    }
    const id = asString(detail['id']);
    const stamp = stampOf(detail['fairlead']);
    const entry: Entry = {
      type: asString(detail['type']) ?? '',
      ...(id === undefined ? {} : { id }),
      ...(detail['value'] === undefined ? {} : { value: detail['value'] }),
      ...(stamp === undefined ? {} : { stamp }),
      text,
      data,
      signature,
    };
    entries.push(entry);
    if (index !== undefined) byIndex.set(index, entry);
  }
  return entries;
}

function stampOf(value: unknown): Stamp | undefined {
  const stamp = asObject(value);
  const provider = asString(stamp['provider']);
  const model = asString(stamp['model']);
  if (provider === undefined || model === undefined) return undefined;
  const [textChars, toolCalls] = asArray(stamp['at']);
  const signs = stamp['signs'];
  return {
    origin: { provider, model },
    at: [asNumber(textChars) ?? 0, asNumber(toolCalls) ?? 0],
    ...(signs === 'text' || signs === 'tool_call' ? { signs } : {}),
  };
}
