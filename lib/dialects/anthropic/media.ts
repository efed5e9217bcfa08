import type { AudioBlock, DocumentBlock, ImageBlock } from '../../domain/chat.ts';
import type { WireObject } from './wire.ts';

/** docs: "Vision", "PDF support", "Files API". */
const imageTypes = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const textualType = /^(text\/|application\/(json|xml|yaml|x-yaml|javascript|x-ndjson|csv|markdown|toml)$)/;
const maxTitleChars = 500;

/** "text/plain; charset=utf-8" -> "text/plain". */
const bareType = (mediaType: string): string => mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Why Anthropic cannot take this medium; `undefined` if it can. */
export function mediaRefusal(block: ImageBlock | AudioBlock | DocumentBlock): string | undefined {
  if (block.type === 'audio') return 'Anthropic takes no audio';
  const { source } = block;
  if (source.kind === 'file') {
    return source.fileId.startsWith('file_')
      ? undefined
      : 'the file id is not one of Anthropic\'s Files API ("file_...")';
  }
  if (source.kind === 'url') {
    if (!/^https:\/\//i.test(source.url)) return 'Anthropic fetches https URLs only';
    const type = source.mediaType === undefined ? undefined : bareType(source.mediaType);
    if (block.type === 'document' && type !== undefined && type !== 'application/pdf') {
      return `Anthropic fetches no documents but PDF, not ${type}`;
    }
    return undefined;
  }
  const type = bareType(source.mediaType);
  if (source.kind === 'text') {
    return block.type === 'document' ? undefined : 'Anthropic takes no image as text';
  }
  if (imageTypes.has(type)) return undefined;
  if (block.type === 'image') return `Anthropic takes JPEG, PNG, GIF and WebP images, not ${type}`;
  return type === 'application/pdf' || textualType.test(type)
    ? undefined
    : `Anthropic takes PDF and text documents, not ${type}`;
}

/** The block as Anthropic writes it. Only for media without a refusal. */
export function writeMedia(block: ImageBlock | DocumentBlock): WireObject {
  const { source } = block;
  const title =
    block.type === 'document' && block.name !== undefined && block.name.trim() !== ''
      ? { title: block.name.slice(0, maxTitleChars) }
      : {};
  const type: string = block.type;
  switch (source.kind) {
    case 'file':
      return { type, source: { type: 'file', file_id: source.fileId }, ...title };
    case 'url':
      return { type, source: { type: 'url', url: source.url }, ...title };
    case 'text':
      return textDocument(source.text, title);
    case 'base64': {
      const mediaType = bareType(source.mediaType);
      const base64 = { type: 'base64', media_type: mediaType, data: source.data };
      if (imageTypes.has(mediaType)) return { type: 'image', source: base64 };
      if (mediaType === 'application/pdf') return { type, source: base64, ...title };
      return textDocument(Buffer.from(source.data, 'base64').toString('utf8'), title);
    }
  }
}

/** `text/plain` is the only media type of a text source, whatever the text is. */
const textDocument = (text: string, title: { readonly title?: string }): WireObject => ({
  type: 'document',
  source: { type: 'text', media_type: 'text/plain', data: text },
  ...title,
});
