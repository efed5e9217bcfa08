import { describe, expect, it } from 'vitest';
import { neutralChat } from '../../../../../lib/dialects/openai/neutral/request.ts';
import type { ChatRequest } from '../../../../../lib/domain/chat.ts';
import { GatewayError } from '../../../../../lib/domain/failure.ts';
import type { JsonObject } from '../../../../../lib/domain/json.ts';

const user = { role: 'user', content: 'Hi' };
const neutral = (body: JsonObject): ChatRequest =>
  neutralChat({ model: 'm', messages: [user], ...body }, false);
const blocksOf = (message: JsonObject) => neutral({ messages: [message] }).messages[0]?.blocks;

function refusal(body: JsonObject): string {
  try {
    neutral(body);
  } catch (error) {
    if (error instanceof GatewayError) return `${error.param} | ${error.message}`;
    throw error;
  }
  throw new Error('accepted');
}

describe('messages', () => {
  it('find their places in one go, however many signatures and thoughts they carry', () => {
    const fairlead = { provider: 'p', model: 'm', at: [1, 0] };
    const reasoning_details = Array.from({ length: 80_000 }, (_, index) =>
      index % 2 === 0
        ? { type: 'reasoning.text', text: 'Hm', fairlead: { ...fairlead, at: [0, 0] } }
        : { type: 'reasoning.encrypted', data: 's', fairlead: { ...fairlead, signs: 'text' } },
    );
    const blocks = blocksOf({ role: 'assistant', content: 'So', reasoning_details });
    expect(blocks).toHaveLength(40_002);
    expect(blocks?.at(-2)).toMatchObject({ type: 'text', text: 'S', signature: { value: 's' } });
  });

  it('keep their roles, names and order', () => {
    const { messages } = neutral({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
        { role: 'user', name: 'ada', content: 'Hi' },
        { role: 'assistant', content: '' },
      ],
    });
    expect(messages).toEqual([
      { role: 'system', blocks: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'developer', blocks: [{ type: 'text', text: 'Be kind.' }] },
      { role: 'user', name: 'ada', blocks: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', blocks: [] },
    ]);
  });

  it.each<[string, JsonObject, object]>([
    [
      'a picture by URL',
      { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } },
      { type: 'image', source: { kind: 'url', url: 'https://x.test/a.png' }, detail: 'low' },
    ],
    [
      'a picture inside the message',
      { type: 'image_url', image_url: { url: 'data:image/PNG;base64,AAAA', detail: 'auto' } },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
    ],
    [
      'sound',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
      { type: 'audio', source: { kind: 'base64', mediaType: 'audio/mpeg', data: 'AAAA' } },
    ],
    [
      'a file',
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
      {
        type: 'document',
        name: 'a.pdf',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' },
      },
    ],
    [
      'an uploaded file',
      { type: 'file', file: { file_id: 'file-1' } },
      { type: 'document', source: { kind: 'file', fileId: 'file-1' } },
    ],
    [
      'a text file with escapes',
      { type: 'file', file: { file_data: 'data:,caf%C3%A9' } },
      { type: 'document', source: { kind: 'base64', mediaType: 'text/plain', data: 'Y2Fmw6k=' } },
    ],
    [
      "Mistral's document",
      { type: 'document_url', document_url: 'https://x.test/a.pdf' },
      { type: 'document', source: { kind: 'url', url: 'https://x.test/a.pdf' } },
    ],
  ])('may hold %s', (_name, part, block) => {
    expect(blocksOf({ role: 'user', content: [part] })).toEqual([block]);
  });

  it('may mark what is to be cached', () => {
    const content = [
      { type: 'text', text: 'long', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'short' },
    ];
    expect(blocksOf({ role: 'user', content, cache_control: { type: 'ephemeral' } })).toEqual([
      { type: 'text', text: 'long' },
      { type: 'cache_marker', ttl: '1h' },
      { type: 'text', text: 'short' },
      { type: 'cache_marker' },
    ]);
  });

  it('join tool results to the name of their call', () => {
    const { messages } = neutral({
      messages: [
        user,
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: 'seen' }] },
      ],
    });
    expect(messages.slice(1)).toEqual([
      {
        role: 'assistant',
        blocks: [{ type: 'tool_call', id: 'call_1', name: 'look', argumentsJson: '{"at":1}' }],
      },
      {
        role: 'tool',
        blocks: [
          {
            type: 'tool_result',
            callId: 'call_1',
            toolName: 'look',
            content: [{ type: 'text', text: 'seen' }],
          },
        ],
      },
    ]);
  });

  it('may be of before tool calls', () => {
    const { messages } = neutral({
      messages: [
        user,
        { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{}' } },
        { role: 'function', name: 'look', content: 'seen' },
      ],
    });
    expect(messages[1]?.blocks).toEqual([
      { type: 'tool_call', id: 'look', name: 'look', argumentsJson: '{}' },
    ]);
    expect(messages[2]?.blocks).toMatchObject([{ type: 'tool_result', callId: 'look', toolName: 'look' }]);
  });

  it('may refuse', () => {
    expect(blocksOf({ role: 'assistant', content: null, refusal: 'No.' })).toEqual([
      { type: 'refusal', text: 'No.' },
    ]);
    expect(blocksOf({ role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] })).toEqual([
      { type: 'refusal', text: 'No.' },
    ]);
  });
});

