import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { DocumentNames } from '../../../../lib/dialects/bedrock/document-names.ts';
import { mediaRefusal, writeMedia } from '../../../../lib/dialects/bedrock/media.ts';
import { toolUseId } from '../../../../lib/dialects/bedrock/tool-call-id.ts';
import type { Block } from '../../../../lib/domain/chat.ts';
import { bodyFor, models, problems } from './ask.ts';

const base64 = (mediaType: string) => ({ kind: 'base64', mediaType, data: 'aWlp' }) as const;
const inMessage = (...blocks: Block[]) => ({ messages: [{ role: 'user' as const, blocks }] });

describe('media', () => {
  it.each([
    ['image/png', 'png'],
    ['image/jpeg', 'jpeg'],
    ['IMAGE/JPG; q=1', 'jpeg'],
    ['image/gif', 'gif'],
    ['image/webp', 'webp'],
  ])('writes images of type %s as %s', (mediaType, format) => {
    expect(writeMedia({ type: 'image', source: base64(mediaType) }, new DocumentNames())).toEqual({
      image: { format, source: { bytes: 'aWlp' } },
    });
  });

  it('writes text documents as bytes', () => {
    const source = { kind: 'text', mediaType: 'text/markdown', text: '# wörld' } as const;
    expect(writeMedia({ type: 'document', source, name: 'notes.md' }, new DocumentNames())).toEqual({
      document: {
        name: 'notes-md',
        format: 'md',
        source: { bytes: Buffer.from('# wörld').toString('base64') },
      },
    });
  });

  it('names what it cannot take', () => {
    expect(mediaRefusal({ type: 'image', source: { kind: 'url', url: 's3://bucket/x.png' } })).toBe(
      'Bedrock fetches no URLs: send the image as base64',
    );
    expect(mediaRefusal({ type: 'document', source: { kind: 'file', fileId: 'f' } })).toBe(
      'Bedrock has no file ids',
    );
    expect(mediaRefusal({ type: 'image', source: base64('image/tiff') })).toBe(
      'Bedrock takes no image of type image/tiff (png, jpeg, gif, webp)',
    );
    expect(mediaRefusal({ type: 'image', source: base64('constructor') })).toContain(
      'no image of type constructor',
    );
  });

  it('accompanies a document with text, as Converse demands', () => {
    const pdf: Block = { type: 'document', source: base64('application/pdf') };
    expect(bodyFor(inMessage(pdf, { type: 'cache_marker' }))['messages']).toMatchObject([
      {
        content: [
          { text: 'Document attached.' },
          { document: { name: 'Document 1' } },
          { text: '\n' },
          { cachePoint: {} },
        ],
      },
    ]);
  });

  it('knows which models see and hear', () => {
    const image = inMessage({ type: 'image', source: base64('image/png') });
    const audio = inMessage({ type: 'text', text: 'x' }, { type: 'audio', source: base64('audio/wav') });
    expect(problems(image)).toEqual([]);
    expect(problems(image, 'amazon.nova-micro-v1:0')).toEqual([['messages[0].content[0].image_url', false]]);
    expect(problems(audio)).toEqual([['messages[0].content[1].input_audio', false]]);
    expect(problems(audio, 'mistral.voxtral-mini-3b-2507')).toEqual([]);
  });

  it('knows what models take in tool results', () => {
    const request = {
      messages: [
        {
          role: 'tool' as const,
          blocks: [
            {
              type: 'tool_result' as const,
              callId: 't',
              content: [{ type: 'image' as const, source: base64('image/png') }],
            },
          ],
        },
      ],
    };
    expect(problems(request)).toEqual([]);
    expect(problems(request, models.mistral)).toEqual([['messages[0].content[0].image_url', false]]);
  });
});

describe('DocumentNames', () => {
  it('keeps to the alphabet and never gives a name twice', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string({ maxLength: 250 }), { nil: undefined })), (wanted) => {
        const names = new DocumentNames();
        const taken = wanted.map((name) => names.take(name));
        expect(new Set(taken).size).toBe(taken.length);
        for (const name of taken) expect(name).toMatch(/^(?!.* {2})[a-zA-Z0-9 ()[\]-]{1,200}$/);
      }),
    );
  });

  it('numbers thousands of documents of one name, one after the other', () => {
    const names = new DocumentNames();
    const taken = Array.from({ length: 50_000 }, () => names.take('scan.pdf'));
    expect(taken.at(-1)).toBe('scan-pdf (50000)');
  });

  it('is the same every time', () => {
    const names = new DocumentNames();
    expect([names.take('a/b.pdf'), names.take('a/b.pdf'), names.take(undefined)]).toEqual([
      'a-b-pdf',
      'a-b-pdf (2)',
      'Document 3',
    ]);
  });
});

describe('toolUseId', () => {
  it('keeps what fits and hashes the rest', () => {
    expect(toolUseId('tooluse_fiDf7dcHRcLMA5qJHOZR2U')).toBe('tooluse_fiDf7dcHRcLMA5qJHOZR2U');
    fc.assert(
      fc.property(fc.string(), (id) => {
        expect(toolUseId(id)).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(toolUseId(id)).toBe(toolUseId(id));
      }),
    );
    expect(toolUseId('a b')).not.toBe(toolUseId('a c'));
  });
});
