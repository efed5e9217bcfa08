import { describe, expect, it } from 'vitest';
import { bedrockTranslator } from '../../lib/dialects/bedrock/index.ts';
import { isFault } from '../../lib/dialects/contract.ts';
import type { ChatEvent, ChatReply } from '../../lib/domain/chat.ts';
import { asArray, asObject, asString, isObject } from '../../lib/domain/json.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import type { Target } from '../../lib/domain/decision.ts';
import type { Usage } from '../../lib/domain/usage.ts';
import { recordings, recordingsPresent, responseBytes } from '../support/recordings.ts';
import type { Recording } from '../support/recordings.ts';
import { testTarget } from '../support/target.ts';
import { invert, normalise, unsayable } from './bedrock-inverse.ts';

const all = recordings(['bedrock'], ['converse', 'converse-stream']);
const answered = all.filter(({ response }) => response.status === 200);
const replies = answered.filter(({ response }) => response.base64 === undefined);
const streams = answered.filter(({ response }) => response.base64 !== undefined);
const errors = all.filter(({ response }) => response.status >= 400);

const bodyOf = ({ request }: Recording): JsonObject => request.body ?? {};
const targetOf = ({ request }: Recording): Target =>
  testTarget('bedrock', decodeURIComponent(request.path.split('/')[2] ?? ''));

describe.skipIf(!recordingsPresent)('recorded requests to Bedrock', () => {
  const sayable = all.filter((recording) => unsayable(bodyOf(recording)) === undefined);

  it.each(sayable)('$id is written again', (recording) => {
    const target = targetOf(recording);
    const request = invert(bodyOf(recording), target.model, recording.stream);
    expect(bedrockTranslator.unsupported(request, target)).toEqual([]);
    const written = bedrockTranslator.writeRequest(request, target);
    expect(new URL(written.url).pathname).toBe(recording.request.path);
    expect(normalise(JSON.parse(String(written.body)))).toEqual(normalise(bodyOf(recording)));
  });

  it('says why the others cannot be', () => {
    const reasons = all
      .map((recording) => unsayable(bodyOf(recording)))
      .filter((reason) => reason !== undefined);
    const counts = Object.fromEntries(
      [...new Set(reasons)].map((reason) => [reason, reasons.filter((other) => other === reason).length]),
    );
    expect({ sayable: sayable.length, ...counts }).toEqual({
      sayable: 36,
      'server tool': 3,
      'S3 object': 4,
      video: 1,
    });
  });
});

describe.skipIf(!recordingsPresent)('recorded replies of Bedrock', () => {
  it.each(replies)('$id is read', (recording) => {
    const reply = bedrockTranslator.readReply(responseBytes(recording), targetOf(recording));
    if (isFault(reply)) return expect.fail(reply.message);
    const wire = asObject(recording.response.body);
    expect(textOf(reply)).toBe(naiveText(wire));
    expectWholeCalls(
      reply.blocks.flatMap((block) => (block.type === 'tool_call' ? [block.argumentsJson] : [])),
    );
    expect(reply.nativeFinish).toBe(wire['stopReason']);
    expectAllFigures(wire['usage'], reply.usage);
  });
});

describe.skipIf(!recordingsPresent)('recorded streams of Bedrock', () => {
  it.each(streams)('$id is read', (recording) => {
    const events = readWhole(recording);
    const frames = naiveFrames(responseBytes(recording));
    const text = frames.map((frame) => asString(asObject(frame['delta'])['text']) ?? '').join('');
    expect(events.map((event) => (event.type === 'text' ? event.text : '')).join('')).toBe(text);
    expect(events.filter(({ type }) => type === 'fault')).toEqual([]);
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
    expect(events.at(-1)).toEqual({ type: 'end' });
    const calls: string[] = [];
    for (const event of events) {
      if (event.type === 'tool_arguments') {
        calls[event.toolIndex] = (calls[event.toolIndex] ?? '') + event.argumentsJson;
      }
    }
    expectWholeCalls(calls);
    const usage = events.flatMap((event) => (event.type === 'usage' ? [event.usage] : []));
    expect(usage).toHaveLength(1);
    expectAllFigures(frames.find((frame) => frame['usage'] !== undefined)?.['usage'], usage[0]);
  });

  it.each(streams)('$id gives the same events wherever it is cut', (recording) => {
    const whole = readWhole(recording);
    const bytes = responseBytes(recording);
    // Every byte of a short stream, 300 places spread over a long one.
    const step = Math.max(1, bytes.length < 2000 ? 1 : Math.floor(bytes.length / 300));
    for (let at = 1; at < bytes.length; at += step) {
      const parser = bedrockTranslator.openStream(targetOf(recording));
      const events = [
        ...parser.push(bytes.subarray(0, at)),
        ...parser.push(bytes.subarray(at)),
        ...parser.end(),
      ];
      if (JSON.stringify(events) !== JSON.stringify(whole))
        expect(events, `cut at byte ${at}`).toEqual(whole);
    }
    for (let size = 1; size <= 7; size += 1) {
      const parser = bedrockTranslator.openStream(targetOf(recording));
      const events: ChatEvent[] = [];
      for (let at = 0; at < bytes.length; at += size)
        events.push(...parser.push(bytes.subarray(at, at + size)));
      expect([...events, ...parser.end()], `chunks of ${size}`).toEqual(whole);
    }
  });
});

