import { describe, expect, it } from 'vitest';
import type { ChatTranslator, StreamState } from '../../../lib/dialects/contract.ts';
import { parseClientRequest } from '../../../lib/dialects/openai/client-request.ts';
import { translatingDialect } from '../../../lib/dialects/translate.ts';
import type { ChatEvent, ChatReply, ProviderFault } from '../../../lib/domain/chat.ts';
import { sseData } from '../../contract/openai-answer.ts';
import { testTarget } from '../../support/target.ts';

const target = testTarget('anthropic', 'claude');
const context = { requestId: 'r', createdS: 0, model: 'claude', wantsStreamUsage: true };
const body = { model: 'claude', messages: [{ role: 'user', content: 'Hi' }], stream: true };

/** A translator whose provider says these events, one batch a push. */
const scripted = (
  batches: readonly (readonly ChatEvent[])[],
  reply?: ChatReply | ProviderFault,
): ChatTranslator => ({
  unsupported: (request) =>
    Object.keys(request.others).map((parameter) => ({ parameter, reason: 'no', droppable: true })),
  writeRequest: (request) => ({
    method: 'POST',
    url: 'https://x.test',
    headers: {},
    body: JSON.stringify(request),
  }),
  readReply: () => reply ?? { status: 500, message: 'none' },
  openStream: () => {
    const left = [...batches];
    return { push: () => left.shift() ?? [], end: () => left.flat() };
  },
  readFault: (status) => ({ status, message: 'fault' }),
  authorize: (request) => request,
  readRateLimits: () => ({ requestsRemaining: 1 }),
});
const tooDeep = 'The body is nested too deeply to be translated.';
const open = (translator: ChatTranslator) =>
  translatingDialect(translator).open(parseClientRequest('chat', JSON.stringify(body), {}), target, context);

function run(batches: readonly (readonly ChatEvent[])[]) {
  const reader = open(scripted(batches)).openStream({});
  const states: StreamState[] = [];
  let out = '';
  let fault: ProviderFault | undefined;
  for (const _batch of batches) {
    const step = reader.push(Uint8Array.of(0));
    out += String(step.output);
    fault ??= step.fault;
    states.push({ ...reader.state });
  }
  return { out, fault, states, reader };
}

const text = (said: string): ChatEvent => ({ type: 'text', text: said });
const origin = { provider: 'anthropic', model: 'claude' };

describe('what a target reached by translation cannot carry', () => {
  const dialect = translatingDialect(scripted([]));
  const unsupported = (extra: object, operation: 'chat' | 'responses' = 'chat') =>
    dialect.unsupported(parseClientRequest(operation, JSON.stringify({ ...body, ...extra }), {}), target);

  it('is what its translator says', () => {
    expect(unsupported({})).toEqual([]);
    expect(unsupported({ logprobs: true })).toEqual([
      { parameter: 'logprobs', reason: 'no', droppable: true },
    ]);
  });

  it('is every operation but chat', () => {
    expect(unsupported({ input: 'x' }, 'responses')).toMatchObject([
      { parameter: 'responses', droppable: false },
    ]);
  });

  it('is what has no neutral form, which is no error of the request', () => {
    const messages = [{ role: 'user', content: [{ type: 'video_url', video_url: {} }] }];
    expect(unsupported({ messages })).toMatchObject([
      { parameter: 'messages[0].content[0].type', droppable: false },
    ]);
  });
});

describe('a whole answer', () => {
  it('is written in the dialect of the client', () => {
    const reply: ChatReply = {
      model: 'claude-1',
      blocks: [{ type: 'text', text: 'Hi' }],
      finish: 'stop',
      usage: { inputTokens: 1, outputTokens: 2 },
    };
    const reading = open(scripted([], reply)).readReply({}, new Uint8Array(0));
    expect(reading).toMatchObject({
      ok: true,
      contentType: 'application/json',
      model: 'claude-1',
      usage: { inputTokens: 1, outputTokens: 2 },
    });
    expect(reading.ok && JSON.parse(String(reading.body))).toMatchObject({
      choices: [{ message: { content: 'Hi' } }],
    });
  });

  it('may be a fault', () => {
    expect(open(scripted([], { status: 529, message: 'busy' })).readReply({}, new Uint8Array(0))).toEqual({
      ok: false,
      fault: { status: 529, message: 'busy' },
    });
  });
});

