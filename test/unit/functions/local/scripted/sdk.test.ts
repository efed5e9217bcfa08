import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedProvider, startScriptedProvider } from '../../../../support/scripted.ts';

/** The official clients are the judges of what the scripted provider says. */

let provider: ScriptedProvider;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  provider = await startScriptedProvider({ name: 'test' });
  openai = new OpenAI({ baseURL: `${provider.baseUrl}/v1`, apiKey: 'x', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: provider.baseUrl, apiKey: 'x', maxRetries: 0 });
});
afterAll(() => provider.close());

const hello = [{ role: 'user' as const, content: 'Hello there' }];
const weather = {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: {
    type: 'object' as const,
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city', 'days'],
  },
};
const ask = [{ role: 'user' as const, content: 'What is the weather in Paris ?' }];
const city = {
  type: 'object',
  properties: { city: { type: 'string' }, tags: { type: 'array', items: { enum: ['big', 'small'] } } },
  required: ['city', 'tags'],
  additionalProperties: false,
};

describe('OpenAI Chat Completions', () => {
  const tools = [
    {
      type: 'function' as const,
      function: { name: weather.name, description: weather.description, parameters: weather.schema },
    },
  ];

  it('answers with text made from the request, and usage', async () => {
    const answer = await openai.chat.completions.create({ model: 'm-1', messages: hello });
    expect(answer.model).toBe('m-1');
    expect(answer.choices[0]?.message.content).toContain('You said: "Hello there"');
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage?.total_tokens).toBe(
      (answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0),
    );
  });

  it('streams the same text word by word, with usage when asked', async () => {
    const stream = openai.chat.completions.stream({
      model: 'm-1',
      messages: hello,
      stream_options: { include_usage: true },
    });
    const deltas: string[] = [];
    stream.on('content', (delta) => deltas.push(delta));
    const answer = await stream.finalChatCompletion();
    expect(deltas.length).toBeGreaterThan(10);
    expect(answer.choices[0]?.message.content).toContain('You said: "Hello there"');
    expect(answer.usage?.completion_tokens).toBe(deltas.length);
  });

  it('calls a tool the user speaks of, streamed too, and speaks about its result', async () => {
    const whole = await openai.chat.completions.create({ model: 'm', messages: ask, tools });
    const streamed = await openai.chat.completions
      .stream({ model: 'm', messages: ask, tools })
      .finalChatCompletion();
    for (const answer of [whole, streamed]) {
      const call = answer.choices[0]?.message.tool_calls?.[0];
      expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
      expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({
        city: 'Paris',
        days: 42,
      });
    }
    const assistant = whole.choices[0]?.message ?? { role: 'assistant' as const, content: '' };
    const id = whole.choices[0]?.message.tool_calls?.[0]?.id ?? '';
    const next = await openai.chat.completions.create({
      model: 'm',
      tools,
      messages: [...ask, assistant, { role: 'tool', tool_call_id: id, content: 'sunny' }],
    });
    expect(next.choices[0]?.message.content).toContain('The tool says: "sunny"');
  });

  it.each([
    ['none', 0],
    ['required', 1],
    [{ type: 'function' as const, function: { name: 'get_weather' } }, 1],
  ] as const)('obeys tool_choice %j', async (tool_choice, calls) => {
    const messages = tool_choice === 'none' ? ask : hello;
    const answer = await openai.chat.completions.create({ model: 'm', messages, tools, tool_choice });
    expect(answer.choices[0]?.message.tool_calls ?? []).toHaveLength(calls);
  });

  it('answers with JSON that fits the schema', async () => {
    const answer = await openai.chat.completions.create({
      model: 'm',
      messages: ask,
      response_format: { type: 'json_schema', json_schema: { name: 'city', schema: city, strict: true } },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({ city: 'Paris', tags: ['big'] });
  });

  it('stops at max_completion_tokens', async () => {
    const answer = await openai.chat.completions.create({
      model: 'm',
      messages: hello,
      max_completion_tokens: 3,
    });
    expect(answer.choices[0]?.message.content?.trim().split(' ')).toHaveLength(3);
    expect(answer.choices[0]?.finish_reason).toBe('length');
  });

  it('words its errors as OpenAI does', async () => {
    provider.script('m-429', [
      { status: 429, headers: { 'retry-after': '7' }, error: { message: 'slow down' } },
    ]);
    const failed = openai.chat.completions.create({ model: 'm-429', messages: hello });
    await expect(failed).rejects.toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      message: '429 slow down',
    });
  });

  it('knows no other path', async () => {
    await expect(openai.files.list()).rejects.toMatchObject({ status: 404 });
  });
});