describe('parameters', () => {
  it('find their places', () => {
    expect(
      neutral({
        max_completion_tokens: 100,
        max_tokens: 50,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 40,
        stop: 'END',
        seed: 7,
        frequency_penalty: 0.1,
        presence_penalty: 0,
        parallel_tool_calls: false,
        service_tier: 'flex',
        user: 'u1',
      }),
    ).toMatchObject({
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      stop: ['END'],
      seed: 7,
      frequencyPenalty: 0.1,
      parallelToolCalls: false,
      serviceTier: 'flex',
      userId: 'u1',
      others: {},
    });
  });

  it('say nothing where they are null, default or absent', () => {
    const bare = neutral({});
    expect(
      neutral({
        ...{ max_tokens: null, temperature: null, stop: null, seed: null, tools: null, tool_choice: null },
        ...{
          frequency_penalty: 0,
          presence_penalty: 0,
          service_tier: 'auto',
          response_format: { type: 'text' },
        },
        ...{ n: 1, logprobs: false, logit_bias: {}, store: false, modalities: ['text'], verbosity: 'medium' },
        ...{ metadata: { a: 'b' }, prompt_cache_key: 'k', stream_options: { include_usage: true } },
      }),
    ).toEqual(bare);
  });

  it('without a place are named, so that a target can say whether it carries them', () => {
    expect(
      neutral({ n: 2, logprobs: true, store: true, tomorrow: 1, functions: [{ name: 'f' }] }).others,
    ).toEqual({ n: 2, logprobs: true, store: true, tomorrow: 1, functions: [{ name: 'f' }] });
  });

  it.each<[JsonObject, object | undefined]>([
    [{ reasoning_effort: 'low' }, { effort: 'low' }],
    [{ reasoning: { effort: 'xhigh' } }, { effort: 'xhigh' }],
    [{ reasoning: { max_tokens: 2000, effort: 'low' } }, { budgetTokens: 2000 }],
    [{ reasoning: { enabled: true } }, { effort: 'medium' }],
    [{ reasoning: { enabled: false } }, { effort: 'none' }],
    [{ thinking: { type: 'enabled', budget_tokens: 1024 } }, { budgetTokens: 1024 }],
    [{ thinking: { type: 'adaptive' } }, { effort: 'high' }],
    [{ thinking: { type: 'disabled' } }, { budgetTokens: 0 }],
    [{ reasoning_effort: 'high', thinking: { type: 'disabled' } }, { effort: 'high' }],
    [{ reasoning_effort: null }, undefined],
  ])('ask for reasoning as %j', (body, wish) => {
    expect(neutral(body).reasoning).toEqual(wish);
  });
});

describe('tools and formats', () => {
  it('are read', () => {
    const parameters = { type: 'object', properties: {} };
    const request = neutral({
      tools: [
        { type: 'function', function: { name: 'a', description: 'A', parameters, strict: true } },
        { type: 'function', function: { name: 'b' }, cache_control: { type: 'ephemeral' } },
      ],
      tool_choice: { type: 'function', function: { name: 'a' } },
      response_format: {
        type: 'json_schema',
        json_schema: { name: 's', schema: { type: 'object' }, strict: true },
      },
    });
    expect(request.tools).toEqual([
      { name: 'a', description: 'A', parameters, strict: true },
      { name: 'b', cacheMarker: { type: 'cache_marker' } },
    ]);
    expect(request.toolChoice).toEqual({ type: 'tool', name: 'a' });
    expect(request.responseFormat).toEqual({
      type: 'json_schema',
      name: 's',
      schema: { type: 'object' },
      strict: true,
    });
  });

  it.each<[unknown, object]>([
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    ['required', { type: 'required' }],
    ['any', { type: 'required' }],
    [
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'a' } }] },
      },
      { type: 'allowed', names: ['a'], required: true },
    ],
  ])('choose %j', (choice, expected) => {
    expect(neutral({ tool_choice: choice as JsonObject }).toolChoice).toEqual(expected);
  });
});

describe('what cannot be said is named', () => {
  it.each<[JsonObject, string]>([
    [{ temperature: 'hot' }, 'temperature | temperature must be a number, but is the string "hot".'],
    [{ max_tokens: 0 }, 'max_tokens | max_tokens must be an integer of at least 1, but is number 0.'],
    [{ stop: [1] }, 'stop[0] | stop[0] must be a string'],
    [{ reasoning_effort: 'lots' }, 'reasoning_effort | reasoning_effort must be one of none, minimal'],
    [{ tools: [{ type: 'custom' }] }, 'tools[0].type | tools[0].type must be "function" to be translated'],
    [{ tool_choice: 'sometimes' }, 'tool_choice | tool_choice must be auto, none, required or an object'],
    [{ response_format: { type: 'grammar' } }, 'response_format.type | '],
    [{ messages: [{ role: 'narrator', content: '' }] }, 'messages[0].role | '],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content | '],
    [{ messages: [{ role: 'user', content: [{ type: 'video_url' }] }] }, 'messages[0].content[0].type | '],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
      'messages[0].content[0].image_url.url | ',
    ],
    [
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] },
        ],
      },
      'messages[0].content[0].image_url.url | messages[0].content[0].image_url.url must be an https or data URL.',
    ],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id | '],
    [
      { messages: [{ role: 'assistant', tool_calls: [{ id: 'a' }] }] },
      'messages[0].tool_calls[0].function.name | ',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: { ttl: '2h' } }] }] },
      'messages[0].content[0].cache_control.ttl | ',
    ],
  ])('%j', (body, message) => {
    expect(refusal(body)).toContain(message);
  });
});
