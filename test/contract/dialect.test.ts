import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadDialect, parseClientRequest } from '../../lib/dialects/index.ts';
import type { ProviderDialect, ReplyContext, StreamReader } from '../../lib/dialects/contract.ts';
import type { Target } from '../../lib/domain/decision.ts';
import type { Json } from '../../lib/domain/json.ts';
import { classify } from '../../lib/health/failure-class.ts';
import { outputText as text, readChunks, readCompletion, sseData, type Answer } from './openai-answer.ts';
import type { DialectFixture, FaultScenario, Scenario } from './dialect-fixture.ts';
import { fixture as anthropic } from './fixtures/anthropic.ts';
import { fixture as bedrock } from './fixtures/bedrock.ts';
import { fixture as gemini } from './fixtures/gemini.ts';
import { fixture as openai } from './fixtures/openai.ts';

const fixtures: readonly DialectFixture[] = [openai, anthropic, bedrock, gemini];

const tools = ['get_weather', 'get_time'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
}));
const user = { role: 'user', content: 'Hello?' };

interface Expected {
  readonly content: string | null;
  readonly finish: string;
  readonly input: number;
  readonly output: number;
  readonly reasoning?: string;
  readonly calls?: readonly (readonly [name: string, args: Json])[];
}

const expected: Readonly<Record<Scenario, Expected>> = {
  text: { content: 'Hello, wörld 🌍.', finish: 'stop', input: 12, output: 5 },
  tools: {
    content: null,
    finish: 'tool_calls',
    input: 30,
    output: 20,
    calls: [
      ['get_weather', { city: 'Paris' }],
      ['get_time', {}],
    ],
  },
  reasoning: { content: '42', finish: 'stop', input: 10, output: 25, reasoning: 'Let me think.' },
  length: { content: 'Once upon', finish: 'length', input: 8, output: 2 },
  cached: { content: 'ok', finish: 'stop', input: 100, output: 1 },
};
const scenarios = Object.keys(expected) as Scenario[];
const faultScenarios = [
  ...['rate_limited', 'transient', 'credential', 'context_length', 'unserved', 'invalid_request'],
] as FaultScenario[];

const context = (target: Target, wantsStreamUsage = true): ReplyContext => ({
  requestId: 'req-1',
  createdS: 1_750_000_000,
  model: target.model,
  wantsStreamUsage,
});

function exchange(
  dialect: ProviderDialect,
  target: Target,
  options: { messages?: readonly Json[]; stream?: boolean; wantsStreamUsage?: boolean } = {},
): ReturnType<ProviderDialect['open']> {
  const { messages = [user], stream = true, wantsStreamUsage = true } = options;
  const body = {
    model: target.model,
    messages,
    tools,
    ...(stream ? { stream, stream_options: { include_usage: wantsStreamUsage } } : {}),
  };
  const request = parseClientRequest('chat', JSON.stringify(body), {});
  expect(dialect.unsupported(request, target)).toEqual([]);
  return dialect.open(request, target, context(target, wantsStreamUsage));
}

/** Everything a client receives of a stream that arrives in these pieces. */
function relay(reader: StreamReader, pieces: readonly Uint8Array[]): string {
  let out = '';
  for (const piece of pieces) {
    const step = reader.push(piece);
    expect(step.fault).toBeUndefined();
    out += text(step.output);
  }
  const step = reader.end();
  expect(step.fault).toBeUndefined();
  expect(reader.state.finished).toBe(true);
  return out + text(step.output) + reader.finish();
}

function expectAnswer(answer: Answer, wanted: Expected): void {
  expect(answer.content ?? '').toBe(wanted.content ?? '');
  expect(answer.finish).toBe(wanted.finish);
  expect(answer.reasoning).toBe(wanted.reasoning ?? '');
  const calls = answer.toolCalls.map((call) => [call.name, JSON.parse(call.arguments) as Json]);
  expect(calls).toEqual(wanted.calls ?? []);
  expect(new Set(answer.toolCalls.map((call) => call.id)).size).toBe(calls.length);
  expect(answer.usage).toMatchObject({ prompt_tokens: wanted.input, completion_tokens: wanted.output });
}

