import { describe, expect, it } from 'vitest';
import { mediaRefusal, writeMedia } from '../../../../lib/dialects/anthropic/media.ts';
import type { MediaSource } from '../../../../lib/domain/chat.ts';

const base64 = (mediaType: string, data = 'AAAA'): MediaSource => ({ kind: 'base64', mediaType, data });

describe('media', () => {
  it.each([
    [
      { type: 'image', source: base64('image/png') },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    ],
    [
      { type: 'image', source: { kind: 'file', fileId: 'file_01' } },
      { type: 'image', source: { type: 'file', file_id: 'file_01' } },
    ],
    [
      { type: 'document', source: base64('application/pdf'), name: 'a.pdf' },
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' },
        title: 'a.pdf',
      },
    ],
    [
      { type: 'document', source: { kind: 'url', url: 'https://example.com/a.pdf' } },
      { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
    ],
    [
      { type: 'document', source: base64('text/csv; charset=utf-8', 'YSxi') },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } },
    ],
    [
      { type: 'document', source: { kind: 'text', mediaType: 'text/markdown', text: '# A' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: '# A' } },
    ],
    [
      { type: 'document', source: base64('image/jpeg') },
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } },
    ],
  ] as const)('%j is written', (block, wire) => {
    expect(mediaRefusal(block)).toBeUndefined();
    expect(writeMedia(block)).toEqual(wire);
  });

  it.each([
    [{ type: 'audio', source: base64('audio/wav') }, 'Anthropic takes no audio'],
    [{ type: 'image', source: base64('image/svg+xml') }, 'not image/svg+xml'],
    [{ type: 'image', source: { kind: 'url', url: 'http://example.com/a.png' } }, 'https URLs only'],
    [{ type: 'image', source: { kind: 'text', mediaType: 'image/png', text: '' } }, 'no image as text'],
    [{ type: 'image', source: { kind: 'file', fileId: 'file-openai' } }, 'Files API'],
    [{ type: 'document', source: base64('application/zip') }, 'not application/zip'],
    [
      { type: 'document', source: { kind: 'url', url: 'https://example.com/a.csv', mediaType: 'text/csv' } },
      'no documents but PDF, not text/csv',
    ],
  ] as const)('%j is refused', (block, reason) => {
    expect(mediaRefusal(block)).toContain(reason);
  });
});
