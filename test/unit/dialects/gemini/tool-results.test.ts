import { describe, expect, it } from 'vitest';
import { writeToolResult } from '../../../../lib/dialects/gemini/tool-results.ts';
import type { ContentBlock, ToolResultBlock } from '../../../../lib/domain/chat.ts';

const result = (content: readonly ContentBlock[], isError = false): ToolResultBlock => ({
  type: 'tool_result',
  callId: 'c1',
  content,
  isError,
});
const text = (value: string): ContentBlock => ({ type: 'text', text: value });
const image: ContentBlock = {
  type: 'image',
  source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' },
};
const sound: ContentBlock = {
  type: 'audio',
  source: { kind: 'base64', mediaType: 'audio/wav', data: 'AA==' },
};

const response = (value: string, isError = false): unknown =>
  writeToolResult(result([text(value)], isError), 'get', 'gemini-2.5-pro').part;

describe('function responses', () => {
  it.each([
    ['sunny', { output: 'sunny' }],
    ['{"sky":"blue"}', { sky: 'blue' }],
    ['[1,2]', { output: [1, 2] }],
    ['42', { output: '42' }],
    ['', {}],
    ['{"error":"none"}', { output: { error: 'none' } }],
    ['{"id":12345678901234567890}', { output: '{"id":12345678901234567890}' }],
  ])('writes %s', (value, written) => {
    expect(response(value)).toEqual({ functionResponse: { id: 'c1', name: 'get', response: written } });
  });

  it('writes errors under the key the API gives them', () => {
    expect(response('{"code":7}', true)).toEqual({
      functionResponse: { id: 'c1', name: 'get', response: { error: '{"code":7}' } },
    });
  });

  it('holds images inside for Gemini 3, other media after it', () => {
    expect(writeToolResult(result([text('two'), image, sound]), 'get', 'gemini-3-flash-preview')).toEqual({
      part: {
        functionResponse: {
          id: 'c1',
          name: 'get',
          response: { output: 'two' },
          parts: [{ inlineData: { mimeType: 'image/png', data: 'AA==' } }],
        },
      },
      after: [{ text: 'Content returned by get:' }, { inlineData: { mimeType: 'audio/wav', data: 'AA==' } }],
    });
  });

  it('puts all media after it for Gemini 2.5', () => {
    const written = writeToolResult(result([image]), 'get', 'gemini-2.5-pro');
    expect(written.part).toEqual({ functionResponse: { id: 'c1', name: 'get', response: {} } });
    expect(written.after).toHaveLength(2);
  });
});