describe.skipIf(!recordingsPresent)('recorded errors of Bedrock', () => {
  it('are five', () => expect(errors).toHaveLength(5));

  it.each(errors)('$id keeps its reason', (recording) => {
    const { status, headers, body } = recording.response;
    const fault = bedrockTranslator.readFault(status, headers, responseBytes(recording));
    expect(fault).toEqual({ status, message: asObject(body)['message'] });
  });
});

function readWhole(recording: Recording): ChatEvent[] {
  const parser = bedrockTranslator.openStream(targetOf(recording));
  return [...parser.push(responseBytes(recording)), ...parser.end()];
}

const textOf = ({ blocks }: ChatReply): string =>
  blocks.map((block) => (block.type === 'text' ? block.text : '')).join('');

const naiveText = (wire: JsonObject): string =>
  asArray(asObject(asObject(wire['output'])['message'])['content'])
    .map((block) => asString(asObject(block)['text']) ?? '')
    .join('');

/** The JSON payloads of the frames, found by their lengths alone. */
function naiveFrames(bytes: Uint8Array): JsonObject[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloads: JsonObject[] = [];
  for (let at = 0; at < bytes.length; at += view.getUint32(at)) {
    const from = at + 12 + view.getUint32(at + 4);
    const payload = Buffer.from(bytes.subarray(from, at + view.getUint32(at) - 4)).toString('utf8');
    payloads.push(asObject(JSON.parse(payload)));
  }
  return payloads;
}

function expectWholeCalls(calls: readonly string[]): void {
  for (const call of calls) expect(isObject(JSON.parse(call === '' ? '{}' : call))).toBe(true);
}

/** Every number Bedrock reports has its place: a figure of ours, or a sum or a repetition of others. */
function expectAllFigures(wire: Json | undefined, usage: Usage | undefined): void {
  if (usage === undefined) return expect.fail('no usage');
  const cached = usage.cachedInputTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  const places: Readonly<Record<string, number | undefined>> = {
    inputTokens: usage.inputTokens - cached - written,
    outputTokens: usage.outputTokens,
    totalTokens: usage.totalTokens,
    cacheReadInputTokens: usage.cachedInputTokens,
    cacheReadInputTokenCount: usage.cachedInputTokens,
    cacheWriteInputTokens: usage.cacheWriteTokens,
    cacheWriteInputTokenCount: usage.cacheWriteTokens,
    'cacheDetails.5m': written - (usage.cacheWrite1hTokens ?? 0),
    'cacheDetails.1h': usage.cacheWrite1hTokens,
  };
  for (const [path, figure] of figures(asObject(wire)))
    expect({ [path]: places[path] }).toEqual({ [path]: figure });
  expect(usage.totalTokens).toBe(usage.inputTokens + usage.outputTokens);
}

function figures(wire: JsonObject, prefix = ''): [string, number][] {
  return Object.entries(wire).flatMap(([name, value]): [string, number][] => {
    if (typeof value === 'number') return [[prefix + name, value]];
    if (name === 'cacheDetails') {
      return asArray(value).map((detail) => {
        const { ttl, inputTokens } = asObject(detail);
        return [`cacheDetails.${String(ttl)}`, Number(inputTokens)];
      });
    }
    return isObject(value) ? figures(value, `${prefix}${name}.`) : [];
  });
}
