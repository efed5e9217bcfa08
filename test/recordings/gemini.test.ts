import { describe, expect, it } from 'vitest';
import { isFault } from '../../lib/dialects/contract.ts';
import { geminiTranslator } from '../../lib/dialects/gemini/index.ts';
import type { Block, ChatEvent } from '../../lib/domain/chat.ts';
import type { Target } from '../../lib/domain/decision.ts';
import { asArray, asNumber, asObject, asString, isObject, parseJson } from '../../lib/domain/json.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import type { Usage } from '../../lib/domain/usage.ts';
import { recordings, recordingsPresent, responseBytes } from '../support/recordings.ts';
import type { Recording } from '../support/recordings.ts';
import { testTarget } from '../support/target.ts';
import { neutralRequest, normalise, notNeutral } from './gemini-inverse.ts';

const all = recordings(['google', 'vertex'], ['generateContent', 'streamGenerateContent']);
const replies = all.filter((recording) => recording.response.status === 200 && !recording.stream);
const streams = all.filter((recording) => recording.response.status === 200 && recording.stream);
const errors = all.filter((recording) => recording.response.status !== 200);

const pathOf = (recording: Recording): string => decodeURIComponent(recording.request.path);

function targetOf(recording: Recording): Target {
  const model = /\/models\/([^:]+):/.exec(pathOf(recording))?.[1] ?? '';
  return recording.provider === 'vertex'
    ? testTarget('vertex', model, {}, { project: 'example-project', region: 'global' })
    : testTarget('gemini', model);
}

/** Events of a stream, fed in pieces that end at these offsets. */
function eventsOf(recording: Recording, cuts: readonly number[] = []): ChatEvent[] {
  const bytes = responseBytes(recording);
  const parser = geminiTranslator.openStream(targetOf(recording));
  const events: ChatEvent[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    events.push(...parser.push(bytes.subarray(from, to)));
    from = to;
  }
  return [...events, ...parser.end()];
}

/** The provider's own JSON, read without any of the code under test. */
function responsesOf(recording: Recording): JsonObject[] {
  const { sse, body } = recording.response;
  if (sse === undefined) return [asObject(body)];
  return sse
    .split(/\r?\n\r?\n/)
    .filter((event) => event.startsWith('data: '))
    .map((event) => asObject(JSON.parse(event.slice(6))));
}

const partsOf = (recording: Recording): JsonObject[] =>
  responsesOf(recording).flatMap((response) =>
    asArray(asObject(asObject(asArray(response['candidates'])[0])['content'])['parts']).map(asObject),
  );

const textOf = (recording: Recording, thought: boolean): string =>
  partsOf(recording)
    .filter((part) => (part['thought'] === true) === thought)
    .map((part) => asString(part['text']) ?? '')
    .join('');

/** Where each numeric leaf of `usageMetadata` must be found again; a string says why it is nowhere of its own. */
const modalities: Readonly<Record<string, Readonly<Record<string, (usage: Usage) => number | undefined>>>> = {
  promptTokensDetails: { AUDIO: (usage) => usage.inputAudioTokens, IMAGE: (usage) => usage.inputImageTokens },
  cacheTokensDetails: { AUDIO: (usage) => usage.cachedInputAudioTokens },
  candidatesTokensDetails: {
    AUDIO: (usage) => usage.outputAudioTokens,
    IMAGE: (usage) => usage.outputImageTokens,
  },
  toolUsePromptTokensDetails: {},
};
/** Same price, and the rest of a total once sound and images are taken off. */
const derivableModalities = new Set(['TEXT', 'DOCUMENT', 'VIDEO']);
const figures: Readonly<Record<string, (usage: Usage) => number | undefined>> = {
  promptTokenCount: (usage) => usage.inputTokens - (usage.toolInputTokens ?? 0),
  toolUsePromptTokenCount: (usage) => usage.toolInputTokens,
  candidatesTokenCount: (usage) => usage.outputTokens - (usage.reasoningTokens ?? 0),
  thoughtsTokenCount: (usage) => usage.reasoningTokens,
  cachedContentTokenCount: (usage) => usage.cachedInputTokens,
  totalTokenCount: (usage) => usage.totalTokens,
};
const words = new Set(['serviceTier', 'trafficType']);

function expectNoFigureLost(metadata: JsonObject, usage: Usage): void {
  for (const [name, value] of Object.entries(metadata)) {
    if (words.has(name)) {
      expect(usage.serviceTier).toBe({ ON_DEMAND_FLEX: 'flex' }[String(value)] ?? 'default');
    } else if (typeof value === 'number') {
      expect(figures[name]?.(usage), name).toBe(value);
    } else {
      for (const detail of asArray(value).map(asObject)) {
        const modality = asString(detail['modality']) ?? '';
        if (derivableModalities.has(modality)) continue;
        expect(modalities[name]?.[modality]?.(usage), `${name} ${modality}`).toBe(
          asNumber(detail['tokenCount']),
        );
      }
    }
  }
}

function expectArguments(argumentsJson: readonly string[], recording: Recording): void {
  const calls = partsOf(recording).filter((part) => isObject(part['functionCall']));
  const args = calls.map((part) => asObject(part['functionCall'])['args'] ?? {});
  expect(argumentsJson.map((text): Json | undefined => parseJson(text))).toEqual(args);
}