describe('a stream', () => {
  it.each<[string, ChatEvent, boolean]>([
    ['text', text('x'), true],
    ['empty text', text(''), false],
    ['a refusal', { type: 'refusal', text: 'x' }, true],
    ['reasoning', { type: 'reasoning', index: 0, text: 'x', origin }, true],
    ['a proof', { type: 'reasoning_proof', index: 0, origin, signature: 's' }, false],
    ['a tool call', { type: 'tool_call', toolIndex: 0, id: 'a', name: 'f' }, true],
    [
      'a picture',
      { type: 'image', block: { type: 'image', source: { kind: 'url', url: 'https://x.test' } } },
      true,
    ],
    ['a start', { type: 'start', model: 'm' }, false],
    ['usage', { type: 'usage', usage: { inputTokens: 1, outputTokens: 0 } }, false],
    ['an opaque block', { type: 'opaque', block: { type: 'opaque', origin, value: 1 } }, false],
  ])('with %s: content %s', (_name, event, content) => {
    expect(run([[event]]).states[0]?.content).toBe(content);
  });

  it('is followed to its end', () => {
    const { states, reader, out } = run([
      [{ type: 'start', id: 'm1', model: 'claude-1' }],
      [text('Hel'), text('lo')],
      [{ type: 'tool_call', toolIndex: 0, id: 'a', name: 'f' }],
      [{ type: 'tool_arguments', toolIndex: 0, argumentsJson: '{}' }],
      [
        { type: 'usage', usage: { inputTokens: 3, outputTokens: 2 } },
        { type: 'finish', finish: 'tool_calls' },
      ],
      [{ type: 'end' }],
    ]);
    expect(states.map(({ insideToolCall }) => insideToolCall)).toEqual([
      false,
      false,
      true,
      true,
      false,
      false,
    ]);
    expect(states.map(({ finished }) => finished)).toEqual([false, false, false, false, true, true]);
    expect(reader.state).toEqual({
      content: true,
      finished: true,
      terminated: true,
      insideToolCall: false,
      outputChars: 7,
      model: 'claude-1',
      usage: { inputTokens: 3, outputTokens: 2 },
    });
    expect(sseData(out + reader.finish()).at(-1)).toBe('[DONE]');
    expect(reader.finish()).toContain('"prompt_tokens":3');
  });

  it('ends at a fault; nothing after it counts', () => {
    const { out, fault, reader } = run([
      [text('Hel'), { type: 'fault', fault: { status: 529, message: 'busy' } }, text('never')],
      [text('never')],
    ]);
    expect(fault).toEqual({ status: 529, message: 'busy' });
    expect(out).toContain('Hel');
    expect(out).not.toContain('never');
    expect(reader.end().output).toBe('');
    expect(reader.state).toMatchObject({ outputChars: 3, finished: false });
  });

  it.each([
    ['a parameter', { weird: 1 }],
    ['a schema', { tools: [{ type: 'function', function: { name: 'f', parameters: { a: 1 } } }] }],
  ])('refuses %s nested deeper than the stack', (_name, more) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const written = JSON.stringify({ ...body, ...more }).replace(':1', `:${deep}`);
    const asked = parseClientRequest('chat', written, {});
    const dialect = translatingDialect({
      ...scripted([]),
      unsupported: (request) => (JSON.stringify(request.others), []),
    });
    const open = () => dialect.open(asked, target, context);
    const [found] = dialect.unsupported(asked, target);
    expect(found?.reason ?? 'carried').toBe('weird' in more ? tooDeep : 'carried');
    expect(open).toThrow(tooDeep);
  });

  it('keeps figures a later report does not mention', () => {
    const { reader } = run([
      [{ type: 'usage', usage: { inputTokens: 9, outputTokens: 1, cachedInputTokens: 4 } }],
      [{ type: 'usage', usage: { inputTokens: 9, outputTokens: 5 } }],
    ]);
    expect(reader.state.usage).toEqual({ inputTokens: 9, outputTokens: 5, cachedInputTokens: 4 });
  });
});
