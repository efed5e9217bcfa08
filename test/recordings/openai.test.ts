import { describe, expect, it } from 'vitest';
import { openAiDialect } from '../../lib/dialects/openai/dialect.ts';
import { openAiTranslation } from '../../lib/dialects/openai/translation.ts';
import { parseClientRequest } from '../../lib/dialects/index.ts';
import type { ClientRequest, Exchange, StreamReader } from '../../lib/dialects/contract.ts';
import { GatewayError } from '../../lib/domain/failure.ts';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  parseJson,
  type Json,
} from '../../lib/domain/json.ts';
import type { Operation } from '../../lib/domain/policy.ts';
import type { Usage } from '../../lib/domain/usage.ts';
import { outputText as text } from '../contract/openai-answer.ts';
import { recordings, recordingsPresent, responseBytes, type Recording } from '../support/recordings.ts';
import { asSent, providers, recordedTarget, usageLeaves } from './openai-hosts.ts';

const operations: Readonly<Record<string, Operation>> = {
  'chat.completions': 'chat',
  responses: 'responses',
  embeddings: 'embeddings',
};
const all = recordings(providers, Object.keys(operations))
  // Google's embeddings are its own API; only its chat completions are of this shape.
  .filter(({ provider, operation }) => provider !== 'google' || operation === 'chat.completions');
const named = (some: readonly Recording[]): [string, Recording][] =>
  some.map((recording) => [`${recording.provider} ${recording.id.replace('pydantic-ai.', '')}`, recording]);

function open(recording: Recording): { request: ClientRequest; exchange: Exchange } {
  const operation = operations[recording.operation] ?? 'chat';
  const request = parseClientRequest(operation, JSON.stringify(recording.request.body), {});
  const target = recordedTarget(recording.provider, request.model);
  const context = {
    requestId: 'r',
    createdS: 0,
    model: request.model,
    wantsStreamUsage: request.wantsStreamUsage,
  };
  expect(openAiDialect.unsupported(request, target)).toEqual([]);
  return { request, exchange: openAiDialect.open(request, target, context) };
}

/** The JSON of every `data:` line, read as naively as can be. */
const naiveData = (sse: string): Json[] =>
  sse.split(/\r?\n/).flatMap((line) => {
    const json = line.startsWith('data:') ? parseJson(line.slice(5)) : undefined;
    return json === undefined ? [] : [json];
  });

function leaves(value: unknown, path: string): [string, number][] {
  if (typeof value === 'number') return [[path, value]];
  return Object.entries(asObject(value)).flatMap(([key, inner]) =>
    leaves(inner, path === '' ? key : `${path}.${key}`),
  );
}

function expectNoFigureLost(usageObject: Json, usage: Usage | undefined): void {
  const figures: Record<string, unknown> = { ...usage };
  for (const [path, value] of leaves(usageObject, '')) {
    const figure = usageLeaves[path];
    if (figure === undefined) throw new Error(`usage.${path} is read by nobody`);
    if (figure === '0') expect(value).toBe(0);
    else if (figure === 'providerCostUsd' && asObject(usageObject)['is_byok'] === true) {
      const upstream = asNumber(asObject(asObject(usageObject)['cost_details'])['upstream_inference_cost']);
      expect(figures[figure]).toBe(value + (upstream ?? 0));
    } else if (figure !== '-') expect([path, figures[figure]]).toEqual([path, value]);
  }
}

const usageOf = (body: Json): Json | undefined =>
  asObject(body)['usage'] ??
  asObject(asObject(body)['response'])['usage'] ??
  asObject(asObject(body)['x_groq'])['usage'];

