import { describe, expect, it } from 'vitest';
import { anthropicTranslator as anthropic } from '../../lib/dialects/anthropic/index.ts';
import { isFault } from '../../lib/dialects/contract.ts';
import type { ChatEvent } from '../../lib/domain/chat.ts';
import { asArray, asNumber, asObject, asString, isObject, parseJson } from '../../lib/domain/json.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import { laterUsage } from '../../lib/domain/usage.ts';
import type { Usage, UsageIteration } from '../../lib/domain/usage.ts';
import { recordings, recordingsPresent, responseBytes } from '../support/recordings.ts';
import type { Recording } from '../support/recordings.ts';
import { testTarget } from '../support/target.ts';
import { cannotSay, neutralOf, normalised, withoutServerTools } from './anthropic-inverse.ts';

const all = recordings(['anthropic', 'pydantic-gateway'], ['messages']);
const wholes = all.filter(({ response }) => response.status < 300 && response.body !== undefined);
const streams = all.filter(({ response }) => response.sse !== undefined);

const targetOf = (recording: Recording) =>
  testTarget('anthropic', asString(asObject(recording.request.body)['model']) ?? '');

describe.skipIf(!recordingsPresent)('recorded Anthropic exchanges', () => {
  it('are all there', () => {
    expect([all.length, wholes.length, streams.length]).toEqual([58, 47, 10]);
  });

  it('request by request are written again, but for what the neutral form has no words for', () => {
    const groups = new Map<string, number>();
    const count = (group: string) => groups.set(group, (groups.get(group) ?? 0) + 1);
    for (const recording of all) {
      const body = asObject(recording.request.body);
      const reason = cannotSay(body);
      if (reason === undefined) {
        expectWrittenAgain(recording, body);
        count('written');
      } else if (reason === 'server tools' || reason === 'deferred tools') {
        const rest = withoutServerTools(body);
        const stillNot = cannotSay(rest);
        if (stillNot === undefined) expectWrittenAgain(recording, rest);
        count(stillNot === undefined ? 'written without its server tools' : stillNot);
      } else count(reason);
    }
    expect(Object.fromEntries(groups)).toEqual({
      written: 24,
      'written without its server tools': 18,
      container: 3,
      mcp_servers: 2,
      context_management: 1,
      container_upload: 1,
      tool_addition: 3,
      tool_reference: 3,
      'task budget': 2,
      'effort without thinking': 1,
    });
  });

  it.each(wholes.map((recording) => [recording.id, recording] as const))('reply %s', (_id, recording) => {
    const reply = anthropic.readReply(responseBytes(recording), targetOf(recording));
    if (isFault(reply)) throw new Error(reply.message);
    const body = asObject(recording.response.body);
    const content = asArray(body['content']).map(asObject);

    const text = content.map((block) => (block['type'] === 'text' ? asString(block['text']) : '')).join('');
    expect(reply.blocks.map((block) => (block.type === 'text' ? block.text : '')).join('')).toBe(text);
    const calls = reply.blocks.flatMap((block) => (block.type === 'tool_call' ? [block] : []));
    expect(calls.map(({ argumentsJson }) => parseJson(argumentsJson))).toEqual(
      content.filter(({ type }) => type === 'tool_use').map(({ input }) => input),
    );
    expect(reply.blocks.filter(({ type }) => type !== 'citation')).toHaveLength(content.length);
    expect(reply.nativeFinish).toBe(body['stop_reason']);
    expect(reply.model).toBe(body['model']);
    expectNothingLost(asObject(body['usage']), reply.usage);
  });

  it.each(streams.map((recording) => [recording.id, recording] as const))('stream %s', (_id, recording) => {
    const wire = wireEvents(recording);
    const deltas = wire.map((event) => asObject(event['delta']));
    const events = readWhole(recording);

    expect(events.filter(({ type }) => type === 'fault')).toEqual([]);
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
    expect(events.at(-1)).toEqual({ type: 'end' });
    expect(events.map((event) => (event.type === 'text' ? event.text : '')).join('')).toBe(
      deltas.map(({ type, text }) => (type === 'text_delta' ? text : '')).join(''),
    );
    expect(events.map((event) => (event.type === 'reasoning' ? event.text : '')).join('')).toBe(
      deltas.map(({ type, thinking }) => (type === 'thinking_delta' ? thinking : '')).join(''),
    );
    const starts = wire.map((event) => asObject(event['content_block'])['type']);
    for (const [type, count] of [
      ['tool_call', starts.filter((start) => start === 'tool_use').length],
      ['citation', deltas.filter(({ type }) => type === 'citations_delta').length],
      ['opaque', starts.filter((start) => /server_|mcp_|_result/.test(String(start))).length],
      ['reasoning_proof', deltas.filter(({ type }) => type === 'signature_delta').length],
    ] as const) {
      expect(events.filter((event) => event.type === type)).toHaveLength(count);
    }
    const calls = events.flatMap((event) => (event.type === 'tool_call' ? [event.toolIndex] : []));
    for (const index of calls) {
      const json = events.map((event) =>
        event.type === 'tool_arguments' && event.toolIndex === index ? event.argumentsJson : '',
      );
      expect(parseJson(json.join(''))).toBeTypeOf('object');
    }
    expectNothingLost(lastUsage(wire), readUsage(events));
  });

  it.each(streams.map((recording) => [recording.id, recording] as const))(
    'cut anywhere %s',
    (_id, recording) => {
      const bytes = responseBytes(recording);
      const whole = JSON.stringify(readWhole(recording));
      const cuts = 200;
      for (let cut = 0; cut <= cuts; cut += 1) {
        const at = Math.floor((bytes.length * cut) / cuts);
        expect(
          JSON.stringify(read(recording, [bytes.subarray(0, at), bytes.subarray(at)])) === whole,
          `${at}`,
        ).toBe(true);
      }
      for (let size = 1; size <= 7; size += 1) {
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        expect(JSON.stringify(read(recording, chunks)) === whole, `chunks of ${size}`).toBe(true);
      }
    },
  );

  it('errors give the reason the provider gave', () => {
    const errors = all.filter(({ response }) => response.status >= 400);
    expect(errors).toHaveLength(1);
    for (const recording of errors) {
      const { status, headers, body } = recording.response;
      const fault = anthropic.readFault(status, headers, responseBytes(recording));
      const error = asObject(asObject(body)['error']);
      expect(fault).toMatchObject({ status, type: error['type'], message: error['message'] });
    }
  });
});