const finishOf = (recording: Recording): string => {
  const reasons = responsesOf(recording).map((response) =>
    asString(asObject(asArray(response['candidates'])[0])['finishReason']),
  );
  const native = reasons.findLast((reason) => reason !== undefined);
  if (partsOf(recording).some((part) => isObject(part['functionCall']))) return 'tool_calls';
  return native === 'MAX_TOKENS' ? 'length' : 'stop';
};

describe.skipIf(!recordingsPresent)('Gemini recordings', () => {
  it('has the recordings it counts on', () => {
    expect([replies.length, streams.length, errors.length]).toEqual([66, 10, 2]);
  });

  it('produces every recorded request that the neutral form can say', () => {
    const groups: Record<string, number> = {};
    for (const recording of all) {
      const body = normalise(asObject(recording.request.body));
      const group = notNeutral(body) ?? 'produced';
      groups[group] = (groups[group] ?? 0) + 1;
      if (group !== 'produced') continue;
      const target = targetOf(recording);
      const origin = { provider: target.provider.type, model: target.model };
      const request = neutralRequest(body, origin, recording.stream);
      expect(geminiTranslator.unsupported(request, target), recording.id).toEqual([]);
      const written = geminiTranslator.writeRequest(request, target);
      const url = new URL(written.url);
      expect(decodeURIComponent(url.pathname)).toBe(pathOf(recording));
      expect(Object.fromEntries(url.searchParams)).toEqual(recording.request.query);
      expect(JSON.parse(String(written.body)), recording.id).toEqual(body);
    }
    expect(groups).toEqual({
      produced: 50,
      'server tools': 18,
      'log probabilities': 2,
      'Cloud Storage': 7,
      'video metadata': 1,
    });
  });

  it.each(replies.map((recording) => [recording.id, recording] as const))('reads %s', (_id, recording) => {
    const reply = geminiTranslator.readReply(responseBytes(recording), targetOf(recording));
    if (isFault(reply)) throw new Error(reply.message);
    const joined = (type: 'text' | 'reasoning'): string =>
      reply.blocks.map((block) => (block.type === type ? block.text : '')).join('');
    expect(joined('text')).toBe(textOf(recording, false));
    expect(joined('reasoning')).toBe(textOf(recording, true));
    expectArguments(
      reply.blocks.flatMap((block) => (block.type === 'tool_call' ? [block.argumentsJson] : [])),
      recording,
    );
    expect(reply.finish).toBe(finishOf(recording));
    const response = responsesOf(recording)[0] ?? {};
    expect(reply.model).toBe(response['modelVersion']);
    expect(reply.id).toBe(response['responseId']);
    expect(signaturesOf(reply.blocks)).toEqual(recordedSignatures(recording));
    if (reply.usage === undefined) throw new Error('no usage');
    expectNoFigureLost(asObject(response['usageMetadata']), reply.usage);
  });

  it.each(streams.map((recording) => [recording.id, recording] as const))('streams %s', (_id, recording) => {
    const events = eventsOf(recording);
    const joined = (type: 'text' | 'reasoning'): string =>
      events.map((event) => (event.type === type ? event.text : '')).join('');
    expect(events.filter((event) => event.type === 'fault')).toEqual([]);
    expect(joined('text')).toBe(textOf(recording, false));
    expect(joined('reasoning')).toBe(textOf(recording, true));
    expectArguments(
      events.flatMap((event) => (event.type === 'tool_arguments' ? [event.argumentsJson] : [])),
      recording,
    );
    expect(events.filter((event) => event.type === 'finish').map((event) => event.finish)).toEqual([
      finishOf(recording),
    ]);
    expect(events.at(-1)).toEqual({ type: 'end' });
    const metadata = responsesOf(recording).map((response) => asObject(response['usageMetadata']));
    const usages = events.flatMap((event) => (event.type === 'usage' ? [event.usage] : []));
    expect(usages).toHaveLength(metadata.length);
    usages.forEach((usage, index) => expectNoFigureLost(metadata[index] ?? {}, usage));
  });

  it.each(errors.map((recording) => [recording.id, recording] as const))(
    'reads the error %s',
    (_id, recording) => {
      const { status, headers } = recording.response;
      const fault = geminiTranslator.readFault(status, headers, responseBytes(recording));
      const error = asObject(asObject(recording.response.body)['error']);
      expect(fault).toEqual({ status, type: error['status'], message: error['message'] });
    },
  );

  it('reads streams alike wherever they are cut', () => {
    for (const recording of streams) {
      const whole = eventsOf(recording);
      const size = responseBytes(recording).length;
      const step = Math.max(1, Math.floor(size / 200));
      for (let cut = 1; cut < size; cut += step) {
        expect(eventsOf(recording, [cut]), `${recording.id} at ${cut}`).toEqual(whole);
      }
      for (let chunk = 1; chunk <= 7; chunk += 1) {
        const cuts = Array.from({ length: Math.ceil(size / chunk) - 1 }, (_, index) => (index + 1) * chunk);
        expect(eventsOf(recording, cuts), `${recording.id} in chunks of ${chunk}`).toEqual(whole);
      }
    }
  });
});

function signaturesOf(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => {
    if (block.type === 'text' || block.type === 'tool_call') return block.signature?.value ?? [];
    if (block.type === 'reasoning') return block.signature ?? [];
    return block.type === 'opaque' ? (asString(asObject(block.value)['thoughtSignature']) ?? []) : [];
  });
}

const recordedSignatures = (recording: Recording): string[] =>
  partsOf(recording).flatMap((part) => asString(part['thoughtSignature']) ?? []);