describe.skipIf(!recordingsPresent)('recorded exchanges of the OpenAI shape', () => {
  it('are all here', () => {
    const counts: Record<string, number> = {};
    for (const { provider, operation } of all) {
      const key = `${provider} ${operation}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    expect(counts).toEqual({
      'openai chat.completions': 41,
      'openai responses': 32,
      'openai embeddings': 3,
      'groq chat.completions': 26,
      'mistral chat.completions': 13,
      'openrouter chat.completions': 39,
      'openrouter responses': 1,
      'cerebras chat.completions': 7,
      'crusoe chat.completions': 4,
      'deepseek chat.completions': 2,
      'deepseek responses': 4,
      'huggingface chat.completions': 5,
      'ollama chat.completions': 1,
      'snowflake chat.completions': 5,
      'zai chat.completions': 2,
      'google chat.completions': 1,
      'bedrock-mantle responses': 6,
    });
  });

  describe('requests', () => {
    const requests = all.filter((recording) => recording.request.body?.['model'] !== undefined);

    it.each(named(requests))('%s passes through', (_name, recording) => {
      const { request, exchange } = open(recording);
      const body = recording.request.body ?? {};
      const wanted = recording.operation === 'chat.completions' ? asSent(recording.provider, body) : body;
      const sent = text(exchange.request.body);
      expect(parseJson(sent)).toEqual(wanted);
      if (JSON.stringify(wanted) === request.text) expect(sent).toBe(request.text);
    });

    it('can be said in the neutral form, but for those that use what belongs to one provider', () => {
      const reasons: Record<string, number> = {};
      for (const recording of requests.filter(({ operation }) => operation === 'chat.completions')) {
        let reason = 'said';
        try {
          const neutral = openAiTranslation.readNeutral(open(recording).request);
          expect(neutral.messages).toHaveLength(asArray(recording.request.body?.['messages']).length);
          const others = Object.keys(neutral.others).join(' ');
          if (others !== '') reason = `others: ${others}`;
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          reason = `${error.param}: ${error.message.replace(/^\S+ /, '')}`;
        }
        reasons[reason] = (reasons[reason] ?? 0) + 1;
      }
      expect(reasons).toEqual({
        said: 124,
        'others: clear_thinking': 1,
        'others: models provider transforms': 1,
        'others: moderation': 3,
        'others: provider': 4,
        'others: reasoning_format': 6,
        'others: search_settings': 1,
        'others: web_search_options': 1,
        'tools[0].type: must be "function" to be translated, but is the string "openrouter:advisor".': 2,
        'tools[0].type: must be "function" to be translated, but is the string "openrouter:web_search".': 3,
      });
    });
  });

  describe('errors', () => {
    const errors = all.filter((recording) => recording.response.status >= 400);

    it('are all here', () => expect(errors).toHaveLength(15));

    it.each(named(errors))('%s gives its message', (_name, recording) => {
      const { status, headers, body } = recording.response;
      const fault = open(recording).exchange.readFault(status, headers, responseBytes(recording));
      const error = asObject(asObject(body)['error']);
      expect(fault.status).toBe(status);
      expect(fault.message).toContain(String(error['message']).slice(0, 60).trim());
      const code = error['code'];
      expect(fault.code).toBe(code === null || code === undefined ? undefined : String(code));
      const raw = asString(asObject(error['metadata'])['raw']);
      if (raw !== undefined) expect(fault.message).toContain(raw);
    });
  });

  describe('whole answers', () => {
    const answers = all.filter(({ response }) => response.status < 300 && response.body !== undefined);

    it('are all here', () => expect(answers).toHaveLength(121));

    it.each(named(answers))('%s is returned as it came', (_name, recording) => {
      const bytes = responseBytes(recording);
      const reading = open(recording).exchange.readReply(recording.response.headers, bytes);
      if (!reading.ok) throw new Error(reading.fault.message);
      expect(reading.body).toBe(bytes);
      const body = asObject(recording.response.body);
      expect(reading.model).toBe(asString(body['model']) || undefined);
      const usage = usageOf(body);
      if (isObject(usage)) expectNoFigureLost(usage, reading.usage);
    });
  });

  describe('streams', () => {
    const streams = all.filter(({ response }) => response.sse !== undefined);

    it('are all here', () => expect(streams).toHaveLength(56));

    it.each(named(streams))('%s passes through', (_name, recording) => {
      const bytes = responseBytes(recording);
      const { exchange, request } = open(recording);
      const run = (pieces: readonly Uint8Array[]): { out: string; reader: StreamReader } => {
        const reader = exchange.openStream(recording.response.headers);
        const out: Uint8Array[] = [];
        for (const piece of pieces) {
          const step = reader.push(piece);
          expect(step.fault).toBeUndefined();
          out.push(Buffer.from(step.output));
        }
        const step = reader.end();
        expect(step.fault).toBeUndefined();
        return { out: text(Buffer.concat([...out, Buffer.from(step.output)])) + reader.finish(), reader };
      };

      const { out, reader } = run([bytes]);
      const original = recording.response.sse ?? '';
      const isChat = recording.operation === 'chat.completions';
      const events = naiveData(original);
      const hidden = (event: Json): boolean =>
        isChat &&
        !request.wantsStreamUsage &&
        asArray(asObject(event)['choices']).length === 0 &&
        isObject(asObject(event)['usage']);
      expect(naiveData(out)).toEqual(events.filter((event) => !hidden(event)));
      if (!events.some(hidden)) expect(out.trimEnd()).toBe(original.trimEnd());
      expect(reader.state).toMatchObject({
        content: true,
        finished: true,
        terminated: true,
        insideToolCall: false,
      });
      expect(reader.state.outputChars).toBe(isChat ? naiveChatChars(events) : naiveResponsesChars(events));
      const usages = events.map(usageOf).filter(isObject);
      const last = usages.at(-1);
      if (last !== undefined) expectNoFigureLost(last, reader.state.usage);

      const cuts = Math.min(bytes.length - 1, 200, Math.ceil(1_500_000 / bytes.length));
      for (let step = 1; step <= cuts; step += 1) {
        const cut = Math.floor((step * bytes.length) / (cuts + 1));
        const halves = run([bytes.subarray(0, cut), bytes.subarray(cut)]);
        expect(halves.out).toBe(out);
        expect(halves.reader.state).toEqual(reader.state);
      }
      for (const size of bytes.length > 20_000 ? [] : [1, 3, 7]) {
        const pieces = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
        const small = run(pieces);
        expect(small.out).toBe(out);
        expect(small.reader.state).toEqual(reader.state);
      }
    });
  });
});

const chars = (value: unknown): number => asString(value)?.length ?? 0;

function naiveChatChars(events: readonly Json[]): number {
  return events
    .flatMap((event) => asArray(asObject(event)['choices']))
    .reduce<number>((sum, choice) => {
      const delta = asObject(asObject(choice)['delta']);
      const calls = asArray(delta['tool_calls']).map((call) =>
        chars(asObject(asObject(call)['function'])['arguments']),
      );
      const reasoning = Math.max(
        chars(delta['reasoning']),
        chars(delta['reasoning_content']),
        ...asArray(delta['reasoning_details']).map((detail) => chars(asObject(detail)['text'])),
      );
      return calls.reduce((a, b) => a + b, sum + chars(delta['content']) + reasoning);
    }, 0);
}

const naiveResponsesChars = (events: readonly Json[]): number =>
  events.reduce<number>((sum, event) => sum + chars(asObject(event)['delta']), 0);
