import { describe, expect, it } from 'vitest';
import { completionJson } from '../../../../lib/dialects/openai/reply-writer.ts';
import { ChunkWriter } from '../../../../lib/dialects/openai/chunk-writer.ts';
import { neutralMessages } from '../../../../lib/dialects/openai/neutral/messages.ts';
import type { Block, ChatEvent, Signature } from '../../../../lib/domain/chat.ts';
import { asArray, asObject, type JsonObject } from '../../../../lib/domain/json.ts';
import { readChunks } from '../../../contract/openai-answer.ts';

const claude = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
const gemini = { provider: 'gemini', model: 'gemini-3-pro' };
const context = { requestId: 'r', createdS: 1, model: 'm', wantsStreamUsage: false };

/** The message a client keeps of a whole answer. */
function messageOf(blocks: readonly Block[]): JsonObject {
  const reply = { model: 'm', blocks, finish: 'stop' } as const;
  return asObject(asObject(asArray(completionJson(reply, context)['choices'])[0])['message']);
}
/** The message a client keeps of a stream whose pieces it merely appends. */
function streamedMessage(events: readonly ChatEvent[]): JsonObject {
  const writer = new ChunkWriter(context);
  const text = events.map((event) => writer.write([event])).join('');
  return readChunks(text + writer.write([{ type: 'finish', finish: 'stop' }]) + writer.finish()).message;
}
const readBack = (message: JsonObject): readonly Block[] => neutralMessages([message])[0]?.blocks ?? [];

const thinking = (text: string, signature: string): Block => ({
  type: 'reasoning',
  text,
  signature,
  origin: claude,
});
const call = (id: string, signature?: Signature): Block => ({
  type: 'tool_call',
  id,
  name: 'f',
  argumentsJson: '{}',
  ...(signature === undefined ? {} : { signature }),
});

describe('what a client gives back is what the provider said', () => {
  it.each<[string, readonly Block[]]>([
    ['reasoning, then text', [thinking('Hm.', 'c2ln'), { type: 'text', text: '42' }]],
    [
      'reasoning between text and calls',
      [
        thinking('One.', 'MQ=='),
        { type: 'text', text: 'I shall look.' },
        thinking('Two.', 'Mg=='),
        call('a'),
        call('b'),
      ],
    ],
    [
      'redacted reasoning',
      [
        { type: 'reasoning', text: '', encrypted: 'ENC', origin: claude },
        { type: 'text', text: 'x' },
      ],
    ],
    [
      'an opaque block in its place',
      [
        { type: 'text', text: 'Searching. ' },
        { type: 'opaque', origin: claude, value: { type: 'server_tool_use', id: 's1' } },
        { type: 'text', text: 'Found.' },
      ],
    ],
    [
      'signed text and signed calls',
      [
        { type: 'text', text: 'One ', signature: { value: 'c2lnMQ==', origin: gemini } },
        { type: 'text', text: 'two', signature: { value: 'c2lnMg==', origin: gemini } },
        call('a', { value: 'c2lnMw==', origin: gemini }),
      ],
    ],
  ])('%s', (_name, blocks) => {
    expect(readBack(messageOf(blocks))).toEqual(blocks);
  });

  it('streamed, though the client only appended the pieces', () => {
    const message = streamedMessage([
      { type: 'reasoning', index: 0, text: 'Let ', origin: claude },
      { type: 'reasoning', index: 0, text: 'me see.', origin: claude },
      { type: 'reasoning_proof', index: 0, origin: claude, signature: 'c2ln' },
      { type: 'text', text: 'Look' },
      { type: 'text', text: 'ing.' },
      { type: 'reasoning_proof', index: 1, origin: claude, encrypted: 'ENC' },
      { type: 'tool_call', toolIndex: 0, id: 'a', name: 'f' },
      { type: 'tool_arguments', toolIndex: 0, argumentsJson: '{}' },
    ]);
    expect(readBack(message)).toEqual([
      thinking('Let me see.', 'c2ln'),
      { type: 'text', text: 'Looking.' },
      { type: 'reasoning', text: '', encrypted: 'ENC', origin: claude },
      call('a'),
    ]);
  });

  it('from the tool call ids alone, where the client keeps nothing else', () => {
    const { reasoning_details: _dropped, ...withText } = messageOf([
      thinking('Hm.', 'c2ln'),
      { type: 'text', text: 'Looking.' },
      call('a'),
      thinking('And.', 'c2lo'),
      call('b', { value: 'c2lp', origin: claude }),
    ]);
    const { reasoning_content: _text, ...bare } = withText;
    const restored = [
      { type: 'text', text: 'Looking.' },
      thinking('Hm.', 'c2ln'),
      call('a'),
      thinking('And.', 'c2lo'),
      call('b', { value: 'c2lp', origin: claude }),
    ];
    expect(readBack(bare)).toEqual(restored);
    expect(readBack(withText)).toEqual(restored);
  });

  it('puts the reasoning first where the client has taken the text apart', () => {
    const message = {
      ...messageOf([{ type: 'text', text: 'a' }, thinking('Hm.', 'c2ln')]),
      content: null,
      refusal: 'No.',
    };
    expect(readBack(message)).toEqual([thinking('Hm.', 'c2ln'), { type: 'refusal', text: 'No.' }]);
  });

  it('drops a signature of text that is no longer there', () => {
    const signed: Block = { type: 'text', text: 'One two', signature: { value: 'cw==', origin: gemini } };
    expect(readBack({ ...messageOf([signed]), content: 'One' })).toEqual([{ type: 'text', text: 'One' }]);
  });

  it('belongs to nobody where another host wrote it', () => {
    const nobody = { provider: '', model: '' };
    expect(readBack({ role: 'assistant', content: 'x', reasoning_content: 'Hm.' })).toEqual([
      { type: 'reasoning', text: 'Hm.', origin: nobody },
      { type: 'text', text: 'x' },
    ]);
    const details = [
      { type: 'reasoning.text', text: 'Hm.', signature: 's', format: 'anthropic-claude-v1', index: 0 },
    ];
    expect(
      readBack({ role: 'assistant', content: 'x', reasoning: 'Hm.', reasoning_details: details }),
    ).toEqual([
      { type: 'reasoning', text: 'Hm.', signature: 's', origin: nobody },
      { type: 'text', text: 'x' },
    ]);
  });
});
