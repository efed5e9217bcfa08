import { describe, expect, it } from 'vitest';
import { ResponsesStream } from '../../../../lib/dialects/openai/responses-stream.ts';
import type { StreamState } from '../../../../lib/dialects/contract.ts';
import { outputText } from '../../../contract/openai-answer.ts';

type Event = { readonly type: string } & Record<string, unknown>;
const wire = (event: Event): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const created = {
  type: 'response.created',
  response: { id: 'r', model: 'gpt-5-2025', usage: null, error: null },
};
const message = {
  type: 'response.output_item.added',
  output_index: 0,
  item: { type: 'message', content: [] },
};
const text = (delta: string, n = 1) => ({ type: 'response.output_text.delta', sequence_number: n, delta });
const usage = { input_tokens: 3, output_tokens: 2, output_tokens_details: { reasoning_tokens: 1 } };
const end = (type: string, extra: object = {}) => ({
  type,
  response: { model: 'gpt-5-2025', usage, ...extra },
});

function read(events: readonly Event[]) {
  const reader = new ResponsesStream('gpt-5');
  const steps = events.map((event) => ({
    step: reader.push(Buffer.from(wire(event))),
    state: { ...reader.state } as StreamState,
  }));
  reader.end();
  return {
    out: steps.map(({ step }) => outputText(step.output)).join(''),
    fault: steps.find(({ step }) => step.fault)?.step.fault,
    states: steps.map(({ state }) => state),
    state: reader.state,
    finish: reader.finish(),
  };
}

describe('a stream of the Responses API', () => {
  it('passes through, and adds nothing', () => {
    const events = [created, message, text('Hel', 1), text('lo', 2), end('response.completed')];
    const { out, finish, states, state } = read(events);
    expect(out).toBe(events.map(wire).join(''));
    expect(finish).toBe('');
    expect(states.map(({ content }) => content)).toEqual([false, false, true, true, true]);
    expect(states.map(({ finished }) => finished)).toEqual([false, false, false, false, true]);
    expect(state).toEqual({
      content: true,
      finished: true,
      terminated: true,
      insideToolCall: false,
      outputChars: 5,
      model: 'gpt-5-2025',
      usage: { inputTokens: 3, outputTokens: 2, reasoningTokens: 1, servedModel: 'gpt-5-2025' },
    });
  });

  it.each([
    'response.refusal.delta',
    'response.reasoning_summary_text.delta',
    'response.reasoning_text.delta',
    'response.output_audio.delta',
  ])('shows %s', (type) => {
    expect(read([created, { type, delta: 'x' }]).state).toMatchObject({ content: true, outputChars: 1 });
  });

  it('has content and is inside a tool call from its beginning to its end', () => {
    const item = { type: 'function_call', name: 'f', arguments: '' };
    const { states } = read([
      { type: 'response.output_item.added', item },
      { type: 'response.function_call_arguments.delta', delta: '{"a":' },
      { type: 'response.function_call_arguments.delta', delta: '1}' },
      { type: 'response.output_item.done', item },
    ]);
    expect(states.map(({ content }) => content)).toEqual([true, true, true, true]);
    expect(states.map(({ insideToolCall }) => insideToolCall)).toEqual([true, true, true, false]);
    expect(states.at(-1)?.outputChars).toBe(7);
  });

  it('may end early, which is an end', () => {
    expect(read([text('x'), end('response.incomplete')]).state.finished).toBe(true);
  });

  it.each<[Event, object]>([
    [
      end('response.failed', { error: { code: 'server_error', message: 'Oops' } }),
      { status: 500, code: 'server_error', message: 'Oops' },
    ],
    [
      { type: 'error', code: 'rate_limit_exceeded', message: 'Slow down', param: null },
      { status: 429, code: 'rate_limit_exceeded', message: 'Slow down' },
    ],
    [
      { type: 'error', error: { type: 'invalid_request_error', code: 'x', message: 'Bad' } },
      { status: 400, message: 'Bad' },
    ],
    [end('response.failed', { error: null }), { status: 0 }],
  ])('fails with %j', (event, expected) => {
    const { fault, out } = read([created, text('Hel'), event, text('lo')]);
    expect(fault).toMatchObject(expected);
    expect(out).toBe([created, text('Hel')].map(wire).join(''));
  });
});