describe('OpenAI Responses', () => {
  it('answers whole and streamed', async () => {
    const whole = await openai.responses.create({ model: 'm', input: 'Hello there' });
    const streamed = await openai.responses.stream({ model: 'm', input: 'Hello there' }).finalResponse();
    for (const answer of [whole, streamed]) {
      expect(answer.status).toBe('completed');
      expect(answer.output_text).toContain('You said: "Hello there"');
      expect(answer.usage?.output_tokens).toBeGreaterThan(10);
    }
  });

  it('calls functions', async () => {
    const answer = await openai.responses
      .stream({
        model: 'm',
        input: 'What is the weather in Paris ?',
        tools: [{ type: 'function', name: 'get_weather', parameters: weather.schema, strict: false }],
      })
      .finalResponse();
    const [item] = answer.output;
    expect(item?.type === 'function_call' && JSON.parse(item.arguments)).toEqual({ city: 'Paris', days: 42 });
  });
});

describe('OpenAI embeddings', () => {
  it('are unit vectors, equal for equal inputs, in both encodings', async () => {
    const input = ['one', 'two', 'one'];
    const packed = await openai.embeddings.create({ model: 'e', input, dimensions: 64 });
    const plain = await openai.embeddings.create({
      model: 'e',
      input,
      dimensions: 64,
      encoding_format: 'float',
    });
    const [one, two, again] = plain.data.map(({ embedding }) => embedding);
    expect(one).toHaveLength(64);
    expect(one).toEqual(again);
    expect(one).not.toEqual(two);
    expect(Math.hypot(...(one ?? []))).toBeCloseTo(1, 5);
    expect(packed.data[0]?.embedding).toEqual(one);
  });
});

describe('Anthropic Messages', () => {
  const tools = [{ name: weather.name, input_schema: weather.schema }];

  it('answers whole and streamed, with usage', async () => {
    const params = { model: 'c', max_tokens: 100, messages: hello };
    const whole = await anthropic.messages.create(params);
    const streamed = await anthropic.messages.stream(params).finalMessage();
    for (const answer of [whole, streamed]) {
      expect(answer.content[0]).toMatchObject({
        type: 'text',
        text: expect.stringContaining('"Hello there"'),
      });
      expect(answer.stop_reason).toBe('end_turn');
      expect(answer.usage.output_tokens).toBeGreaterThan(10);
    }
  });

  it('calls a tool, streamed too, and speaks about its result', async () => {
    const params = { model: 'c', max_tokens: 100, messages: ask, tools };
    const whole = await anthropic.messages.create(params);
    const streamed = await anthropic.messages.stream(params).finalMessage();
    for (const answer of [whole, streamed]) {
      expect(answer.stop_reason).toBe('tool_use');
      expect(answer.content[0]).toMatchObject({ type: 'tool_use', input: { city: 'Paris', days: 42 } });
    }
    const [call] = whole.content;
    const next = await anthropic.messages.create({
      ...params,
      messages: [
        ...ask,
        { role: 'assistant', content: whole.content },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: call?.type === 'tool_use' ? call.id : '', content: 'rainy' },
          ],
        },
      ],
    });
    expect(next.content[0]).toMatchObject({ text: expect.stringContaining('The tool says: "rainy"') });
  });

  it('stops at max_tokens', async () => {
    const answer = await anthropic.messages.create({ model: 'c', max_tokens: 2, messages: hello });
    expect(answer.stop_reason).toBe('max_tokens');
    expect(answer.usage.output_tokens).toBe(2);
  });

  it('words its errors as Anthropic does, inside a stream too', async () => {
    provider.script('c-529', [
      { status: 529 },
      { fault: { kind: 'error_event', after: 2, status: 529 }, error: { message: 'Overloaded' } },
    ]);
    const params = { model: 'c-529', max_tokens: 100, messages: hello };
    await expect(anthropic.messages.create(params)).rejects.toMatchObject({
      status: 529,
      error: { error: { type: 'overloaded_error' } },
    });
    await expect(anthropic.messages.stream(params).finalMessage()).rejects.toThrow('Overloaded');
  });
});
