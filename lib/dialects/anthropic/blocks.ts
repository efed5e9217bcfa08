import type { Block, CitationBlock, Origin } from '../../domain/chat.ts';
import { asArray, asString, isObject } from '../../domain/json.ts';
import type { Json, JsonObject } from '../../domain/json.ts';

/**
 * One whole content block of an answer (API reference: "Content block"). `textBefore` counts the characters of text
 * before it. Blocks of server tools and whatever is new come back opaque.
 */
export function readBlock(block: JsonObject, origin: Origin, textBefore: number): Block[] {
  switch (block['type']) {
    case 'text': {
      const text = asString(block['text']) ?? '';
      const end = textBefore + text.length;
      const citations = asArray(block['citations']).map((entry) => readCitation(entry, textBefore, end));
      return [...(text === '' ? [] : [{ type: 'text', text } as const]), ...citations];
    }
    case 'thinking': {
      const signature = asString(block['signature']);
      const text = asString(block['thinking']) ?? '';
      return [{ type: 'reasoning', text, origin, ...(signature ? { signature } : {}) }];
    }
    case 'redacted_thinking':
      return [{ type: 'reasoning', text: '', origin, encrypted: asString(block['data']) ?? '' }];
    case 'tool_use': {
      const id = asString(block['id']);
      const name = asString(block['name']);
      if (id === undefined || name === undefined) return [];
      return [{ type: 'tool_call', id, name, argumentsJson: JSON.stringify(block['input'] ?? {}) }];
    }
    default:
      return [{ type: 'opaque', origin, value: block }];
  }
}

/** A citation of any kind (docs: "Citations", "Web search tool"); it supports the text block it came with. */
export function readCitation(entry: Json, startIndex: number, endIndex: number): CitationBlock {
  const citation = isObject(entry) ? entry : {};
  const url = asString(citation['url']) ?? asString(citation['source']);
  const title = asString(citation['title']) ?? asString(citation['document_title']);
  const citedText = asString(citation['cited_text']);
  return {
    type: 'citation',
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(citedText !== undefined && { citedText }),
    startIndex,
    endIndex,
  };
}
