import { describe, expect, it } from 'vitest';
import { anthropicTranslator as anthropic } from '../../../../lib/dialects/anthropic/index.ts';
import { claude } from './ask.ts';

const origin = { provider: 'anthropic', model: 'claude-opus-5' };
const read = (body: object | string) =>
  anthropic.readReply(
    new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    claude('claude-opus-5'),
  );
const message = (content: readonly object[], stopReason = 'end_turn') => ({
  id: 'msg_01',
  type: 'message',
  model: 'claude-opus-5-20260901',
  content,
  stop_reason: stopReason,
  usage: { input_tokens: 1, output_tokens: 2, service_tier: 'priority' },
});

describe('readReply', () => {
  it('reads every block in order', () => {
    expect(
      read(
        message([
          { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'ZW5j' },
          { type: 'text', text: 'It is ' },
          {
            type: 'text',
            text: 'sunny',
            citations: [
              {
                type: 'web_search_result_location',
                url: 'https://example.com',
                title: 'Weather',
                cited_text: 'Sun.',
              },
              { type: 'char_location', document_title: 'Report', cited_text: 'Sun!', document_index: 0 },
            ],
          },
          { type: 'server_tool_use', id: 'srvtoolu_01', name: 'web_search', input: {} },
          { type: 'tool_use', id: 'toolu_01', name: 'get_time', input: { zone: 'CET' } },
        ]),
      ),
    ).toEqual({
      id: 'msg_01',
      model: 'claude-opus-5-20260901',
      blocks: [
        { type: 'reasoning', text: 'Hm.', signature: 'c2ln', origin },
        { type: 'reasoning', text: '', encrypted: 'ZW5j', origin },
        { type: 'text', text: 'It is ' },
        { type: 'text', text: 'sunny' },
        {
          type: 'citation',
          url: 'https://example.com',
          title: 'Weather',
          citedText: 'Sun.',
          startIndex: 6,
          endIndex: 11,
        },
        { type: 'citation', title: 'Report', citedText: 'Sun!', startIndex: 6, endIndex: 11 },
        {
          type: 'opaque',
          origin,
          value: { type: 'server_tool_use', id: 'srvtoolu_01', name: 'web_search', input: {} },
        },
        { type: 'tool_call', id: 'toolu_01', name: 'get_time', argumentsJson: '{"zone":"CET"}' },
      ],
      finish: 'stop',
      nativeFinish: 'end_turn',
      usage: { inputTokens: 1, outputTokens: 2, serviceTier: 'priority' },
      serviceTier: 'priority',
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['pause_turn', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
    ['something_new', 'stop'],
    ['constructor', 'stop'],
  ])('%s means %s', (stopReason, finish) => {
    expect(read(message([], stopReason))).toMatchObject({ finish, nativeFinish: stopReason });
  });

  it('says why the provider refused', () => {
    const refused = {
      ...message([], 'refusal'),
      stop_details: { type: 'refusal', explanation: 'Cyber harm.' },
    };
    expect(read(refused)).toMatchObject({
      blocks: [{ type: 'refusal', text: 'Cyber harm.' }],
      finish: 'content_filter',
    });
  });

  it('keeps long numbers in arguments', () => {
    const body = '{"content":[{"type":"tool_use","id":"a","name":"f","input":{"id":12345678901234567890}}]}';
    expect(read(body)).toMatchObject({ blocks: [{ argumentsJson: '{"id":12345678901234567890}' }] });
  });

  it('tells a fault from an answer', () => {
    expect(read({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })).toEqual({
      status: 529,
      type: 'overloaded_error',
      message: 'Overloaded',
    });
    for (const body of ['<html></html>', '', '[]', '{"content":"text"}']) {
      expect(read(body)).toMatchObject({ status: 502, type: 'malformed_response' });
    }
  });

  it('skips blocks that are none', () => {
    expect(read('{"content":[null,1,{"type":"tool_use"},{"type":"text"}]}')).toMatchObject({ blocks: [] });
  });
});