describe.each(fixtures.map((fixture) => [fixture.type, fixture] as const))(
  'the %s dialect',
  (type, fixture) => {
    const { target } = fixture;
    const open = async (options?: Parameters<typeof exchange>[2]) =>
      exchange(await loadDialect(type), target, options);

    describe.each(scenarios)('answers with %s', (scenario) => {
      const wire = fixture.scenarios[scenario];
      const wanted = expected[scenario];

      it('whole', async () => {
        const reading = (await open({ stream: false })).readReply(
          { 'content-type': 'application/json' },
          wire.replyBody,
        );
        if (!reading.ok) throw new Error(reading.fault.message);
        expect(reading.contentType).toContain('application/json');
        expectAnswer(readCompletion(text(reading.body)), wanted);
        expect(reading.usage).toMatchObject({ inputTokens: wanted.input, outputTokens: wanted.output });
      });

      it('streamed, and no otherwise when cut at any byte', async () => {
        const openStream = async () => (await open()).openStream({});
        const reader = await openStream();
        const whole = relay(reader, [wire.stream]);
        expectAnswer(readChunks(whole), wanted);
        expect(reader.state.usage).toMatchObject({ inputTokens: wanted.input, outputTokens: wanted.output });
        expect(reader.state).toMatchObject({ content: true, insideToolCall: false });
        for (let cut = 1; cut < wire.stream.length; cut += 1) {
          const cutReader = await openStream();
          expect(relay(cutReader, [wire.stream.subarray(0, cut), wire.stream.subarray(cut)])).toBe(whole);
          expect(cutReader.state).toEqual(reader.state);
        }
        const bytewise = await openStream();
        expect(
          relay(
            bytewise,
            Array.from(wire.stream, (byte) => Uint8Array.of(byte)),
          ),
        ).toBe(whole);
        expect(bytewise.state).toEqual(reader.state);
      });

      it('is content from the first thing shown, not before', async () => {
        const reader = (await open()).openStream({});
        let out = '';
        for (const byte of wire.stream) {
          const before = reader.state.content;
          out += text(reader.push(Uint8Array.of(byte)).output);
          const shown = sseData(out).some((data) =>
            /"(content|reasoning_content|reasoning|refusal)":"[^"]|"tool_calls":\[/.test(data),
          );
          expect(reader.state.content).toBe(shown);
          if (before) return;
        }
      });

      it('is not finished where the stream is cut short of its finish reason', async () => {
        const cut = Math.floor(wire.stream.length / 2);
        const reader = (await open()).openStream({});
        reader.push(wire.stream.subarray(0, cut));
        const finished = text(reader.end().output).includes('"finish_reason":"');
        expect(reader.state.finished).toBe(finished);
      });
    });

    it('counts what was read from the cache, and what was written to it', async () => {
      const reading = (await open({ stream: false })).readReply({}, fixture.scenarios.cached.replyBody);
      if (!reading.ok) throw new Error(reading.fault.message);
      expect(reading.usage).toMatchObject({ inputTokens: 100, cachedInputTokens: 60, outputTokens: 1 });
      expect(reading.usage?.cacheWriteTokens ?? 10).toBe(10);
      expect(readCompletion(text(reading.body)).usage).toMatchObject({
        prompt_tokens_details: { cached_tokens: 60 },
      });
    });

    it('keeps the chunk of usage from a client that did not ask for it', async () => {
      const reader = (await open({ wantsStreamUsage: false })).openStream({});
      const out = relay(reader, [fixture.scenarios.text.stream]);
      expect(readChunks(out)).toMatchObject({ content: 'Hello, wörld 🌍.', usage: undefined });
      expect(reader.state.usage).toMatchObject({ inputTokens: 12, outputTokens: 5 });
    });

    it.each(faultScenarios)('tells %s', async (scenario) => {
      const { status, headers, body } = fixture.faults[scenario];
      const fault = (await open()).readFault(status, headers, body);
      expect(fault.message).not.toBe('');
      expect(classify(fault, type).class).toBe(scenario);
    });

    it('stops at an error inside a stream; what came before stays good', async () => {
      const { faultInsideStream } = fixture;
      if (faultInsideStream === undefined) return;
      const reader = (await open()).openStream({});
      let out = '';
      let fault;
      for (const byte of faultInsideStream.stream) {
        const step = reader.push(Uint8Array.of(byte));
        expect(fault === undefined || step.output.length === 0).toBe(true);
        out += text(step.output);
        fault ??= step.fault;
      }
      const last = reader.end();
      out += text(last.output);
      fault ??= last.fault;
      if (fault === undefined) throw new Error('no fault');
      expect(classify(fault, type).class).toBe(faultInsideStream.faultClass);
      expect(sseData(out).join('')).toContain('"content":"Hel"');
      expect(out).not.toContain('[DONE]');
      expect(reader.state.finished).toBe(false);
    });

    it('reads HTML, nothing and nonsense as faults, and throws at no bytes at all', async () => {
      const html = new TextEncoder().encode('<html><head><title>502 Bad Gateway</title></head></html>');
      const opened = await open();
      for (const body of [html, new Uint8Array(0), new TextEncoder().encode('nonsense')]) {
        expect(opened.readReply({}, body).ok).toBe(false);
        const fault = opened.readFault(502, {}, body);
        expect(fault.status).toBe(502);
        expect(fault.message).not.toMatch(/<html|^$/);
      }
      const { stream } = fixture.scenarios.tools;
      fc.assert(
        fc.property(
          fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 6 }),
          fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { maxLength: 8 }),
          (pieces, flips) => {
            const noise = opened.openStream({});
            for (const piece of pieces) noise.push(piece);
            noise.end();
            const damaged = Uint8Array.from(stream);
            for (const [at, byte] of flips) damaged[at] = byte;
            const reader = opened.openStream({});
            reader.push(damaged);
            reader.end();
            reader.finish();
            opened.readReply({}, damaged);
            for (const piece of pieces) opened.readFault(500, {}, piece);
          },
        ),
        { numRuns: 100 },
      );
    });

    describe.each(['reasoning', 'tools'] as const)('gives the proofs of %s back', (scenario) => {
      const wire = fixture.scenarios[scenario];
      const signed = Buffer.from(wire.stream).includes('c2ln');
      const results = ['{"sunny":true}', '"noon"'];
      const history = (message: Answer['message'], calls: Answer['toolCalls']): Json[] => [
        user,
        message,
        ...calls.map((call, index) => ({
          role: 'tool',
          tool_call_id: call.id,
          content: results[index] ?? '',
        })),
        { role: 'user', content: 'And now?' },
      ];
      const bodyOf = async (
        answer: Answer,
        message: Answer['message'],
        to: DialectFixture,
        model = to.target.model,
      ) => {
        const dialect = await loadDialect(to.type);
        const next = exchange(
          dialect,
          { ...to.target, model },
          { messages: history(message, answer.toolCalls), stream: false },
        );
        return text(next.request.body);
      };
      const answers = async (): Promise<Answer[]> => {
        const reading = (await open({ stream: false })).readReply({}, wire.replyBody);
        if (!reading.ok) throw new Error(reading.fault.message);
        return [
          readCompletion(text(reading.body)),
          readChunks(relay((await open()).openStream({}), [wire.stream])),
        ];
      };

      it('to their maker', async () => {
        for (const answer of await answers()) {
          const body = await bodyOf(answer, answer.message, fixture);
          expect(body.includes('c2ln')).toBe(signed);
          expect(body.includes('Let me think.')).toBe(signed && scenario === 'reasoning');
          expect(body).not.toMatch(/__fl1__|fairlead/);
        }
      });

      it('to nobody else', async () => {
        for (const answer of await answers()) {
          for (const other of fixtures) {
            const model = other === fixture ? `${other.target.model}-v2` : other.target.model;
            const body = await bodyOf(answer, answer.message, other, model);
            expect(body).not.toMatch(/c2ln|Let me think|__fl1__|fairlead/);
          }
        }
      });

      it('where the client kept nothing but the tool calls', async () => {
        for (const answer of await answers()) {
          const { reasoning_details: _details, reasoning_content: _text, ...bare } = answer.message;
          const body = await bodyOf(answer, bare, fixture);
          expect(body.includes('c2ln')).toBe(signed && scenario === 'tools');
          expect(body).not.toMatch(/__fl1__|fairlead/);
        }
      });
    });
  },
);
