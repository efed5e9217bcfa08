import { describe, expect, it } from 'vitest';
import { openAiDialect } from '../../../../lib/dialects/openai/dialect.ts';
import { parseClientRequest } from '../../../../lib/dialects/openai/client-request.ts';
import { withProof } from '../../../../lib/dialects/openai/tool-call-id.ts';
import type { Operation, Quirks } from '../../../../lib/domain/policy.ts';
import { testTarget } from '../../../support/target.ts';

const context = { requestId: 'r', createdS: 0, model: 'gpt-5', wantsStreamUsage: false };

function sent(body: string | object, quirks?: Quirks, operation: Operation = 'chat') {
  const request = parseClientRequest(operation, typeof body === 'string' ? body : JSON.stringify(body), {});
  const baseUrl = 'https://api.example.com/v1';
  const target =
    quirks === undefined
      ? testTarget('openai', 'gpt-5', {}, { baseUrl })
      : testTarget('openai-compatible', 'gpt-5', {}, { baseUrl, quirks });
  return openAiDialect.open(request, target, context).request;
}
const sentJson = (body: string | object, quirks?: Quirks): unknown =>
  JSON.parse(String(sent(body, quirks).body));

const user = { role: 'user', content: 'Hi' };
const chat = { model: 'gpt-5', messages: [user] };

describe('a request passes through', () => {
  it('byte for byte where nothing must change', () => {
    const text =
      '{ "messages":[{"role":"user","content":"caf\\u00e9", "weird":1e400}],"model":"gpt-5","seed":12345678901234567890 }\n';
    expect(sent(text).body).toBe(text);
  });

  it('to the path of its operation', () => {
    expect(sent(chat)).toMatchObject({
      method: 'POST',
      url: 'https://api.example.com/v1/chat/completions',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
    });
    expect(sent({ model: 'm', input: 'x' }, undefined, 'responses').url).toBe(
      'https://api.example.com/v1/responses',
    );
    expect(sent({ model: 'm', input: 'x' }, undefined, 'embeddings').url).toBe(
      'https://api.example.com/v1/embeddings',
    );
    expect(sent({ ...chat, stream: true }).headers['accept']).toBe('text/event-stream');
  });

  it('under the name of the model its provider knows, in every duplicate', () => {
    expect(sent('{"model":"openai/gpt-5","messages":[{"role":"user"}]}').body).toBe(
      '{"model":"gpt-5","messages":[{"role":"user"}]}',
    );
    expect(sent('{"mod\\u0065l":"a","messages":[{"role":"user"}],"model":"gpt-5"}').body).toBe(
      '{"mod\\u0065l":"gpt-5","messages":[{"role":"user"}],"model":"gpt-5"}',
    );
  });

  it('without what is meant for the gateway', () => {
    expect(sent('{"fallbacks":["a"],"model":"gpt-5","messages":[{"role":"user"}]}').body).toBe(
      '{"model":"gpt-5","messages":[{"role":"user"}]}',
    );
  });

  it('asking for the usage of a stream', () => {
    const stream = { ...chat, stream: true };
    expect(sentJson(stream)).toEqual({ ...stream, stream_options: { include_usage: true } });
    expect(
      sentJson({ ...stream, stream_options: { include_usage: false, include_obfuscation: false } }),
    ).toEqual({
      ...stream,
      stream_options: { include_usage: true, include_obfuscation: false },
    });
    expect(sentJson({ ...stream, stream_options: null })).toEqual({
      ...stream,
      stream_options: { include_usage: true },
    });
  });

  it('as a response or an embedding with its model only changed', () => {
    const body = {
      model: 'openai/gpt-5',
      input: 'x',
      stream: true,
      previous_response_id: 'resp_1',
      store: true,
    };
    expect(JSON.parse(String(sent(body, undefined, 'responses').body))).toEqual({ ...body, model: 'gpt-5' });
  });
});

