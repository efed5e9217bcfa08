import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFault } from '../../../../lib/dialects/contract.ts';
import { readReply } from '../../../../lib/dialects/gemini/reply.ts';
import { testTarget } from '../../../support/target.ts';

const target = testTarget('gemini', 'gemini-2.5-flash');
const origin = { provider: 'gemini', model: 'gemini-2.5-flash' };
const read = (value: unknown): ReturnType<typeof readReply> =>
  readReply(Buffer.from(JSON.stringify(value)), target);
const answer = (parts: readonly unknown[], finishReason = 'STOP'): ReturnType<typeof readReply> =>
  read({ candidates: [{ content: { parts }, finishReason }], responseId: 'r1' });

describe('replies', () => {
  it('reads every kind of part in order', () => {
    const code = { executableCode: { code: '1+1' }, thoughtSignature: 'c' };
    const reply = answer([
      { text: 'Hmm.', thought: true },
      { text: 'Look:', thoughtSignature: 't' },
      { inlineData: { mimeType: 'image/png', data: 'AA==' } },
      { inlineData: { mimeType: 'audio/L16;codec=pcm;rate=24000', data: 'BB==' } },
      code,
      { functionCall: { name: 'get', args: { a: 1 } }, thoughtSignature: 's' },
      { functionCall: { id: 'own', name: 'now' } },
    ]);
    expect(reply).toEqual({
      id: 'r1',
      model: 'gemini-2.5-flash',
      finish: 'tool_calls',
      nativeFinish: 'STOP',
      blocks: [
        { type: 'reasoning', text: 'Hmm.', origin },
        { type: 'text', text: 'Look:', signature: { value: 't', origin } },
        { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' } },
        {
          type: 'audio',
          source: { kind: 'base64', mediaType: 'audio/L16;codec=pcm;rate=24000', data: 'BB==' },
        },
        { type: 'opaque', origin, value: code },
        {
          type: 'tool_call',
          id: 'call_r1_0',
          name: 'get',
          argumentsJson: '{"a":1}',
          signature: { value: 's', origin },
        },
        { type: 'tool_call', id: 'own', name: 'now', argumentsJson: '{}' },
      ],
    });
  });

  it.each([
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['MALFORMED_FUNCTION_CALL', 'stop'],
    ['A_NEW_REASON', 'stop'],
  ])('ends with %s as %s', (native, finish) => {
    expect(answer([{ text: 'Well' }], native)).toMatchObject({ finish, nativeFinish: native });
  });

  it('ends at the limit even inside a call', () => {
    expect(answer([{ functionCall: { name: 'get', args: {} } }], 'MAX_TOKENS')).toMatchObject({
      finish: 'length',
    });
  });

  it('ends with a call of a function nobody declared as with any call', () => {
    expect(answer([{ functionCall: { name: 'ls' } }], 'UNEXPECTED_TOOL_CALL')).toMatchObject({
      finish: 'tool_calls',
    });
  });

  it('shows no images of thoughts', () => {
    const draft = { inlineData: { mimeType: 'image/png', data: 'AA==' }, thought: true };
    expect(answer([draft])).toMatchObject({ blocks: [{ type: 'opaque', value: draft }] });
  });

  it('is a fault where the model failed before it said anything', () => {
    const finishMessage = 'Malformed function call: print(secret)';
    expect(read({ candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage }] })).toEqual({
      status: 502,
      type: 'MALFORMED_FUNCTION_CALL',
      message: 'Gemini ended the answer with MALFORMED_FUNCTION_CALL before it said anything',
    });
  });

  it('takes a signature alone for no content', () => {
    expect(answer([{ text: '', thoughtSignature: 's' }], 'MALFORMED_RESPONSE')).toMatchObject({
      status: 502,
    });
  });

  it('is an empty answer where the limit was reached while thinking', () => {
    expect(answer([], 'MAX_TOKENS')).toMatchObject({ blocks: [], finish: 'length' });
  });

  it('reads a blocked prompt with its usage', () => {
    expect(
      read({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 9 } }),
    ).toMatchObject({
      blocks: [],
      finish: 'content_filter',
      nativeFinish: 'PROHIBITED_CONTENT',
      usage: { inputTokens: 9, outputTokens: 0 },
    });
  });

  it.each([['{}'], ['[]'], ['<html></html>'], ['']])('is a fault for the body %s', (body) => {
    expect(readReply(Buffer.from(body), target)).toMatchObject({ status: 502 });
  });

  it('reads an error that wears a 200', () => {
    expect(read({ error: { code: 429, message: 'Slow down', status: 'RESOURCE_EXHAUSTED' } })).toEqual({
      status: 429,
      type: 'RESOURCE_EXHAUSTED',
      message: 'Slow down',
    });
  });

  it('counts searches as they are billed', () => {
    const candidate = {
      content: { parts: [{ text: 'x' }] },
      finishReason: 'STOP',
      groundingMetadata: { webSearchQueries: ['', 'a', 'b'] },
    };
    const body = Buffer.from(JSON.stringify({ candidates: [candidate], usageMetadata: {} }));
    const searches = (model: string): unknown => {
      const reply = readReply(body, testTarget('gemini', model));
      return isFault(reply) ? reply : reply.usage?.webSearches;
    };
    expect([searches('gemini-2.5-flash'), searches('gemini-3-flash-preview')]).toEqual([1, 2]);
  });

  it('reads any JSON', () => {
    const part = fc.oneof(
      fc.json(),
      fc.constantFrom('{"text":1}', '{"functionCall":{}}', '{"inlineData":[]}', 'null'),
    );
    fc.assert(
      fc.property(part, fc.json(), (parts, usage) => {
        const body = `{"candidates":[{"content":{"parts":[${parts}]},"finishReason":"STOP"}],"usageMetadata":${usage}}`;
        expect(() => readReply(Buffer.from(body), target)).not.toThrow();
      }),
    );
  });
});
