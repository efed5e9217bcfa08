import { describe, expect, it } from 'vitest';
import { openAiClient } from '../../../../lib/dialects/openai/client.ts';
import { openAiTranslation } from '../../../../lib/dialects/openai/translation.ts';
import type { ChatEvent, ChatReply } from '../../../../lib/domain/chat.ts';
import { GatewayError } from '../../../../lib/domain/failure.ts';
import { sseData } from '../../../contract/openai-answer.ts';

const context = { requestId: 'req-1', createdS: 1_750_000_000, model: 'claude', wantsStreamUsage: false };
const write = (reply: Partial<ChatReply>): unknown =>
  JSON.parse(
    openAiTranslation.writeReply({ model: 'claude-1', blocks: [], finish: 'stop', ...reply }, context),
  );

/** The chunks of a stream after the one that names the role. */
function chunks(events: readonly ChatEvent[], wantsStreamUsage = false): unknown[] {
  const writer = openAiTranslation.openWriter({ ...context, wantsStreamUsage });
  const out = writer.write(events) + writer.finish();
  expect(sseData(out).at(-1)).toBe('[DONE]');
  return sseData(out)
    .slice(0, -1)
    .map((data) => JSON.parse(data) as unknown);
}
const choice = (delta: object, finish: string | null = null) => [
  { index: 0, delta, logprobs: null, finish_reason: finish },
];
const deltas = (events: readonly ChatEvent[]): unknown[] =>
  chunks(events)
    .slice(1)
    .map((chunk) => (chunk as { choices: { delta: unknown }[] }).choices[0]?.delta);

describe('a whole answer', () => {
  it('is a chat completion', () => {
    expect(
      write({
        id: 'msg_1',
        blocks: [
          { type: 'text', text: 'Hel' },
          { type: 'text', text: 'lo' },
        ],
        usage: { inputTokens: 3, outputTokens: 2 },
        serviceTier: 'standard',
      }),
    ).toEqual({
      id: 'msg_1',
      object: 'chat.completion',
      created: 1_750_000_000,
      model: 'claude-1',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 5,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: {
          ...{ reasoning_tokens: 0, audio_tokens: 0 },
          ...{ accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
        },
      },
      service_tier: 'standard',
      system_fingerprint: null,
    });
  });

  it('has an id of the gateway where the provider gives none', () => {
    expect(write({})).toMatchObject({ id: 'chatcmpl-req-1', choices: [{ message: { content: null } }] });
  });

  it('may call tools, show pictures and sound, and cite', () => {
    expect(
      write({
        finish: 'tool_calls',
        blocks: [
          { type: 'text', text: 'See' },
          { type: 'citation', url: 'https://x.test', title: 'X' },
          { type: 'citation', title: 'a document', citedText: '…' },
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
          { type: 'audio', source: { kind: 'base64', mediaType: 'audio/wav', data: 'BBBB' } },
          { type: 'tool_call', id: 'a', name: 'f', argumentsJson: '' },
        ],
      }),
    ).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: 'See',
            tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
            annotations: [
              {
                type: 'url_citation',
                url_citation: { url: 'https://x.test', title: 'X', start_index: 3, end_index: 3 },
              },
            ],
            images: [{ type: 'image_url', index: 0, image_url: { url: 'data:image/png;base64,AAAA' } }],
            audio: { id: 'audio-req-1', data: 'BBBB' },
          },
        },
      ],
    });
  });

  it.each<[ChatReply['finish'], string]>([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['refusal', 'stop'],
  ])('that ended with %s says %s', (finish, reason) => {
    expect(write({ finish })).toMatchObject({ choices: [{ finish_reason: reason }] });
  });

  it('gives the text of a refusal, its own where the model gave none', () => {
    expect(write({ finish: 'refusal' })).toMatchObject({
      choices: [{ message: { content: null, refusal: 'The model refused to answer.' } }],
    });
    expect(write({ finish: 'refusal', blocks: [{ type: 'refusal', text: 'No.' }] })).toMatchObject({
      choices: [{ message: { refusal: 'No.' } }],
    });
  });
});

