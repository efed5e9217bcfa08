import { describe, expect, it } from 'vitest';
import type { Block, CacheMarkerBlock, Message } from '../../../../lib/domain/chat.ts';
import { bodyOf } from './ask.ts';

const marker: CacheMarkerBlock = { type: 'cache_marker' };
const hour: CacheMarkerBlock = { type: 'cache_marker', ttl: '1h' };
const say = (role: Message['role'], ...blocks: Block[]): Message => ({ role, blocks });
const text = (value: string): Block => ({ type: 'text', text: value });
const ephemeral = { type: 'ephemeral' };

describe('cache markers', () => {
  it('stand on tools, system prompts and messages', () => {
    const body = bodyOf({
      tools: [{ name: 'get_time', cacheMarker: hour }],
      messages: [say('system', text('Be brief.'), hour), say('user', text('Hi'), marker, text('there'))],
    });
    expect(body['tools']).toMatchObject([{ cache_control: { type: 'ephemeral', ttl: '1h' } }]);
    expect(body['system']).toMatchObject([{ cache_control: { type: 'ephemeral', ttl: '1h' } }]);
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hi', cache_control: ephemeral },
          { type: 'text', text: 'there' },
        ],
      },
    ]);
  });

  it('are placed in one go, however many thoughts lie before them', () => {
    const origin = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
    const thought: Block = { type: 'reasoning', text: 'Hm.', signature: 'c2ln', origin };
    const thoughts = Array.from({ length: 60_000 }, () => thought);
    const markers = Array.from({ length: 60_000 }, () => marker);
    const body = bodyOf({
      messages: [
        say('user', text('Hi')),
        say('assistant', ...thoughts),
        say('assistant', ...markers, text('So')),
      ],
    });
    expect(body['messages']).toMatchObject([{ content: [{ text: 'Hi', cache_control: ephemeral }] }, {}]);
  });

  it('fall back to the block before, over message boundaries and past thoughts', () => {
    const origin = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
    const body = bodyOf({
      messages: [
        say('system', text('Be brief.')),
        say('user', marker, text('Hi')),
        say(
          'assistant',
          text('Well.'),
          { type: 'reasoning', text: 'Hm.', signature: 'c2ln', origin },
          marker,
          text('Yes?'),
        ),
        say('user', text(''), marker, text('Bye')),
      ],
    });
    expect(body['system']).toEqual([{ type: 'text', text: 'Be brief.', cache_control: ephemeral }]);
    expect(body['messages']).toMatchObject([
      {},
      {
        content: [
          { text: 'Well.', cache_control: ephemeral },
          {},
          { text: 'Yes?', cache_control: ephemeral },
        ],
      },
      { content: [{ text: 'Bye' }] },
    ]);
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(3);
  });

  it('inside a tool result stand on the result', () => {
    const body = bodyOf({
      messages: [
        say('tool', { type: 'tool_result', callId: 'a', content: [{ type: 'text', text: 'Sun' }, marker] }),
      ],
    });
    expect(body['messages']).toMatchObject([
      { content: [{ type: 'tool_result', cache_control: ephemeral }] },
    ]);
  });

  it('are four at most, the last ones', () => {
    const messages = ['a', 'b', 'c', 'd', 'e'].map((value) => say('user', text(value), marker));
    const marked = (others: object) =>
      JSON.stringify(bodyOf({ messages, others: { ...others } })['messages'])
        .match(/"\w","cache_control/g)
        ?.map((hit) => hit[1]);
    expect(marked({})).toEqual(['b', 'c', 'd', 'e']);
    expect(marked({ cache_control: ephemeral })).toEqual(['c', 'd', 'e']);
  });
});
