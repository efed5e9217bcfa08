import type { AudioBlock, DocumentBlock, ImageBlock, MediaSource } from '../../domain/chat.ts';
import type { Target } from '../../domain/decision.ts';
import type { JsonObject } from '../../domain/json.ts';
import { fetchesUrls } from './models.ts';

export type MediaBlock = ImageBlock | AudioBlock | DocumentBlock;

/** What Gemini reads as images (ai.google.dev/gemini-api/docs/image-understanding). */
const imageTypes = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif']);

/** Common misnomers, and texts whose own type Gemini refuses but reads as plain text. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['application/json', 'text/plain'],
  ['application/xml', 'text/plain'],
  ['application/yaml', 'text/plain'],
  ['application/x-yaml', 'text/plain'],
  ['application/javascript', 'text/plain'],
]);

const extensionTypes: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['gif', 'image/gif'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
  ['flac', 'audio/flac'],
  ['ogg', 'audio/ogg'],
  ['m4a', 'audio/mp4'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['webm', 'video/webm'],
]);

/**
 * Served by Google itself: the Files API, YouTube. Not Cloud Storage: `gs:` would be read with the rights of the
 * gateway's own project, whatever bucket a caller names.
 */
const googleUrl = /^https:\/\/(generativelanguage\.googleapis\.com|((www|m)\.)?(youtube\.com|youtu\.be))\//;
const youtubeUrl = /^https:\/\/((www|m)\.)?(youtube\.com|youtu\.be)\//;

/** The media type as Gemini wants it, told by the source or by the URL's extension. */
export function mediaType(source: MediaSource): string | undefined {
  if (source.kind === 'file') return typeOfUrl(source.fileId);
  const whole = source.mediaType?.trim().toLowerCase();
  // Raw sound tells its rate in a parameter; elsewhere parameters (charset) only irritate.
  const given = whole?.startsWith('audio/') === true ? whole : whole?.split(';')[0]?.trim();
  if (source.kind === 'text') return given?.startsWith('text/') === true ? given : 'text/plain';
  if (given !== undefined && given !== '') return otherNames.get(given) ?? given;
  return source.kind === 'url' ? typeOfUrl(source.url) : undefined;
}

function typeOfUrl(url: string): string | undefined {
  if (youtubeUrl.test(url)) return 'video/mp4';
  const extension = /\.([a-z0-9]+)$/i.exec(url.split(/[?#]/, 1)[0] ?? '')?.[1]?.toLowerCase();
  return extension === undefined ? undefined : extensionTypes.get(extension);
}

/** The part that carries the bytes or names the file. */
export function writeMedia(source: MediaSource): JsonObject {
  const mimeType = mediaType(source);
  switch (source.kind) {
    case 'base64':
      return { inlineData: { mimeType, data: source.data } };
    case 'text':
      return { inlineData: { mimeType, data: Buffer.from(source.text, 'utf8').toString('base64') } };
    case 'url':
      return { fileData: { mimeType, fileUri: source.url } };
    case 'file':
      return { fileData: { mimeType, fileUri: source.fileId } };
  }
}

/** Why this target cannot take a medium, for a person; undefined: it can. */
export function mediaProblem(block: MediaBlock, target: Target): string | undefined {
  const { source } = block;
  const type = mediaType(source);
  if (source.kind === 'file') {
    return googleUrl.test(source.fileId)
      ? undefined
      : 'Gemini knows files by their URI in its Files API, not by other providers’ file ids';
  }
  if (source.kind === 'url' && !googleUrl.test(source.url)) {
    if (!/^https?:\/\//i.test(source.url)) return 'Gemini takes https:// URLs only';
    if (target.provider.type === 'gemini' && !fetchesUrls(target.model)) {
      return `${target.model} fetches no URLs`;
    }
  }
  if (source.kind === 'url' && type === undefined && target.provider.type === 'vertex') {
    return 'Vertex AI must be told the media type, and the URL does not tell it';
  }
  if (type === undefined) return undefined;
  if (type.startsWith('image/')) return imageTypes.has(type) ? undefined : `Gemini takes no ${type}`;
  if (block.type === 'image') return `${type} is no image`;
  if (block.type === 'audio') return undefined;
  return /^(text|audio|video)\/|^application\/pdf$/.test(type) ? undefined : `Gemini takes no ${type}`;
}
