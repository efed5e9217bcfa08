import type { CitationBlock } from '../../domain/chat.ts';
import { asArray, asNumber, asObject, asString } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';

/**
 * Sources of an answer: `citationMetadata` (recited texts) and `groundingMetadata` (searches). Gemini counts
 * positions in UTF-8 bytes, of one part for grounding, so that those segments are found again by their text.
 */
export function readCitations(candidate: JsonObject, answer: string): CitationBlock[] {
  return [...readRecitations(candidate, answer), ...readGrounding(candidate, answer)];
}

function readRecitations(candidate: JsonObject, answer: string): CitationBlock[] {
  const sources = asArray(asObject(candidate['citationMetadata'])['citations']);
  if (sources.length === 0) return [];
  const bytes = Buffer.from(answer, 'utf8');
  const offset = (value: unknown): number | undefined => {
    const position = asNumber(value);
    return position === undefined ? undefined : bytes.subarray(0, position).toString('utf8').length;
  };
  return sources.map(asObject).map((source) =>
    citation({
      url: asString(source['uri']),
      title: asString(source['title']),
      startIndex: offset(source['startIndex'] ?? 0),
      endIndex: offset(source['endIndex']),
    }),
  );
}

function readGrounding(candidate: JsonObject, answer: string): CitationBlock[] {
  const grounding = asObject(candidate['groundingMetadata']);
  const chunks = asArray(grounding['groundingChunks']).map(asObject);
  return asArray(grounding['groundingSupports']).flatMap((value) => {
    const support = asObject(value);
    const text = asString(asObject(support['segment'])['text']);
    const start = text === undefined ? -1 : answer.lastIndexOf(text);
    const place = start === -1 ? {} : { startIndex: start, endIndex: start + (text?.length ?? 0) };
    return asArray(support['groundingChunkIndices']).flatMap((index) => {
      const chunk = chunks[asNumber(index) ?? -1];
      if (chunk === undefined) return [];
      const retrieved = asObject(chunk['retrievedContext']);
      const source = { ...retrieved, ...asObject(chunk['web']), ...asObject(chunk['maps']) };
      return [
        citation({
          url: asString(source['uri']),
          title: asString(source['title']),
          citedText: asString(retrieved['text']),
          ...place,
        }),
      ];
    });
  });
}

/**
 * Searches that are billed: Gemini 3 per query that is not empty, earlier models per answer
 * (ai.google.dev/gemini-api/docs/google-search, "Pricing").
 */
export function readWebSearches(candidate: JsonObject, perQuery: boolean): number | undefined {
  const queries = asArray(asObject(candidate['groundingMetadata'])['webSearchQueries']);
  const searches = queries.filter((query) => asString(query) !== '').length;
  if (searches === 0) return undefined;
  return perQuery ? searches : 1;
}

function citation(fields: {
  readonly url?: string | undefined;
  readonly title?: string | undefined;
  readonly citedText?: string | undefined;
  readonly startIndex?: number | undefined;
  readonly endIndex?: number | undefined;
}): CitationBlock {
  const { url, title, citedText, startIndex, endIndex } = fields;
  return {
    type: 'citation',
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(citedText === undefined ? {} : { citedText }),
    ...(startIndex === undefined || endIndex === undefined ? {} : { startIndex, endIndex }),
  };
}