function expectWrittenAgain(recording: Recording, body: JsonObject): void {
  const target = targetOf(recording);
  const request = neutralOf(body);
  expect(anthropic.unsupported(request, target), recording.id).toEqual([]);
  const written = anthropic.writeRequest(request, target);
  expect(normalised(asObject(parseJson(String(written.body)))), recording.id).toEqual(normalised(body));
}

function read(recording: Recording, chunks: readonly Uint8Array[]): ChatEvent[] {
  const parser = anthropic.openStream(targetOf(recording));
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
}

const readWhole = (recording: Recording): ChatEvent[] => read(recording, [responseBytes(recording)]);

const wireEvents = (recording: Recording): JsonObject[] =>
  (recording.response.sse ?? '')
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => asObject(parseJson(line.slice(5))));

function readUsage(events: readonly ChatEvent[]): Usage | undefined {
  let usage: Usage | undefined;
  for (const event of events) if (event.type === 'usage') usage = laterUsage(usage, event.usage);
  return usage;
}

/** The stream's own figures: what `message_start` said, overlaid by what `message_delta` said. */
function lastUsage(wire: readonly JsonObject[]): JsonObject {
  const start = asObject(asObject(wire.find(({ type }) => type === 'message_start')?.['message'])['usage']);
  return { ...start, ...asObject(wire.findLast(({ type }) => type === 'message_delta')?.['usage']) };
}

/** Where each figure of the wire must be found again. */
const places: Readonly<Record<string, (usage: UsageIteration) => number | undefined>> = {
  input_tokens: (usage) => usage.inputTokens - (usage.cachedInputTokens ?? 0) - (usage.cacheWriteTokens ?? 0),
  output_tokens: ({ outputTokens }) => outputTokens,
  cache_read_input_tokens: ({ cachedInputTokens }) => cachedInputTokens,
  cache_creation_input_tokens: ({ cacheWriteTokens }) => cacheWriteTokens,
  'cache_creation.ephemeral_1h_input_tokens': ({ cacheWrite1hTokens }) => cacheWrite1hTokens,
  'cache_creation.ephemeral_5m_input_tokens': (usage) =>
    (usage.cacheWriteTokens ?? 0) - (usage.cacheWrite1hTokens ?? 0),
  'output_tokens_details.thinking_tokens': ({ reasoningTokens }) => reasoningTokens,
  'server_tool_use.web_search_requests': ({ webSearches }) => webSearches,
  'server_tool_use.web_fetch_requests': ({ webFetches }) => webFetches,
};
/** Figures that are not Anthropic's: the estimate of the proxy the recording went through. */
const foreign = new Set(['pydantic_ai_gateway.cost_estimate']);

function expectNothingLost(
  wire: JsonObject,
  usage: UsageIteration | undefined,
  iterations?: readonly UsageIteration[],
) {
  const read = usage as Usage | undefined;
  if (read === undefined) throw new Error('no usage');
  for (const [path, value] of leaves({ ...wire, iterations: undefined })) {
    if (foreign.has(path)) continue;
    expect([path, places[path]?.(read)]).toEqual([path, value]);
  }
  const parts = asArray(wire['iterations']).map(asObject);
  expect((iterations ?? read.iterations ?? []).length).toBe(parts.length);
  parts.forEach((part, index) => {
    const iteration = read.iterations?.[index];
    expect(iteration?.model).toBe(part['model']);
    expectNothingLost(part, iteration);
  });
}

function leaves(value: Json | undefined, path = ''): [string, number][] {
  const number = asNumber(value);
  if (number !== undefined) return [[path, number]];
  if (Array.isArray(value)) return value.flatMap((entry) => leaves(entry, `${path}[]`));
  return isObject(value)
    ? Object.entries(value).flatMap(([name, entry]) => leaves(entry, path === '' ? name : `${path}.${name}`))
    : [];
}
