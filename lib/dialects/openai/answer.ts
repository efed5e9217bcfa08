import type { FinishReason, ImageBlock, AudioBlock, CitationBlock, MediaSource } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ReplyContext } from '../contract.ts';

/** What whole answers and chunks say in the same words. */

/** OpenAI has no finish reason for a refusal: it says `stop` and gives the text of it. */
export const finishReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  refusal: 'stop',
};

/** Said where a model refused without a word. */
export const silentRefusal = 'The model refused to answer.';

export const answerId = (id: string | undefined, context: ReplyContext): string =>
  id === undefined || id === '' ? `chatcmpl-${context.requestId}` : id;

/** OpenRouter's shape for generated images, the one chat clients know. */
export const imageJson = (block: ImageBlock, index: number): JsonObject => ({
  type: 'image_url',
  image_url: { url: sourceUrl(block.source) },
  index,
});

export const audioJson = (block: AudioBlock, id: string): JsonObject => ({
  id,
  data: block.source.kind === 'base64' ? block.source.data : '',
  transcript: '',
});

/** A citation of a place on the web; one of a document has no shape in this dialect. */
export function citationJson(block: CitationBlock, textChars: number): JsonObject | undefined {
  if (block.url === undefined) return undefined;
  return {
    type: 'url_citation',
    url_citation: {
      url: block.url,
      title: block.title ?? '',
      start_index: block.startIndex ?? textChars,
      end_index: block.endIndex ?? textChars,
      ...(block.citedText === undefined ? {} : { content: block.citedText }),
    },
  };
}

function sourceUrl(source: MediaSource): string {
  switch (source.kind) {
    case 'base64':
      return `data:${source.mediaType};base64,${source.data}`;
    case 'url':
      return source.url;
    case 'text':
      return `data:${source.mediaType},${encodeURIComponent(source.text)}`;
    case 'file':
      return source.fileId;
  }
}