describe('the quirks of a host', () => {
  it('system for developer', () => {
    const body = { ...chat, messages: [{ role: 'developer', content: 'Be "developer".' }, user] };
    expect(sentJson(body, { developerRole: 'system' })).toEqual({
      ...chat,
      messages: [{ role: 'system', content: 'Be "developer".' }, user],
    });
    expect(sentJson(body)).toEqual(body);
  });

  it.each<[object, Quirks['maxTokensField'], object]>([
    [{ max_completion_tokens: 5 }, 'max_tokens', { max_tokens: 5 }],
    [{ max_completion_tokens: 5, max_tokens: 9 }, 'max_tokens', { max_tokens: 5 }],
    [{ max_completion_tokens: null, max_tokens: 9 }, 'max_tokens', { max_tokens: 9 }],
    [{ max_tokens: 5 }, 'max_completion_tokens', { max_completion_tokens: 5 }],
    [{ max_tokens: 5, max_completion_tokens: null }, 'max_completion_tokens', { max_completion_tokens: 5 }],
    [{ max_tokens: 5 }, 'max_tokens', { max_tokens: 5 }],
  ])('%j as %s', (limits, maxTokensField, expected) => {
    expect(sentJson({ ...chat, ...limits }, maxTokensField === undefined ? {} : { maxTokensField })).toEqual({
      ...chat,
      ...expected,
    });
  });

  it('no stream_options', () => {
    const body = { ...chat, stream: true, stream_options: { include_usage: true } };
    expect(sentJson(body, { streamOptions: false })).toEqual({ ...chat, stream: true });
  });

  it('refused parameters that ask for nothing are left out', () => {
    expect(sentJson({ ...chat, n: 1, logprobs: false }, { refusedParameters: ['n', 'logprobs'] })).toEqual(
      chat,
    );
  });

  it('fields of messages it does not know', () => {
    const messages = [
      { ...user, name: 'ada' },
      { role: 'assistant', content: 'x', reasoning: 'hm', refusal: null },
    ];
    expect(sentJson({ ...chat, messages }, { droppedMessageFields: ['name', 'reasoning'] })).toEqual({
      ...chat,
      messages: [user, { role: 'assistant', content: 'x', refusal: null }],
    });
  });

  it('ids of tool calls in its alphabet, the same for call and result', () => {
    const call = {
      id: 'call_abc',
      type: 'function',
      function: { name: 'f', arguments: '{"id":"call_abc"}' },
    };
    const messages = [
      user,
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_abc' },
    ];
    const toolCallIds = { alphabet: 'alphanumeric', maxLength: 9, exactLength: true } as const;
    const id = expect.stringMatching(/^[0-9a-f]{9}$/) as string;
    expect(sentJson({ ...chat, messages }, { toolCallIds })).toEqual({
      ...chat,
      messages: [
        user,
        { role: 'assistant', tool_calls: [{ ...call, id }] },
        { role: 'tool', tool_call_id: id },
      ],
    });
    const out = String(sent({ ...chat, messages }, { toolCallIds }).body);
    expect(
      new Set(out.match(/"(?:tool_call_id|id)":"[0-9a-f]{9}"/g)?.map((pair) => pair.split(':')[1])).size,
    ).toBe(1);
  });
});

describe('what the gateway put into a history', () => {
  const origin = { provider: 'anthropic', model: 'claude' };
  const id = withProof('toolu_1', { origin, signature: 'sig', reasoning: [] });
  const ours = [{ type: 'reasoning.text', text: 'hm', index: 0, fairlead: { ...origin, at: [0, 0] } }];
  const theirs = [{ type: 'reasoning.text', text: 'hm', index: 0 }];
  const call = { id, type: 'function', function: { name: 'f', arguments: '{}' } };
  const assistant = { role: 'assistant', content: 'x', tool_calls: [call] };
  const history = (extra: object) => ({
    ...chat,
    messages: [user, { ...assistant, ...extra }, { role: 'tool', tool_call_id: id, content: '1' }],
  });
  const clean = (extra: object = {}) => ({
    ...chat,
    messages: [
      user,
      { ...assistant, tool_calls: [{ ...call, id: 'toolu_1' }], ...extra },
      { role: 'tool', tool_call_id: 'toolu_1', content: '1' },
    ],
  });

  it('is taken out', () => {
    expect(sentJson(history({ reasoning_details: ours, reasoning_content: 'hm' }), {})).toEqual(clean());
    expect(sentJson(history({ reasoning_details: ours }), { reasoningDetails: true })).toEqual(clean());
    expect(sentJson(history({ reasoning_details: theirs, reasoning_content: 'hm' }), {})).toEqual(
      clean({ reasoning_content: 'hm' }),
    );
  });

  it("is kept where it is the host's own", () => {
    expect(sentJson(history({ reasoning_details: theirs }), { reasoningDetails: true })).toEqual(
      clean({ reasoning_details: theirs }),
    );
  });

  it('leaves every other byte of the message', () => {
    const text = `{"model":"gpt-5","messages":[{"role" : "tool","big":12345678901234567890,"tool_call_id":"${id}"}]}`;
    expect(sent(text).body).toBe(
      '{"model":"gpt-5","messages":[{"role" : "tool","big":12345678901234567890,"tool_call_id":"toolu_1"}]}',
    );
  });
});

describe('capability', () => {
  it('names refused parameters that ask for something', () => {
    const request = parseClientRequest(
      'chat',
      JSON.stringify({ ...chat, n: 2, logprobs: false, seed: 1, user: 'u' }),
      {},
    );
    const quirks = { refusedParameters: ['n', 'logprobs', 'seed', 'user'] };
    expect(
      openAiDialect.unsupported(request, testTarget('openai-compatible', 'm', {}, { id: 'groq', quirks })),
    ).toEqual([
      { parameter: 'n', reason: 'groq does not take n', droppable: false },
      { parameter: 'seed', reason: 'groq does not take seed', droppable: true },
    ]);
    expect(openAiDialect.unsupported(request, testTarget('openai', 'm'))).toEqual([]);
  });
});

describe('authorize', () => {
  const request = { method: 'POST', url: 'https://x.test', headers: { accept: 'a' }, body: '' } as const;
  it('sets a bearer token, or nothing where there is none', async () => {
    const target = testTarget('openai', 'm');
    expect(
      (await openAiDialect.authorize(request, { kind: 'api_key', value: 'sk-1' }, target, 0)).headers,
    ).toEqual({
      accept: 'a',
      authorization: 'Bearer sk-1',
    });
    expect(await openAiDialect.authorize(request, { kind: 'none' }, target, 0)).toEqual(request);
  });
});