describe('a streamed answer', () => {
  const text: ChatEvent = { type: 'text', text: 'Hi' };

  it('begins with the role and ends with [DONE]', () => {
    const envelope = {
      ...{ id: 'msg_1', object: 'chat.completion.chunk', created: 1_750_000_000, model: 'claude-1' },
      system_fingerprint: null,
    };
    expect(
      chunks([{ type: 'start', id: 'msg_1', model: 'claude-1' }, text, { type: 'finish', finish: 'length' }]),
    ).toEqual([
      { ...envelope, choices: choice({ role: 'assistant', content: '' }) },
      { ...envelope, choices: choice({ content: 'Hi' }) },
      { ...envelope, choices: choice({}, 'length') },
    ]);
  });

  it('says nothing where there is nothing to say', () => {
    const writer = openAiTranslation.openWriter(context);
    const silent: ChatEvent[] = [
      { type: 'start', id: 'x' },
      { type: 'text', text: '' },
      { type: 'usage', usage: { inputTokens: 1, outputTokens: 0 } },
      { type: 'end' },
    ];
    expect(writer.write(silent)).toBe('');
  });

  it('numbers parallel tool calls, and closes those without arguments', () => {
    expect(
      deltas([
        { type: 'tool_call', toolIndex: 0, id: 'a', name: 'f' },
        { type: 'tool_arguments', toolIndex: 0, argumentsJson: '{"x":' },
        { type: 'tool_call', toolIndex: 1, id: 'b', name: 'g' },
        { type: 'tool_arguments', toolIndex: 0, argumentsJson: '1}' },
        { type: 'finish', finish: 'tool_calls' },
      ]),
    ).toEqual([
      { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"x":' } }] },
      { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      {},
    ]);
  });

  it('shows reasoning both ways', () => {
    const origin = { provider: 'anthropic', model: 'claude' };
    expect(
      deltas([
        { type: 'reasoning', index: 0, text: 'Hm', origin },
        { type: 'reasoning', index: 0, text: '.', origin },
        { type: 'reasoning_proof', index: 0, signature: 'c2ln', origin },
      ]),
    ).toEqual([
      {
        reasoning_content: 'Hm',
        reasoning_details: [
          {
            ...{ type: 'reasoning.text', text: 'Hm', format: 'anthropic-claude-v1', index: 0 },
            fairlead: { ...origin, at: [0, 0] },
          },
        ],
      },
      {
        reasoning_content: '.',
        reasoning_details: [{ type: 'reasoning.text', text: '.', format: 'anthropic-claude-v1', index: 0 }],
      },
      {
        reasoning_details: [
          { type: 'reasoning.text', text: '', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
        ],
      },
    ]);
  });

  it('gives usage to who asked, the last figures only', () => {
    const events: ChatEvent[] = [
      { type: 'usage', usage: { inputTokens: 3, outputTokens: 1 } },
      text,
      { type: 'usage', usage: { inputTokens: 3, outputTokens: 2, cachedInputTokens: 1 } },
      { type: 'finish', finish: 'stop' },
    ];
    expect(chunks(events).some((chunk) => JSON.stringify(chunk).includes('usage'))).toBe(false);
    const asked = chunks(events, true);
    expect(asked.slice(0, -1).every((chunk) => (chunk as { usage: unknown }).usage === null)).toBe(true);
    expect(asked.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 1 } },
    });
  });

  it('says that the model refused, where it did not say so itself', () => {
    expect(deltas([text, { type: 'finish', finish: 'refusal' }])).toContainEqual({
      refusal: 'The model refused to answer.',
    });
    expect(
      deltas([
        { type: 'refusal', text: 'No.' },
        { type: 'finish', finish: 'refusal' },
      ]),
    ).toEqual([{ refusal: 'No.' }, {}]);
  });
});

describe('errors', () => {
  const error = new GatewayError('model_not_found', 'No "x".', { param: 'model' });

  it('have the shape of OpenAI', () => {
    const body = {
      error: { message: 'No "x".', type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
    };
    expect(JSON.parse(openAiClient.writeError(error))).toEqual(body);
    expect(sseData(openAiClient.writeStreamError(error)).map((data) => JSON.parse(data) as unknown)).toEqual([
      body,
    ]);
  });

  it('list the attempts', () => {
    const attempts = [{ provider: 'openai', model: 'm', outcome: 'transient', durationMs: 5 }] as const;
    const failed = new GatewayError('upstream_failed', 'All failed.', { attempts });
    expect(JSON.parse(openAiClient.writeError(failed))).toMatchObject({ error: { attempts, param: null } });
  });

  it('are not what keeps a silent stream alive', () => {
    expect(sseData(openAiClient.keepAlive)).toEqual([]);
  });
});
