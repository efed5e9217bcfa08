import { describe, expect, it } from 'vitest';
import { writeContents } from '../../../../lib/dialects/gemini/contents.ts';
import type { Message } from '../../../../lib/domain/chat.ts';
import { testTarget } from '../../../support/target.ts';

const target = testTarget('gemini', 'gemini-3-pro-preview');
const here = { provider: 'gemini', model: 'gemini-3-pro-preview' };
const elsewhere = { provider: 'anthropic', model: 'claude-sonnet-4-5' };

/** As the API sees it: without the fields that are undefined. */
const write = (messages: readonly Message[], to = target): unknown =>
  JSON.parse(JSON.stringify(writeContents(messages, to)));

const say = (role: Message['role'], text: string): Message => ({ role, blocks: [{ type: 'text', text }] });
const call = (id: string, name: string): Message['blocks'][number] => ({
  type: 'tool_call',
  id,
  name,
  argumentsJson: '{}',
});
const result = (callId: string, text: string): Message['blocks'][number] => ({
  type: 'tool_result',
  callId,
  content: [{ type: 'text', text }],
});

describe('contents', () => {
  it('collects instructions from any position and merges neighbours of one role', () => {
    expect(
      write([
        say('system', 'Be kind.'),
        say('user', 'Hi'),
        say('developer', 'Be brief.'),
        say('user', 'there'),
        say('assistant', 'Yes?'),
      ]),
    ).toEqual({
      systemInstruction: { parts: [{ text: 'Be kind.' }, { text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }, { text: 'there' }] },
        { role: 'model', parts: [{ text: 'Yes?' }] },
      ],
    });
  });

  it('asks with the instruction where there is nothing else', () => {
    expect(write([say('system', 'Tell a joke.')])).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'Tell a joke.' }] }],
    });
  });

  it('leaves out empty texts, caching markers and citations', () => {
    expect(
      write([
        { role: 'user', blocks: [{ type: 'text', text: 'Hi' }, { type: 'cache_marker' }] },
        { role: 'assistant', blocks: [{ type: 'text', text: '' }] },
        { role: 'user', blocks: [{ type: 'citation', url: 'https://x.example' }] },
      ]),
    ).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] });
  });

  it('keeps responses of parallel calls together, names them, and puts what follows apart', () => {
    expect(
      write(
        [
          { role: 'assistant', blocks: [call('a', 'get_weather'), call('b', 'get_photo')] },
          { role: 'tool', blocks: [{ type: 'tool_result', callId: 'b', content: [photo] }] },
          { role: 'tool', blocks: [result('a', 'sunny')] },
          say('user', 'Well?'),
        ],
        testTarget('gemini', 'gemini-2.5-pro'),
      ),
    ).toEqual({
      contents: [
        {
          role: 'model',
          parts: [
            { functionCall: { id: 'a', name: 'get_weather', args: {} } },
            { functionCall: { id: 'b', name: 'get_photo', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { id: 'b', name: 'get_photo', response: {} } },
            { functionResponse: { id: 'a', name: 'get_weather', response: { output: 'sunny' } } },
          ],
        },
        {
          role: 'user',
          parts: [
            { text: 'Content returned by get_photo:' },
            { inlineData: { mimeType: 'image/png', data: 'AA==' } },
            { text: 'Well?' },
          ],
        },
      ],
    });
  });

  it('gives signatures, thoughts and opaque parts back to the model that made them only', () => {
    const from = (origin: typeof here): Message => ({
      role: 'assistant',
      blocks: [
        { type: 'reasoning', text: 'Hmm.', origin, signature: 'r' },
        { type: 'text', text: 'So', signature: { value: 't', origin } },
        { type: 'opaque', origin, value: { executableCode: { code: '1' } } },
        { type: 'opaque', origin, value: { file_data: { file_uri: 'gs://payroll/all.pdf' } } },
        { ...callWith('s', origin) },
      ],
    });
    expect(write([from(here)])).toEqual({
      contents: [
        {
          role: 'model',
          parts: [
            { text: 'Hmm.', thought: true, thoughtSignature: 'r' },
            { text: 'So', thoughtSignature: 't' },
            { executableCode: { code: '1' } },
            { functionCall: { id: 'a', name: 'get', args: {} }, thoughtSignature: 's' },
          ],
        },
      ],
    });
    expect(write([from(elsewhere)])).toEqual({
      contents: [
        {
          role: 'model',
          parts: [
            { text: 'So' },
            {
              functionCall: { id: 'a', name: 'get', args: {} },
              thoughtSignature: Buffer.from('skip_thought_signature_validator').toString('base64'),
            },
          ],
        },
      ],
    });
  });

  it('takes Vertex AI for another signer than the Gemini API', () => {
    const signed: Message = { role: 'assistant', blocks: [callWith('s', here)] };
    expect(JSON.stringify(write([signed], testTarget('vertex', 'gemini-3-pro-preview')))).not.toContain(
      '"s"',
    );
  });

  it('keeps a signature on an empty text', () => {
    const blocks = [{ type: 'text', text: '', signature: { value: 't', origin: here } }] as const;
    expect(write([{ role: 'assistant', blocks }])).toEqual({
      contents: [{ role: 'model', parts: [{ text: '', thoughtSignature: 't' }] }],
    });
  });

  it('signs the first of foreign parallel calls for Gemini 3, none for Gemini 2.5', () => {
    const messages: Message[] = [{ role: 'assistant', blocks: [call('a', 'x'), call('b', 'y')] }];
    const signatures = (model: string): number =>
      JSON.stringify(write(messages, testTarget('gemini', model))).split('thoughtSignature').length - 1;
    expect(signatures('gemini-3-flash-preview')).toBe(1);
    expect(signatures('gemini-2.5-flash')).toBe(0);
  });

  it.each([
    ['', {}],
    ['{"a":1}', { a: 1 }],
    ['{"a":', { arguments: '{"a":' }],
    ['[1]', { arguments: '[1]' }],
  ])('writes the arguments %s', (argumentsJson, args) => {
    const messages: Message[] = [
      { role: 'assistant', blocks: [{ type: 'tool_call', id: 'a', name: 'x', argumentsJson }] },
    ];
    expect(writeContents(messages, target).contents[0]).toMatchObject({
      parts: [{ functionCall: { args } }],
    });
  });
});

const photo = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' } } as const;
const callWith = (value: string, origin: typeof here) =>
  ({ type: 'tool_call', id: 'a', name: 'get', argumentsJson: '{}', signature: { value, origin } }) as const;
