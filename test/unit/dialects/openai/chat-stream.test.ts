import { describe, expect, it } from 'vitest';
import { ChatStream, type ChatStreamOptions } from '../../../../lib/dialects/openai/chat-stream.ts';
import type { StreamState } from '../../../../lib/dialects/contract.ts';
import { outputText } from '../../../contract/openai-answer.ts';
import type { ProviderFault } from '../../../../lib/domain/chat.ts';

type Event = object | string;
const wire = (event: Event): string =>
  `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`;
const chunk = (delta: object, finish: string | null = null, index = 0) => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-5-2025',
  choices: [{ index, delta, finish_reason: finish }],
});
const usageChunk = {
  id: 'c1',
  choices: [],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
const hello = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Hel' }),
  chunk({ content: 'lo' }),
];

function read(events: readonly Event[], options: Partial<ChatStreamOptions> = {}) {
  const reader = new ChatStream({ model: 'gpt-5', wantsUsage: false, omitsFinishReason: false, ...options });
  const states: StreamState[] = [];
  let out = '';
  let fault: ProviderFault | undefined;
  for (const event of events) {
    const step = reader.push(Buffer.from(wire(event)));
    out += outputText(step.output);
    fault ??= step.fault;
    states.push({ ...reader.state });
  }
  reader.end();
  return { out, fault, states, state: reader.state, finish: reader.finish() };
}

describe('a chat stream', () => {
  it('passes through; [DONE] waits for the end', () => {
    const events = [...hello, chunk({}, 'stop')];
    const { out, finish, state } = read([...events, '[DONE]']);
    expect(out).toBe(events.map(wire).join(''));
    expect(finish).toBe('data: [DONE]\n\n');
    expect(state).toEqual({
      content: true,
      finished: true,
      terminated: true,
      insideToolCall: false,
      outputChars: 5,
      model: 'gpt-5-2025',
    });
  });

  it.each<[string, object]>([
    ['text', { content: 'x' }],
    ['a refusal', { refusal: 'x' }],
    ['reasoning', { reasoning_content: 'x' }],
    ['reasoning by another name', { reasoning: 'x' }],
    ['reasoning in details', { reasoning_details: [{ type: 'reasoning.text', text: 'x' }] }],
    ['reasoning in parts', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'x' }] }] }],
    ['a tool call', { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] }],
    ['a call of before tool calls', { function_call: { name: 'f' } }],
    ['sound', { audio: { id: 'a', data: 'AAAA' } }],
    ['a picture', { images: [{ type: 'image_url', image_url: { url: 'data:' } }] }],
  ])('has content with %s', (_name, delta) => {
    expect(read([chunk(delta)]).state.content).toBe(true);
  });

  it.each<[string, Event]>([
    ['a role', chunk({ role: 'assistant', content: '' })],
    ['empty fields', chunk({ content: null, refusal: '', tool_calls: null, reasoning_details: [] })],
    ['encrypted reasoning alone', chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] })],
    ['an empty call of before tool calls', chunk({ function_call: { name: '', arguments: '' } })],
    ['usage', usageChunk],
    ['a filter result', { id: 'c1', choices: [], prompt_filter_results: [] }],
  ])('has none with %s', (_name, event) => {
    expect(read([event]).state.content).toBe(false);
  });

  it('knows when it is inside the arguments of a tool call', () => {
    const { states } = read([
      chunk({ content: 'Look.' }),
      chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '":1}' } }] }),
      chunk({ content: 'Then.' }),
      chunk({ tool_calls: [{ index: 1, id: 'b', function: { name: 'f', arguments: '{}' } }] }),
      chunk({}, 'tool_calls'),
    ]);
    expect(states.map((state) => state.insideToolCall)).toEqual([
      false,
      true,
      true,
      true,
      false,
      true,
      false,
    ]);
    expect(states.map((state) => state.outputChars)).toEqual([5, 5, 8, 12, 17, 19, 19]);
  });

  it('has left the tool call with a chunk that finishes too, however alike the chunks are', () => {
    const whole = chunk({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }, 'tool_calls');
    const { states } = read([whole, whole]);
    expect(states.map((state) => state.insideToolCall)).toEqual([false, false]);
  });

  it('is finished when every choice is', () => {
    const { states } = read([
      chunk({ content: 'a' }, null, 0),
      chunk({ content: 'b' }, null, 1),
      chunk({}, 'stop', 1),
      chunk({}, 'length', 0),
    ]);
    expect(states.map((state) => state.finished)).toEqual([false, false, false, true]);
  });

  it('stays finished through a last chunk that only adds usage', () => {
    const last = { ...chunk({ role: 'assistant', content: '' }), usage: usageChunk.usage };
    expect(read([...hello, chunk({}, 'stop'), last]).state).toMatchObject({ finished: true, outputChars: 5 });
  });

  it('without a finish reason is finished by [DONE] only where the host is known for that', () => {
    expect(read([...hello, '[DONE]']).state).toMatchObject({ finished: false, terminated: true });
    expect(read([...hello, '[DONE]'], { omitsFinishReason: true }).state.finished).toBe(true);
  });
});

