import { describe, expect, it } from 'vitest';
import { anthropicTranslator as anthropic } from '../../../../lib/dialects/anthropic/index.ts';
import { asObject, parseJson } from '../../../../lib/domain/json.ts';
import { ask, bodyOf, claude, refusedBy, system, user } from './ask.ts';

describe('writeRequest', () => {
  it('is a POST of the messages API', () => {
    const request = anthropic.writeRequest(ask({ stream: true }), claude('claude-sonnet-4-5', 64_000));
    expect(request).toEqual({
      method: 'POST',
      url: 'http://127.0.0.1:9/v1/messages',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: '{"model":"claude-sonnet-4-5","max_tokens":64000,"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],"stream":true}',
    });
  });

  it('limits the output by the caller, else by the catalog, else by what is known of the model', () => {
    const maxTokens = (asked: number | undefined, limit: number | undefined) =>
      asObject(
        parseJson(
          String(
            anthropic.writeRequest(
              ask(asked === undefined ? {} : { maxOutputTokens: asked }),
              claude('claude-opus-4-1', limit),
            ).body,
          ),
        ),
      )['max_tokens'];
    expect(maxTokens(100, 8000)).toBe(100);
    expect(maxTokens(undefined, 8000)).toBe(8000);
    expect(maxTokens(9000, 8000)).toBe(8000);
    expect(maxTokens(undefined, undefined)).toBe(32_000);
  });

  it('asks for the files beta where a block names a file, in a tool result too', () => {
    const image = { type: 'image', source: { kind: 'file', fileId: 'file_01' } } as const;
    for (const block of [image, { type: 'tool_result', callId: 'a', content: [image] }] as const) {
      const request = anthropic.writeRequest(
        ask({ messages: [{ role: 'user', blocks: [block] }] }),
        claude('claude-opus-5'),
      );
      expect(request.headers['anthropic-beta']).toBe('files-api-2025-04-14');
    }
  });

  it('maps service tiers and user ids', () => {
    const tier = (serviceTier: string) => bodyOf({ serviceTier })['service_tier'];
    expect(['auto', 'default', 'priority', 'flex'].map(tier)).toEqual([
      'auto',
      'standard_only',
      'auto',
      undefined,
    ]);
    expect(refusedBy('claude-opus-5', { serviceTier: 'flex' })).toEqual(['service_tier']);

    const userId = (id: string) => asObject(bodyOf({ userId: id })['metadata'])['user_id'];
    expect(userId('123')).toBe('123');
    expect(userId('ann@example.com')).toMatch(/^[0-9a-f]{64}$/);
    expect(userId('x'.repeat(300))).toMatch(/^[0-9a-f]{64}$/);
  });

  it('passes its own parameters on and reports all others', () => {
    const others = {
      cache_control: { type: 'ephemeral' },
      logprobs: true,
      logit_bias: { '1': 2 },
      n: 2,
      madeUp: 1,
      unset: null,
    };
    expect(bodyOf({ others })).toMatchObject({ cache_control: { type: 'ephemeral' } });
    expect(anthropic.unsupported(ask({ others }), claude('claude-opus-5'))).toEqual([
      { parameter: 'logprobs', reason: 'Anthropic\'s Messages API has no "logprobs"', droppable: false },
      { parameter: 'logit_bias', reason: 'Anthropic\'s Messages API has no "logit_bias"', droppable: true },
      { parameter: 'n', reason: 'Anthropic\'s Messages API has no "n"', droppable: false },
      { parameter: 'madeUp', reason: 'Anthropic\'s Messages API has no "madeUp"', droppable: false },
    ]);
  });

  it('places the key, and changes nothing where there is none', () => {
    const target = claude('claude-opus-5');
    const request = anthropic.writeRequest(ask(), target);
    const authorized = anthropic.authorize(request, { kind: 'api_key', value: 'sk-test' }, target, 0);
    expect(authorized).toEqual({ ...request, headers: { ...request.headers, 'x-api-key': 'sk-test' } });
    expect(anthropic.authorize(request, { kind: 'none' }, target, 0)).toEqual(request);
  });
});

describe('unsupported', () => {
  it('finds nothing against a plain request', () => {
    expect(refusedBy('claude-opus-5', {})).toEqual([]);
  });

  it("names media by their place in the caller's message", () => {
    const audio = { type: 'audio', source: { kind: 'base64', mediaType: 'audio/wav', data: '' } } as const;
    const image = { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } } as const;
    expect(
      refusedBy('claude-opus-5', {
        messages: [
          { role: 'user', blocks: [{ type: 'text', text: 'Hi' }, { type: 'cache_marker' }, audio] },
          { role: 'assistant', blocks: [image, { type: 'text', text: 'Yes?' }] },
          { role: 'tool', blocks: [{ type: 'tool_result', callId: 'a', content: [image, audio] }] },
        ],
      }),
    ).toEqual([
      'messages[0].content[1].input_audio',
      'messages[1].content[0].image_url',
      'messages[2].content[1].input_audio',
    ]);
  });

  it('reports conversations the API takes none of', () => {
    expect(refusedBy('claude-opus-5', { messages: [system('Be brief.')] })).toEqual(['messages']);
    const prefilled = [user('Hi'), { role: 'assistant', blocks: [{ type: 'text', text: 'The' }] }] as const;
    expect(refusedBy('claude-opus-5', { messages: prefilled })).toEqual(['messages[1]']);
    expect(refusedBy('claude-sonnet-4-5', { messages: prefilled })).toEqual([]);
  });
});
