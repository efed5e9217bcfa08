import { describe, expect, it } from 'vitest';
import { mediaProblem, mediaType, writeMedia } from '../../../../lib/dialects/gemini/media.ts';
import { testTarget } from '../../../support/target.ts';

const gemini = testTarget('gemini', 'gemini-2.5-flash');
const gemini2 = testTarget('gemini', 'gemini-2.0-flash');
const vertex = testTarget('vertex', 'gemini-2.0-flash');

describe('media', () => {
  it('writes bytes inline', () => {
    expect(writeMedia({ kind: 'base64', mediaType: 'image/jpg', data: 'AA==' })).toEqual({
      inlineData: { mimeType: 'image/jpeg', data: 'AA==' },
    });
  });

  it('writes text documents as bytes of a text type', () => {
    expect(writeMedia({ kind: 'text', mediaType: 'application/json', text: '{"ü":1}' })).toEqual({
      inlineData: { mimeType: 'text/plain', data: 'eyLDvCI6MX0=' },
    });
  });

  it('writes URLs as files with the type their extension tells', () => {
    expect(writeMedia({ kind: 'url', url: 'https://x.example/a.PNG?size=2#top' })).toEqual({
      fileData: { mimeType: 'image/png', fileUri: 'https://x.example/a.PNG?size=2#top' },
    });
  });

  it('reads the extension of a long address in one go', () => {
    const url = `https://x.example/${'?'.repeat(300_000)}\n`;
    expect(mediaType({ kind: 'url', url })).toBeUndefined();
  });

  it('keeps the parameters of raw sound, not those of text', () => {
    expect(mediaType({ kind: 'base64', mediaType: 'audio/L16;rate=24000', data: '' })).toBe(
      'audio/l16;rate=24000',
    );
    expect(mediaType({ kind: 'base64', mediaType: 'Text/CSV; charset=utf-8', data: '' })).toBe('text/csv');
  });

  it('knows no type by a name every object has', () => {
    expect(mediaType({ kind: 'url', url: 'https://x.example/a.constructor' })).toBeUndefined();
    expect(mediaType({ kind: 'base64', mediaType: 'toString', data: '' })).toBe('tostring');
    expect(mediaType({ kind: 'base64', mediaType: 'constructor', data: '' })).toBe('constructor');
  });

  it('knows YouTube films', () => {
    expect(mediaType({ kind: 'url', url: 'https://youtu.be/lCdaVNyHtjU' })).toBe('video/mp4');
  });

  it.each([
    [{ type: 'image', source: { kind: 'base64', mediaType: 'image/gif', data: '' } }, gemini, 'image/gif'],
    [
      { type: 'document', source: { kind: 'base64', mediaType: 'application/msword', data: '' } },
      gemini,
      'msword',
    ],
    [
      { type: 'image', source: { kind: 'base64', mediaType: 'application/pdf', data: '' } },
      gemini,
      'no image',
    ],
    [{ type: 'image', source: { kind: 'url', url: 'ftp://x.example/a.png' } }, gemini, 'https://'],
    [{ type: 'image', source: { kind: 'url', url: 'https://x.example/a.png' } }, gemini2, 'fetches no URLs'],
    [{ type: 'image', source: { kind: 'url', url: 'https://x.example/a' } }, vertex, 'media type'],
    [{ type: 'document', source: { kind: 'file', fileId: 'file-abc' } }, gemini, 'file ids'],
    [{ type: 'document', source: { kind: 'file', fileId: 'gs://bucket/a.pdf' } }, vertex, 'file ids'],
    [{ type: 'document', source: { kind: 'url', url: 'gs://bucket/a.pdf' } }, vertex, 'https:// URLs only'],
  ] as const)('says why it cannot take %j', (block, target, reason) => {
    expect(mediaProblem(block, target)).toContain(reason);
  });

  it.each([
    [{ type: 'image', source: { kind: 'url', url: 'https://x.example/a.png' } }, gemini],
    [{ type: 'image', source: { kind: 'url', url: 'https://x.example/a' } }, gemini],
    [{ type: 'image', source: { kind: 'url', url: 'https://x.example/a.png' } }, vertex],
    [{ type: 'document', source: { kind: 'url', url: 'https://youtu.be/x' } }, gemini2],
    [{ type: 'document', source: { kind: 'base64', mediaType: 'video/mp4', data: '' } }, gemini],
    [{ type: 'document', source: { kind: 'base64', mediaType: 'application/json', data: '' } }, gemini],
    [{ type: 'audio', source: { kind: 'base64', mediaType: 'audio/wav', data: '' } }, gemini],
  ] as const)('takes %j', (block, target) => {
    expect(mediaProblem(block, target)).toBeUndefined();
  });
});
