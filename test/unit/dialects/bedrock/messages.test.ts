import { describe, expect, it } from 'vitest';
import type { Block, Message } from '../../../../lib/domain/chat.ts';
import { bodyFor, models } from './ask.ts';

const text = (value: string): Block => ({ type: 'text', text: value });
const user = (...blocks: Block[]): Message => ({ role: 'user', blocks });
const assistant = (...blocks: Block[]): Message => ({ role: 'assistant', blocks });
const call = (id: string, argumentsJson = '{}'): Block => ({
  type: 'tool_call',
  id,
  name: 'f',
  argumentsJson,
});
const result = (callId: string, value: string, isError = false): Message => ({
  role: 'tool',
  blocks: [{ type: 'tool_result', callId, content: [{ type: 'text', text: value }], isError }],
});
const marker: Block = { type: 'cache_marker' };
const point = { cachePoint: { type: 'default' } };

const messages = (history: Message[], model: string = models.sonnet45) =>
  bodyFor({ messages: history }, model)['messages'];

describe('messages', () => {
  it('collects system and developer prompts from anywhere', () => {
    const body = bodyFor({
      messages: [
        { role: 'system', blocks: [text('Be brief.'), marker] },
        user(text('hi')),
        { role: 'developer', blocks: [text('Be kind.')] },
      ],
    });
    expect(body['system']).toEqual([{ text: 'Be brief.' }, point, { text: 'Be kind.' }]);
    expect(body['messages']).toEqual([{ role: 'user', content: [{ text: 'hi' }] }]);
  });

  it('joins messages of one role and leaves out empty ones', () => {
    expect(messages([user(text('a')), user(text('')), assistant(text('  ')), user(text('b'))])).toEqual([
      { role: 'user', content: [{ text: 'a' }, { text: 'b' }] },
    ]);
  });

  it('answers parallel calls in one message, under the same ids', () => {
    const foreign = 'call|with spaces';
    const wire = messages([
      user(text('go')),
      assistant(call('t1', '{"n":12345678901234567890}'), call(foreign, '')),
      result('t1', 'one'),
      result(foreign, 'failed', true),
    ]);
    const id = expect.stringMatching(/^call_[0-9a-f]{40}$/);
    expect(wire).toMatchObject([
      {},
      {
        role: 'assistant',
        content: [{ toolUse: { toolUseId: 't1', name: 'f' } }, { toolUse: { toolUseId: id, input: {} } }],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 't1', content: [{ text: 'one' }], status: 'success' } },
          { toolResult: { toolUseId: id, content: [{ text: 'failed' }], status: 'error' } },
        ],
      },
    ]);
  });

  it('keeps arguments that are no object, and gives an empty result words', () => {
    expect(messages([user(text('go')), assistant(call('t', '{"a":')), result('t', '')])).toMatchObject([
      {},
      { content: [{ toolUse: { input: { arguments: '{"a":' } } }] },
      { content: [{ toolResult: { content: [{ text: '(no output)' }] } }] },
    ]);
  });

  it('sets tool results apart where the model wants them alone', () => {
    const history = [user(text('go')), assistant(call('t')), result('t', 'ok'), user(text('thanks'))];
    expect(messages(history, models.llama)).toMatchObject([
      {},
      {},
      { role: 'user', content: [{ toolResult: {} }] },
      { role: 'assistant', content: [{ text: '.' }] },
      { role: 'user', content: [{ text: 'thanks' }] },
    ]);
    expect(messages(history, models.sonnet45)).toMatchObject([
      {},
      {},
      { role: 'user', content: [{ toolResult: {} }, { text: 'thanks' }] },
    ]);
  });

  it('puts tool results first in their message, with the cache points behind them', () => {
    const mixed: Message = user(text('see'), ...result('t', 'ok').blocks, marker);
    expect(messages([user(text('go')), assistant(call('t')), mixed])).toMatchObject([
      {},
      {},
      { content: [{ toolResult: {} }, point, { text: 'see' }] },
    ]);
  });

  it('joins neighbours and system prompts of hundreds of thousands of parts', () => {
    const many = Array.from({ length: 200_000 }, () => text('a'));
    const history: Message[] = [
      { role: 'system', blocks: many },
      user(text('go')),
      { role: 'user', blocks: many },
    ];
    expect(messages(history)).toMatchObject([{ content: { length: 200_001 } }]);
  });

  it('begins with a user message where the model insists', () => {
    const history = [assistant(text('Welcome!')), user(text('hi'))];
    expect(messages(history, models.novaLite)).toMatchObject([
      { role: 'user', content: [{ text: '.' }] },
      {},
      {},
    ]);
    expect(messages(history, models.sonnet45)).toMatchObject([{ role: 'assistant' }, {}]);
  });

  it('gives reasoning back to the model that made it, and to no other', () => {
    const made = { provider: 'bedrock', model: models.sonnet45 };
    const history = [
      user(text('go')),
      assistant(
        { type: 'reasoning', text: 'Hm', signature: 'c2ln', origin: made },
        { type: 'reasoning', text: '', encrypted: 'c2Vj', origin: made },
        { type: 'reasoning', text: 'unsigned', origin: made },
        {
          type: 'reasoning',
          text: 'Hm',
          signature: 'eA==',
          origin: { provider: 'anthropic', model: models.sonnet45 },
        },
        {
          type: 'opaque',
          origin: made,
          value: { toolUse: { toolUseId: 's', name: 'x', type: 'server_tool_use' } },
        },
        { type: 'opaque', origin: { provider: 'gemini', model: 'g' }, value: { a: 1 } },
        {
          type: 'opaque',
          origin: made,
          value: { document: { name: 'd', source: { s3Location: { uri: 's3://payroll/all.pdf' } } } },
        },
        text('Done'),
      ),
    ];
    expect(messages(history)).toMatchObject([
      {},
      {
        content: [
          { reasoningContent: { reasoningText: { text: 'Hm', signature: 'c2ln' } } },
          { reasoningContent: { redactedContent: 'c2Vj' } },
          { toolUse: { toolUseId: 's' } },
          { text: 'Done' },
        ],
      },
    ]);
    expect(messages(history, models.opus46)).toMatchObject([{}, { content: [{ text: 'Done' }] }]);
  });

  it('keeps four cache points, the newest, counting those of prompt and tools', () => {
    const body = bodyFor({
      messages: [
        { role: 'system', blocks: [text('s'), marker] },
        user(text('a'), marker),
        assistant(text('b'), marker),
        user(text('c'), marker, marker),
      ],
      tools: [{ name: 'f', cacheMarker: { type: 'cache_marker', ttl: '1h' } }],
    });
    expect(JSON.stringify(body).match(/cachePoint/g)).toHaveLength(4);
    expect(body['messages']).toMatchObject([
      { content: [{ text: 'a' }] },
      { content: [{ text: 'b' }, point] },
      { content: [{ text: 'c' }, point] },
    ]);
    expect(body['toolConfig']).toMatchObject({ tools: [{}, { cachePoint: { type: 'default', ttl: '1h' } }] });
  });

  it('sends no cache points to models without a cache, nor a message of nothing else', () => {
    expect(messages([user(text('a'), marker)], models.llama)).toEqual([
      { role: 'user', content: [{ text: 'a' }] },
    ]);
    expect(messages([user(text('a')), assistant(marker), user(marker, text('b'))])).toEqual([
      { role: 'user', content: [{ text: 'a' }, point, { text: 'b' }] },
    ]);
  });
});
