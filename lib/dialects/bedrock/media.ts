import type { AudioBlock, DocumentBlock, ImageBlock } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { DocumentNames } from './document-names.ts';

/** Formats by media type (API reference: `ImageBlock`, `DocumentBlock`, `AudioBlock`). */
const imageFormats: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};
const documentFormats: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'text/x-markdown': 'md',
};
const audioFormats: Readonly<Record<string, string>> = {
  'audio/mp3': 'mp3',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/flac': 'flac',
  'audio/ogg': 'ogg',
  'audio/opus': 'opus',
  'audio/aac': 'aac',
  'audio/x-aac': 'x-aac',
  'audio/m4a': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/mp4': 'mp4',
  'audio/webm': 'webm',
  'audio/pcm': 'pcm',
  'audio/l16': 'pcm',
};
const formats = { image: imageFormats, document: documentFormats, audio: audioFormats } as const;

type Media = ImageBlock | DocumentBlock | AudioBlock;

/**
 * Why Converse cannot take these bytes; undefined: it can. `s3:` addresses are refused like any other: Bedrock would
 * read them with the gateway's own rights, whatever bucket a caller names.
 */
export function mediaRefusal(block: Media): string | undefined {
  const { source } = block;
  if (source.kind === 'url') return `Bedrock fetches no URLs: send the ${block.type} as base64`;
  if (source.kind === 'file') return 'Bedrock has no file ids';
  if (source.kind === 'text' && block.type !== 'document') return `text is no ${block.type}`;
  if (formatOf(block.type, source.mediaType) !== undefined) return undefined;
  const known = [...new Set(Object.values(formats[block.type]))].join(', ');
  return `Bedrock takes no ${block.type} of type ${source.mediaType.slice(0, 100)} (${known})`;
}

/** The block on the wire; undefined where `mediaRefusal` has a reason. */
export function writeMedia(block: Media, names: DocumentNames): JsonObject | undefined {
  const { source } = block;
  if (source.kind === 'url' || source.kind === 'file' || mediaRefusal(block) !== undefined) return undefined;
  const bytes = source.kind === 'base64' ? source.data : Buffer.from(source.text, 'utf8').toString('base64');
  const wire = { format: formatOf(block.type, source.mediaType), source: { bytes } };
  return { [block.type]: block.type === 'document' ? { name: names.take(block.name), ...wire } : wire };
}

function formatOf(type: Media['type'], mediaType: string): string | undefined {
  const essence = mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const table = formats[type];
  return Object.hasOwn(table, essence) ? table[essence] : undefined;
}