describe('the chunk of usage', () => {
  const wanted = { inputTokens: 3, outputTokens: 2, totalTokens: 5 };

  it('is kept back from who did not ask', () => {
    const { out, state } = read([...hello, chunk({}, 'stop'), usageChunk]);
    expect(out).not.toContain('"usage"');
    expect(state.usage).toEqual(wanted);
    expect(read([usageChunk], { wantsUsage: true }).out).toBe(wire(usageChunk));
  });

  it('is shown where anything else is in it', () => {
    for (const event of [
      { ...usageChunk, moderation: { output: {} } },
      { ...chunk({}, 'stop'), usage: usageChunk.usage },
      { ...usageChunk, choices: null },
    ]) {
      expect(read([event])).toMatchObject({ out: wire(event), state: { usage: wanted } });
    }
  });

  it('counts once however often it comes', () => {
    const growing = (output: number) => ({
      ...chunk({ content: 'x' }),
      usage: { prompt_tokens: 3, completion_tokens: output },
    });
    expect(read([growing(1), growing(2), growing(3)]).state).toMatchObject({
      usage: { inputTokens: 3, outputTokens: 3 },
      outputChars: 3,
    });
  });
});

describe('an error inside the stream', () => {
  it.each<[string, string, object]>([
    [
      'OpenAI',
      'data: {"error":{"message":"Oops","type":"server_error","code":null}}\n\n',
      { status: 500, type: 'server_error', message: 'Oops' },
    ],
    [
      'OpenRouter',
      'data: {"id":"g","error":{"code":502,"message":"Provider disconnected"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}\n\n',
      { status: 502, message: 'Provider disconnected' },
    ],
    [
      'a finish reason "error"',
      'data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}\n\n',
      { status: 0, message: 'The stream ended with an error.' },
    ],
    [
      'Groq',
      'event: error\ndata: {"error":{"message":"Tool call failed","type":"invalid_request_error","code":"tool_use_failed","status_code":400}}\n\n',
      { status: 400, code: 'tool_use_failed' },
    ],
    [
      'an error event in plain text',
      'event: error\ndata: overloaded\n\n',
      { status: 0, message: 'overloaded' },
    ],
    ['an error in a word', 'data: {"error":"rate limited"}\n\n', { status: 0, message: 'rate limited' }],
    [
      'vLLM',
      'data: {"object":"error","message":"too long","code":400}\n\n',
      { status: 400, message: 'too long' },
    ],
  ])('of %s', (_who, event, expected) => {
    const reader = new ChatStream({ model: 'm', wantsUsage: false, omitsFinishReason: false });
    const before = hello.map(wire).join('');
    const step = reader.push(Buffer.from(`${before}${event}${wire(chunk({ content: 'more' }))}`));
    expect(step.fault).toMatchObject(expected);
    expect(outputText(step.output)).toBe(before);
    expect(reader.push(Buffer.from(wire(chunk({ content: 'more' })))).output).toHaveLength(0);
  });

  it('is none where the error is null', () => {
    expect(read([{ ...chunk({ content: 'x' }), error: null }]).fault).toBeUndefined();
  });
});

it.each(['{"choices":[{"delta":{"content":"x"', 'nonsense', '[1]', '"text"', '1'])(
  'a malformed event (%s) is skipped',
  (malformed) => {
    const { out, fault, state } = read([...hello, malformed, chunk({ content: '!' }), chunk({}, 'stop')]);
    expect(fault).toBeUndefined();
    expect(out).toBe([...hello, chunk({ content: '!' }), chunk({}, 'stop')].map(wire).join(''));
    expect(state).toMatchObject({ finished: true, outputChars: 6 });
  },
);

it('text that speaks of finish reasons and errors is text', () => {
  const tricky = [
    '"finish_reason":"stop"',
    '"error":{"message":"x"}',
    'data: [DONE]',
    '\n\ndata: {"error":"x"}\n\n',
  ];
  const { fault, state } = read([...hello, ...tricky.map((content) => chunk({ content }))]);
  expect(fault).toBeUndefined();
  expect(state).toMatchObject({ finished: false, outputChars: 5 + tricky.join('').length });
});
