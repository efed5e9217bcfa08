import type { ChatEvent, Origin } from '../../domain/chat.ts';
import { asArray, asObject, asString, isObject, parseJson } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { isServerTool, readCitation, readMedia } from './reply.ts';

type Open =
  | { readonly kind: 'tool'; readonly toolIndex: number }
  | { readonly kind: 'reasoning'; readonly index: number; signature: string; encrypted: string }
  | { readonly kind: 'server_tool'; readonly start: JsonObject; input: string }
  | { readonly kind: 'server_result'; readonly start: JsonObject; readonly content: Json[] }
  | { readonly kind: 'image'; readonly format: Json | undefined; bytes: string };

/**
 * The content blocks of one streamed answer by their index. Text and reasoning have no start event; tool calls begin
 * at theirs; what only makes sense whole (proofs, images, server tools) is told when the block stops.
 */
export class ContentBlocks {
  readonly #origin: Origin;
  readonly #open = new Map<number, Open>();
  #reasonings = 0;
  toolCalls = 0;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  start(at: number, start: JsonObject): readonly ChatEvent[] {
    const toolUse = start['toolUse'];
    if (isObject(toolUse)) return this.#startTool(at, toolUse);
    if (isObject(start['toolResult'])) {
      this.#open.set(at, { kind: 'server_result', start: start['toolResult'], content: [] });
    } else if (isObject(start['image'])) {
      this.#open.set(at, { kind: 'image', format: start['image']['format'], bytes: '' });
    }
    return [];
  }

  delta(at: number, delta: JsonObject): readonly ChatEvent[] {
    const text = asString(delta['text']);
    if (text !== undefined) return text === '' ? [] : [{ type: 'text', text }];
    if (isObject(delta['reasoningContent'])) return this.#reasoning(at, delta['reasoningContent']);
    if (isObject(delta['citation'])) return [{ type: 'citation', block: readCitation(delta['citation']) }];
    const open = this.#open.get(at);
    const input = asString(asObject(delta['toolUse'])['input']) ?? '';
    if (open?.kind === 'tool') {
      return input === ''
        ? []
        : [{ type: 'tool_arguments', toolIndex: open.toolIndex, argumentsJson: input }];
    }
    if (open?.kind === 'server_tool') open.input += input;
    if (open?.kind === 'server_result') open.content.push(...asArray(delta['toolResult']));
    if (open?.kind === 'image')
      open.bytes += asString(asObject(asObject(delta['image'])['source'])['bytes']) ?? '';
    return [];
  }

  stop(at: number): readonly ChatEvent[] {
    const open = this.#open.get(at);
    this.#open.delete(at);
    const origin = this.#origin;
    const opaque = (value: Json): ChatEvent => ({ type: 'opaque', block: { type: 'opaque', origin, value } });
    switch (open?.kind) {
      case 'reasoning': {
        const { index, signature, encrypted } = open;
        if (signature === '' && encrypted === '') return [];
        const proof = {
          ...(signature === '' ? {} : { signature }),
          ...(encrypted === '' ? {} : { encrypted }),
        };
        return [{ type: 'reasoning_proof', index, origin, ...proof }];
      }
      case 'server_tool':
        return [opaque({ toolUse: { ...open.start, input: parseJson(open.input) ?? {} } })];
      case 'server_result':
        return [opaque({ toolResult: { ...open.start, content: open.content } })];
      case 'image': {
        const block = readMedia('image', { format: open.format, source: { bytes: open.bytes } });
        return block === undefined || open.bytes === '' ? [] : [{ type: 'image', block }];
      }
      default:
        return [];
    }
  }

  /** For blocks that were never stopped. */
  closeAll(): readonly ChatEvent[] {
    return [...this.#open.keys()].flatMap((at) => this.stop(at));
  }

  #startTool(at: number, toolUse: JsonObject): readonly ChatEvent[] {
    if (isServerTool(toolUse)) {
      this.#open.set(at, { kind: 'server_tool', start: toolUse, input: '' });
      return [];
    }
    const id = asString(toolUse['toolUseId']);
    const name = asString(toolUse['name']);
    if (id === undefined || name === undefined) return [];
    const toolIndex = this.toolCalls;
    this.toolCalls += 1;
    this.#open.set(at, { kind: 'tool', toolIndex });
    return [{ type: 'tool_call', toolIndex, id, name }];
  }

  #reasoning(at: number, content: JsonObject): readonly ChatEvent[] {
    let open = this.#open.get(at);
    if (open?.kind !== 'reasoning') {
      open = { kind: 'reasoning', index: this.#reasonings, signature: '', encrypted: '' };
      this.#reasonings += 1;
      this.#open.set(at, open);
    }
    open.signature += asString(content['signature']) ?? '';
    open.encrypted += asString(content['redactedContent']) ?? '';
    const text = asString(content['text']) ?? '';
    return text === '' ? [] : [{ type: 'reasoning', index: open.index, text, origin: this.#origin }];
  }
}
