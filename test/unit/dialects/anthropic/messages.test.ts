import { describe, expect, it } from 'vitest';
import type { Block, Message } from '../../../../lib/domain/chat.ts';
import { anthropicTranslator as anthropic } from '../../../../lib/dialects/anthropic/index.ts';
import { ask, assistant, bodyOf, claude, system, user } from './ask.ts';

const text = (value: string) => ({ type: 'text', text: value });
const origin = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
const written = (messages: readonly Message[], model?: string) => {
  const body = bodyOf({ messages }, model);
  return { system: body['system'], messages: body['messages'] };
};
const call = (id: string, argumentsJson = '{}'): Block => ({
  type: 'tool_call',
  id,
  name: 'get_weather',
  argumentsJson,
});
const result = (callId: string, value: string): Message => ({
  role: 'tool',
  blocks: [{ type: 'tool_result', callId, content: [{ type: 'text', text: value }] }],
});

describe('writeConversation', () => {
  it('puts system and developer prompts on top, wherever they stood', () => {
    expect(
      written([
        system('One.'),
        { role: 'developer', blocks: [{ type: 'text', text: 'Two.' }] },
        user('Hi'),
        system('Three.'),
      ]),
    ).toEqual({
      system: [text('One.'), text('Two.'), text('Three.')],
      messages: [{ role: 'user', content: [text('Hi')] }],
    });
  });

  it('joins neighbours of hundreds of thousands of parts', () => {
    const many = Array.from({ length: 200_000 }, () => ({ type: 'text', text: 'a' }) as const);
    const { messages } = written([user('Hi'), { role: 'user', blocks: many }]);
    expect(messages).toMatchObject([{ content: { length: 200_001 } }]);
  });

  it('leaves a later system prompt in its legal place where the model takes that', () => {
    const messages = [
      user('Hi'),
      system('Be brief.'),
      system('Be kind.'),
      assistant('Hello.'),
      system('Lost.'),
      user('Bye'),
    ];
    expect(written(messages, 'claude-opus-4-8')).toEqual({
      system: [text('Lost.')],
      messages: [
        { role: 'user', content: [text('Hi')] },
        { role: 'system', content: [text('Be brief.'), text('Be kind.')] },
        { role: 'assistant', content: [text('Hello.')] },
        { role: 'user', content: [text('Bye')] },
      ],
    });
    expect(written([user('Hi'), system('Now?'), user('there')], 'claude-opus-4-8')).toEqual({
      system: [text('Now?')],
      messages: [{ role: 'user', content: [text('Hi'), text('there')] }],
    });
  });

  it('joins neighbours of one role and drops blank text', () => {
    expect(written([user('Hi'), user(' \n'), assistant(''), user('there')]).messages).toEqual([
      { role: 'user', content: [text('Hi'), text('there')] },
    ]);
  });

  it('answers parallel calls first thing in one turn', () => {
    const messages: Message[] = [
      user('Weather?'),
      { role: 'assistant', blocks: [call('call_1', '{"city":"Paris"}'), call('call_2', '')] },
      result('call_1', 'Sun'),
      user('Hurry.'),
      result('call_2', ''),
    ];
    expect(written(messages).messages).toEqual([
      { role: 'user', content: [text('Weather?')] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Paris' } },
          { type: 'tool_use', id: 'call_2', name: 'get_weather', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_1', content: [text('Sun')] },
          { type: 'tool_result', tool_use_id: 'call_2' },
          text('Hurry.'),
        ],
      },
    ]);
  });

  it('gives a foreign id the same new form in call and result', () => {
    const id = 'call:1/ä';
    const { messages } = written([{ role: 'assistant', blocks: [call(id)] }, result(id, 'Sun')]);
    const ids = JSON.stringify(messages).match(/toolu_[0-9a-f]{32}/g);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('keeps long numbers in arguments, and wraps arguments that are no object', () => {
    const body = (argumentsJson: string) => {
      const messages: Message[] = [
        { role: 'assistant', blocks: [call('a', argumentsJson)] },
        result('a', 'ok'),
      ];
      return String(anthropic.writeRequest(ask({ messages }), claude('claude-sonnet-4-5')).body);
    };
    expect(body('{"id":12345678901234567890}')).toContain('"input":{"id":12345678901234567890}');
    expect(body('{"city":')).toContain('{"INVALID_JSON":"{\\"city\\":"}');
    expect(body('[1]')).toContain('{"INVALID_JSON":"[1]"}');
  });

  it('carries media in results, behind them where the result is an error', () => {
    const image: Block = { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } };
    const wire = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } };
    const content = (isError: boolean) => {
      const { messages } = written([
        {
          role: 'tool',
          blocks: [
            { type: 'tool_result', callId: 'a', content: [image, { type: 'text', text: 'x' }], isError },
          ],
        },
      ]);
      return messages;
    };
    expect(content(false)).toEqual([
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [wire, text('x')] }] },
    ]);
    expect(content(true)).toEqual([
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'a', content: [text('x')], is_error: true }, wire],
      },
    ]);
  });

  it('gives reasoning and opaque blocks back to the model that made them, and to no other', () => {
    const blocks: Block[] = [
      { type: 'reasoning', text: 'Hm.', signature: 'c2ln', origin },
      { type: 'reasoning', text: '', encrypted: 'ZW5j', origin },
      { type: 'reasoning', text: 'unsigned', origin },
      { type: 'opaque', value: { type: 'server_tool_use', id: 's' }, origin },
      { type: 'citation', url: 'https://example.com' },
      { type: 'refusal', text: 'No.' },
    ];
    expect(written([user('Hi'), { role: 'assistant', blocks }, user('Why?')]).messages).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'ZW5j' },
          { type: 'server_tool_use', id: 's' },
          text('No.'),
        ],
      },
      {},
    ]);
    expect(
      written([user('Hi'), { role: 'assistant', blocks }, user('Why?')], 'claude-opus-4-5').messages,
    ).toMatchObject([{}, { content: [text('No.')] }, {}]);
  });

  it('ends no assistant turn with thoughts, and no prefill with white space', () => {
    const thought: Block = { type: 'reasoning', text: 'Hm.', signature: 'c2ln', origin };
    expect(written([user('Hi'), { role: 'assistant', blocks: [thought] }, user('Go on')]).messages).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'user', content: [text('Go on')] },
    ]);
    expect(written([user('Hi'), assistant('The answer is ')]).messages).toMatchObject([
      {},
      { content: [text('The answer is')] },
    ]);
  });
});
