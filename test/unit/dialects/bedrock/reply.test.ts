import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { readReply } from '../../../../lib/dialects/bedrock/reply.ts';
import { models, target } from './ask.ts';

const origin = { provider: 'bedrock', model: models.sonnet45 };
const read = (wire: unknown) => readReply(Buffer.from(JSON.stringify(wire)), target(models.sonnet45));
const answer = (content: readonly object[], rest: object = { stopReason: 'end_turn' }) =>
  read({ output: { message: { role: 'assistant', content } }, ...rest });

describe('readReply', () => {
  it('keeps all blocks in order', () => {
    expect(
      answer(
        [
          { reasoningContent: { reasoningText: { text: 'Hm', signature: 'c2ln' } } },
          { reasoningContent: { redactedContent: 'c2Vj' } },
          { text: 'I look.' },
          { toolUse: { toolUseId: 't1', name: 'weather', input: { city: 'Paris' } } },
          { toolUse: { toolUseId: 't2', name: 'time', input: {} } },
        ],
        {
          stopReason: 'tool_use',
          usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 },
          metrics: { latencyMs: 9 },
        },
      ),
    ).toEqual({
      model: models.sonnet45,
      blocks: [
        { type: 'reasoning', text: 'Hm', signature: 'c2ln', origin },
        { type: 'reasoning', text: '', encrypted: 'c2Vj', origin },
        { type: 'text', text: 'I look.' },
        { type: 'tool_call', id: 't1', name: 'weather', argumentsJson: '{"city":"Paris"}' },
        { type: 'tool_call', id: 't2', name: 'time', argumentsJson: '{}' },
      ],
      finish: 'tool_calls',
      nativeFinish: 'tool_use',
      usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 },
    });
  });

  it('keeps numbers too long for a double', () => {
    const body =
      '{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"f","input":{"id":12345678901234567890}}}]}}}';
    expect(readReply(Buffer.from(body), target(models.sonnet45))).toMatchObject({
      blocks: [{ argumentsJson: '{"id":12345678901234567890}' }],
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['refusal', 'refusal'],
    ['something_new', 'stop'],
  ])('maps the stop reason %s to %s', (stopReason, finish) => {
    expect(answer([{ text: 'x' }], { stopReason })).toMatchObject({ finish, nativeFinish: stopReason });
  });

  it('says tool_calls where a model ends its turn with a call', () => {
    const call = { toolUse: { toolUseId: 't', name: 'f', input: {} } };
    expect(answer([call])).toMatchObject({ finish: 'tool_calls', nativeFinish: 'end_turn' });
  });

  it('keeps blocks only Bedrock understands', () => {
    const toolUse = {
      toolUse: { toolUseId: 's', name: 'nova_code_interpreter', input: {}, type: 'server_tool_use' },
    };
    const toolResult = { toolResult: { toolUseId: 's', content: [], type: 'nova_code_interpreter_result' } };
    expect(answer([toolUse, toolResult])).toMatchObject({
      blocks: [
        { type: 'opaque', origin, value: toolUse },
        { type: 'opaque', origin, value: toolResult },
      ],
      finish: 'stop',
    });
  });

  it('reads cited text, images and the tier', () => {
    const cited = { content: [{ text: 'It grew.' }], citations: [{ title: 'Report', location: {} }] };
    const reply = answer(
      [{ citationsContent: cited }, { image: { format: 'png', source: { bytes: 'aWlp' } } }],
      { usage: { inputTokens: 1, outputTokens: 1 }, serviceTier: { type: 'flex' } },
    );
    expect(reply).toMatchObject({
      blocks: [
        { type: 'text', text: 'It grew.' },
        { type: 'citation', title: 'Report' },
        { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aWlp' } },
      ],
      serviceTier: 'flex',
      usage: { serviceTier: 'flex' },
    });
  });

  it('names the model a prompt router chose', () => {
    const invokedModelId = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0';
    expect(
      answer([], { usage: { inputTokens: 1, outputTokens: 1 }, trace: { promptRouter: { invokedModelId } } }),
    ).toMatchObject({ model: 'us.amazon.nova-pro-v1:0', usage: { servedModel: 'us.amazon.nova-pro-v1:0' } });
  });

  it('turns a 200 that is no answer into a fault', () => {
    expect(
      read({ Output: { __type: 'com.amazon.coral.service#UnknownOperationException' }, Version: '1.0' }),
    ).toEqual({
      status: 502,
      type: 'UnknownOperationException',
      message: 'Bedrock answered 200 with UnknownOperationException',
    });
    expect(read([])).toEqual({ status: 502, message: 'Bedrock answered 200 without a message' });
    expect(answer([{ text: '{"a' }], { stopReason: 'malformed_tool_use' })).toMatchObject({ status: 502 });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.json(), (json) => void answer([JSON.parse(json)])));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readReply(bytes, target(models.llama))));
  });
});
