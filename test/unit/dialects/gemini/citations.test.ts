import { describe, expect, it } from 'vitest';
import { readCitations } from '../../../../lib/dialects/gemini/citations.ts';

describe('citations', () => {
  it('turns byte positions of recited text into characters', () => {
    const candidate = {
      citationMetadata: {
        citations: [
          { uri: 'https://x.example', title: 'X', startIndex: 3, endIndex: 8 },
          { uri: 'https://y.example' },
        ],
      },
    };
    expect(readCitations(candidate, 'ü wörld')).toEqual([
      { type: 'citation', url: 'https://x.example', title: 'X', startIndex: 2, endIndex: 6 },
      { type: 'citation', url: 'https://y.example' },
    ]);
  });

  it('finds grounded segments by their text, once per source', () => {
    const candidate = {
      groundingMetadata: {
        groundingChunks: [
          { web: { uri: 'https://x.example', title: 'X' } },
          { retrievedContext: { text: 'Paris is a capital.', title: 'store' } },
        ],
        groundingSupports: [
          { segment: { endIndex: 99, text: 'Paris' }, groundingChunkIndices: [0, 1, 7] },
          { segment: { text: 'not there' }, groundingChunkIndices: [0] },
        ],
      },
    };
    expect(readCitations(candidate, 'It is Paris.')).toEqual([
      { type: 'citation', url: 'https://x.example', title: 'X', startIndex: 6, endIndex: 11 },
      { type: 'citation', title: 'store', citedText: 'Paris is a capital.', startIndex: 6, endIndex: 11 },
      { type: 'citation', url: 'https://x.example', title: 'X' },
    ]);
  });
});
