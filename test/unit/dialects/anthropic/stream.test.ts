import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { anthropicTranslator as anthropic } from '../../../../lib/dialects/anthropic/index.ts';
import type { ChatEvent } from '../../../../lib/domain/chat.ts';
import { claude } from './ask.ts';

const origin = { provider: 'anthropic', model: 'claude-opus-5' };
const bytes = (text: string) => new TextEncoder().encode(text);
const sse = (...events: object[]) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
const read = (text: string): ChatEvent[] => {
  const parser = anthropic.openStream(claude('claude-opus-5'));
  return [...parser.push(bytes(text)), ...parser.end()];
};
const start = (index: number, block: object) => ({
  type: 'content_block_start',
  index,
  content_block: block,
});
const delta = (index: number, type: string, fields: object) => ({
  type: 'content_block_delta',
  index,
  delta: { type, ...fields },
});
const stop = (index: number) => ({ type: 'content_block_stop', index });

describe('openStream', () => {
  it('reads a whole answer event by event', () => {
    const events = read(
      sse(
        {
          type: 'message_start',
          message: {
            id: 'msg_01',
            model: 'claude-opus-5-20260901',
            usage: { input_tokens: 9, output_tokens: 1 },
          },
        },
        start(0, { type: 'thinking', thinking: '', signature: '' }),
        { type: 'ping' },
        delta(0, 'thinking_delta', { thinking: 'Hm.' }),
        delta(0, 'signature_delta', { signature: 'c2ln' }),
        stop(0),
        start(1, { type: 'redacted_thinking', data: 'ZW5j' }),
        stop(1),
        start(2, { type: 'text', text: '' }),
        delta(2, 'text_delta', { text: 'Sun' }),
        delta(2, 'citations_delta', { citation: { url: 'https://example.com' } }),
        delta(2, 'text_delta', { text: 'ny' }),
        stop(2),
        start(3, { type: 'tool_use', id: 'toolu_01', name: 'get_weather', input: {} }),
        delta(3, 'input_json_delta', { partial_json: '' }),
        delta(3, 'input_json_delta', { partial_json: '{"a":' }),
        delta(3, 'input_json_delta', { partial_json: '1}' }),
        stop(3),
        start(4, { type: 'tool_use', id: 'toolu_02', name: 'get_time', input: {} }),
        stop(4),
        {
          type: 'message_delta',
          delta: { stop_reason: 'tool_use', stop_sequence: null },
          usage: { output_tokens: 20, output_tokens_details: { thinking_tokens: 3 } },
        },
        { type: 'message_stop' },
      ),
    );
    expect(events).toEqual([
      { type: 'start', id: 'msg_01', model: 'claude-opus-5-20260901' },
      { type: 'usage', usage: { inputTokens: 9, outputTokens: 1 } },
      { type: 'reasoning', index: 0, text: 'Hm.', origin },
      { type: 'reasoning_proof', index: 0, origin, signature: 'c2ln' },
      { type: 'reasoning_proof', index: 1, origin, encrypted: 'ZW5j' },
      { type: 'text', text: 'Sun' },
      { type: 'text', text: 'ny' },
      {
        type: 'citation',
        block: { type: 'citation', url: 'https://example.com', startIndex: 0, endIndex: 5 },
      },
      { type: 'tool_call', toolIndex: 0, id: 'toolu_01', name: 'get_weather' },
      { type: 'tool_arguments', toolIndex: 0, argumentsJson: '{"a":' },
      { type: 'tool_arguments', toolIndex: 0, argumentsJson: '1}' },
      { type: 'tool_call', toolIndex: 1, id: 'toolu_02', name: 'get_time' },
      { type: 'tool_arguments', toolIndex: 1, argumentsJson: '{}' },
      { type: 'finish', finish: 'tool_calls', nativeFinish: 'tool_use' },
      { type: 'usage', usage: { inputTokens: 9, outputTokens: 20, reasoningTokens: 3 } },
      { type: 'end' },
    ]);
  });

  it('hands blocks of server tools out whole', () => {
    const result = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_01', content: [] };
    const compaction = { type: 'compaction', content: null };
    expect(
      read(
        sse(
          start(0, { type: 'server_tool_use', id: 'srvtoolu_01', name: 'web_search', input: {} }),
          delta(0, 'input_json_delta', { partial_json: '{"query":' }),
          delta(0, 'input_json_delta', { partial_json: '"sun"}' }),
          stop(0),
          start(1, result),
          stop(1),
          start(2, compaction),
          delta(2, 'compaction_delta', { content: 'In short' }),
          stop(2),
        ),
      ),
    ).toEqual(
      [
        { type: 'server_tool_use', id: 'srvtoolu_01', name: 'web_search', input: { query: 'sun' } },
        result,
        { type: 'compaction', content: 'In short' },
      ].map((value) => ({ type: 'opaque', block: { type: 'opaque', origin, value } })),
    );
  });

  it.each([
    ['overloaded_error', 529],
    ['rate_limit_error', 429],
    ['api_error', 500],
    ['invalid_request_error', 400],
    ['timeout_error', 504],
    ['made_up_error', 500],
  ])('an error event of type %s has status %i, and nothing after it counts', (type, status) => {
    const fault = { type: 'error', error: { type, message: 'Why' } };
    expect(read(sse(fault, { type: 'message_stop' }, fault))).toEqual([
      { type: 'fault', fault: { status, type, message: 'Why' } },
    ]);
  });

  it('says why the provider refused, before it ends', () => {
    const details = { type: 'refusal', explanation: 'Cyber harm.' };
    expect(
      read(sse({ type: 'message_delta', delta: { stop_reason: 'refusal', stop_details: details } })),
    ).toEqual([
      { type: 'refusal', text: 'Cyber harm.' },
      { type: 'finish', finish: 'content_filter', nativeFinish: 'refusal' },
    ]);
  });

  it('skips what is malformed and reads on', () => {
    expect(
      read(
        'data: {"type":\n\ndata: 7\n\ndata: [DONE]\n\n' +
          sse(
            delta(5, 'text_delta', { text: 'lost' }),
            { type: 'content_block_start', index: 0 },
            start(0, { type: 'text', text: 'Hi' }),
            delta(0, 'text_delta', { text: 3 }),
            delta(0, 'new_delta', {}),
            { type: 'message_delta' },
          ) +
          'data: {"type":"message_stop"}',
      ),
    ).toEqual([{ type: 'text', text: 'Hi' }, { type: 'end' }]);
  });

  it('takes any bytes, and JSON of any shape', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (chunk) => {
        const parser = anthropic.openStream(claude('claude-opus-5'));
        parser.push(chunk);
        parser.end();
      }),
    );
    const types = [
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'error',
    ];
    const event = fc.record({
      type: fc.constantFrom(...types),
      index: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.jsonValue()),
      message: fc.jsonValue(),
      content_block: fc.oneof(
        fc.record({
          type: fc.constantFrom('text', 'thinking', 'tool_use', 'redacted_thinking'),
          input: fc.jsonValue(),
        }),
        fc.jsonValue(),
      ),
      delta: fc.jsonValue(),
      usage: fc.jsonValue(),
      error: fc.jsonValue(),
    });
    fc.assert(fc.property(fc.array(event), (events) => void read(sse(...events))));
  });
});
