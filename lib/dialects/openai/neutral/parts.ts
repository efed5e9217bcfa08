import type { Block, CacheMarkerBlock, ContentBlock, MediaSource } from '../../../domain/chat.ts';
import { GatewayError } from '../../../domain/failure.ts';
import { asArray, asObject, asString, isObject, type Json, type JsonObject } from '../../../domain/json.ts';
import { described, invalid } from '../invalid.ts';

/** The content of a system, developer or user message: a string or an array of parts. */
export function contentBlocks(content: Json | undefined, path: string): ContentBlock[] {
  return readParts(content, path).map((block, index) => {
    if (isContent(block)) return block;
    throw new GatewayError('invalid_request', `${path}[${index}] may not be of type "${block.type}" here.`, {
      param: `${path}[${index}]`,
    });
  });
}

const isContent = (block: Block): block is ContentBlock =>
  block.type === 'text' ||
  block.type === 'image' ||
  block.type === 'audio' ||
  block.type === 'document' ||
  block.type === 'cache_marker';

/** As `contentBlocks`, with what only an assistant says (refusals, reasoning). `null` and "" say nothing. */
export function readParts(content: Json | undefined, path: string): Block[] {
  if (content === null || content === undefined || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw invalid(path, 'must be a string or an array of parts', content);
  return asArray(content).flatMap((part, index) => {
    const at = `${path}[${index}]`;
    if (typeof part === 'string') return { type: 'text' as const, text: part };
    if (!isObject(part)) throw invalid(at, 'must be an object', part);
    const marker = cacheMarker(part['cache_control'], `${at}.cache_control`);
    const block = readPart(part, at);
    return marker === undefined ? [block] : [block, marker];
  });
}

function readPart(part: JsonObject, path: string): Block {
  const type = part['type'];
  switch (type) {
    case 'text':
      return { type: 'text', text: text(part, 'text', path) };
    case 'refusal':
      return { type: 'refusal', text: text(part, 'refusal', path) };
    case 'image_url':
      return image(part['image_url'], `${path}.image_url`);
    case 'input_audio':
      return { type: 'audio', source: audio(part['input_audio'], `${path}.input_audio`) };
    case 'file':
      return file(part['file'], `${path}.file`);
    case 'document_url':
      // Mistral's part for documents.
      return {
        type: 'document',
        source: urlSource(text(part, 'document_url', path), `${path}.document_url`),
      };
    case 'thinking':
      // Mistral's part for reasoning; it is unsigned and goes back to nobody else.
      return { type: 'reasoning', text: thinkingText(part['thinking']), origin: { provider: '', model: '' } };
    default:
      throw new GatewayError(
        'invalid_request',
        `${path}.type must be text, image_url, input_audio or file to be translated, but is ${described(type)}.`,
        { param: `${path}.type` },
      );
  }
}

/** Anthropic's cache marker, which OpenRouter and others take on parts, messages and tools of this dialect too. */
export function cacheMarker(value: Json | undefined, path: string): CacheMarkerBlock | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid(path, 'must be an object such as {"type":"ephemeral"}', value);
  const ttl = value['ttl'];
  if (ttl !== undefined && ttl !== null && ttl !== '5m' && ttl !== '1h') {
    throw invalid(`${path}.ttl`, 'must be "5m" or "1h"', ttl);
  }
  return typeof ttl === 'string' ? { type: 'cache_marker', ttl } : { type: 'cache_marker' };
}

function text(part: JsonObject, field: string, path: string): string {
  const value = part[field];
  if (typeof value !== 'string') throw invalid(`${path}.${field}`, 'must be a string', value);
  return value;
}

function thinkingText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return asArray(value)
    .map((piece) => asString(asObject(piece)['text']) ?? '')
    .join('');
}

function image(value: Json | undefined, path: string): Block {
  const url = typeof value === 'string' ? value : asObject(value)['url'];
  if (typeof url !== 'string' || url === '')
    throw invalid(`${path}.url`, 'must be an https or data URL', url);
  const detail = asString(asObject(value)['detail']);
  return {
    type: 'image',
    source: urlSource(url, `${path}.url`),
    ...(detail === undefined || detail === 'auto' ? {} : { detail }),
  };
}

function audio(value: Json | undefined, path: string): MediaSource {
  const { data, format } = asObject(value);
  if (typeof data !== 'string' || data === '') throw invalid(`${path}.data`, 'must be a base64 string', data);
  if (typeof format !== 'string') throw invalid(`${path}.format`, 'must be a string such as "wav"', format);
  if (data.startsWith('data:')) return urlSource(data, `${path}.data`);
  return { kind: 'base64', mediaType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}`, data };
}

function file(value: Json | undefined, path: string): Block {
  const source = asObject(value);
  const name = asString(source['filename']);
  const named = name === undefined ? {} : { name };
  const id = source['file_id'];
  if (typeof id === 'string') return { type: 'document', source: { kind: 'file', fileId: id }, ...named };
  const data = source['file_data'];
  if (typeof data !== 'string' || data === '') {
    throw invalid(`${path}.file_data`, 'must be a data URL, or file_id a string', data);
  }
  if (/^(data|https?):/i.test(data)) {
    return { type: 'document', source: urlSource(data, `${path}.file_data`), ...named };
  }
  return { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data }, ...named };
}

/** A data URL (RFC 2397) is taken apart; any other is left for the provider to fetch. */
export function urlSource(url: string, path: string): MediaSource {
  if (!/^data:/i.test(url)) {
    if (/^(https?|gs|s3):\/\//i.test(url)) return { kind: 'url', url };
    throw new GatewayError('invalid_request', `${path} must be an https or data URL.`, { param: path });
  }
  const comma = url.indexOf(',');
  if (comma === -1) {
    throw new GatewayError('invalid_request', `${path} is a data URL without a comma.`, { param: path });
  }
  const [type = '', ...parameters] = url.slice('data:'.length, comma).split(';');
  const mediaType = type.trim() === '' ? 'text/plain' : type.trim().toLowerCase();
  const data = url.slice(comma + 1);
  if (parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64')) {
    return { kind: 'base64', mediaType, data };
  }
  try {
    return {
      kind: 'base64',
      mediaType,
      data: Buffer.from(decodeURIComponent(data), 'utf8').toString('base64'),
    };
  } catch {
    throw new GatewayError('invalid_request', `${path} is a data URL with a malformed % escape.`, {
      param: path,
    });
  }
}
