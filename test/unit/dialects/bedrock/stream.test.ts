import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { BedrockStream } from '../../../../lib/dialects/bedrock/stream.ts';
import type { ChatEvent } from '../../../../lib/domain/chat.ts';
import { models, target } from './ask.ts';
import { events, exception, frame } from './wire.ts';

const origin = { provider: 'bedrock', model: models.sonnet45 };

function read(...chunks: readonly Uint8Array[]): ChatEvent[] {
  const parser = new BedrockStream(target(models.sonnet45));
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
}

const metadata = ['metadata', { usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 } }] as const;
const usage = { inputTokens: 3, outputTokens: 4, totalTokens: 7 };

describe('BedrockStream', () => {
  it('reads text, its finish and its usage', () => {
    expect(
      read(
        events(
          ['messageStart', { role: 'assistant' }],
          ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: '' } }],
          ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hel' } }],
          ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'lo' } }],
          ['contentBlockStop', { contentBlockIndex: 0 }],
          ['messageStop', { stopReason: 'max_tokens' }],
          metadata,
        ),
      ),
    ).toEqual([
      { type: 'start' },
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'finish', finish: 'length', nativeFinish: 'max_tokens' },
      { type: 'usage', usage },
      { type: 'end' },
    ]);
  });

  it('numbers tool calls from 0, whatever blocks stand between them', () => {
    expect(
      read(
        events(
          ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'I look.' } }],
          [
            'contentBlockStart',
            { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't1', name: 'weather' } } },
          ],
          ['contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{"city":' } } }],
          [
            'contentBlockStart',
            { contentBlockIndex: 2, start: { toolUse: { toolUseId: 't2', name: 'time' } } },
          ],
          ['contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '"Paris"}' } } }],
          ['contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{}' } } }],
          ['messageStop', { stopReason: 'tool_use' }],
        ),
      ),
    ).toEqual([
      { type: 'text', text: 'I look.' },
      { type: 'tool_call', toolIndex: 0, id: 't1', name: 'weather' },
      { type: 'tool_arguments', toolIndex: 0, argumentsJson: '{"city":' },
      { type: 'tool_call', toolIndex: 1, id: 't2', name: 'time' },
      { type: 'tool_arguments', toolIndex: 0, argumentsJson: '"Paris"}' },
      { type: 'tool_arguments', toolIndex: 1, argumentsJson: '{}' },
      { type: 'finish', finish: 'tool_calls', nativeFinish: 'tool_use' },
    ]);
  });

  it('closes reasoning with its signature, or with what is encrypted', () => {
    expect(
      read(
        events(
          ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm' } } }],
          ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'c2ln' } } }],
          ['contentBlockStop', { contentBlockIndex: 0 }],
          [
            'contentBlockDelta',
            { contentBlockIndex: 1, delta: { reasoningContent: { redactedContent: 'c2Vj' } } },
          ],
          ['contentBlockStop', { contentBlockIndex: 1 }],
        ),
      ),
    ).toEqual([
      { type: 'reasoning', index: 0, text: 'Hm', origin },
      { type: 'reasoning_proof', index: 0, origin, signature: 'c2ln' },
      { type: 'reasoning_proof', index: 1, origin, encrypted: 'c2Vj' },
    ]);
  });

  it('keeps the tools Bedrock ran itself away from the client', () => {
    const toolUse = { toolUseId: 's1', name: 'nova_code_interpreter', type: 'server_tool_use' };
    const toolResult = { toolUseId: 's1', status: 'success', type: 'nova_code_interpreter_result' };
    expect(
      read(
        events(
          ['contentBlockStart', { contentBlockIndex: 0, start: { toolUse } }],
          ['contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '{"snippet":"1"}' } } }],
          ['contentBlockStop', { contentBlockIndex: 0 }],
          ['contentBlockStart', { contentBlockIndex: 1, start: { toolResult } }],
          ['contentBlockDelta', { contentBlockIndex: 1, delta: { toolResult: [{ json: { stdOut: '1' } }] } }],
          ['contentBlockStop', { contentBlockIndex: 1 }],
          ['messageStop', { stopReason: 'end_turn' }],
        ),
      ),
    ).toEqual([
      {
        type: 'opaque',
        block: { type: 'opaque', origin, value: { toolUse: { ...toolUse, input: { snippet: '1' } } } },
      },
      {
        type: 'opaque',
        block: {
          type: 'opaque',
          origin,
          value: { toolResult: { ...toolResult, content: [{ json: { stdOut: '1' } }] } },
        },
      },
      { type: 'finish', finish: 'stop', nativeFinish: 'end_turn' },
    ]);
  });

  it('reads citations and images', () => {
    const citation = {
      title: 'Report',
      sourceContent: [{ text: 'grew ' }, { text: '5 %' }],
      location: { web: { url: 'https://example.com/r' } },
    };
    expect(
      read(
        events(
          ['contentBlockDelta', { contentBlockIndex: 0, delta: { citation } }],
          ['contentBlockStart', { contentBlockIndex: 1, start: { image: { format: 'png' } } }],
          ['contentBlockDelta', { contentBlockIndex: 1, delta: { image: { source: { bytes: 'aWlp' } } } }],
          ['contentBlockStop', { contentBlockIndex: 1 }],
        ),
      ),
    ).toEqual([
      {
        type: 'citation',
        block: { type: 'citation', url: 'https://example.com/r', title: 'Report', citedText: 'grew 5 %' },
      },
      {
        type: 'image',
        block: { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aWlp' } },
      },
    ]);
  });

  it.each([
    ['throttlingException', 429, 'ThrottlingException'],
    ['modelStreamErrorException', 424, 'ModelStreamErrorException'],
    ['modelTimeoutException', 408, 'ModelTimeoutException'],
    ['internalServerException', 500, 'InternalServerException'],
    ['serviceUnavailableException', 503, 'ServiceUnavailableException'],
    ['validationException', 400, 'ValidationException'],
    ['somethingNewException', 500, 'SomethingNewException'],
  ])('ends with a fault on %s', (name, status, type) => {
    const delta = events(['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hel' } }]);
    const late = events(['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'lo' } }]);
    expect(read(delta, exception(name, { message: 'slow down' }), late)).toEqual([
      { type: 'text', text: 'Hel' },
      { type: 'fault', fault: { status, type, message: 'slow down' } },
    ]);
  });

  it('takes the status the model itself failed with', () => {
    const payload = { originalStatusCode: 529, originalMessage: 'overloaded' };
    expect(read(exception('modelStreamErrorException', payload))).toEqual([
      { type: 'fault', fault: { status: 529, type: 'ModelStreamErrorException', message: 'overloaded' } },
    ]);
  });

  it('reads unmodelled errors from the headers', () => {
    const headers = { ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'oops' };
    expect(read(frame(headers, ''))).toEqual([
      { type: 'fault', fault: { status: 500, type: 'InternalFailure', message: 'oops' } },
    ]);
  });

  it('does not pass malformed output off as an answer', () => {
    expect(read(events(['messageStop', { stopReason: 'malformed_model_output' }], metadata))).toEqual([
      {
        type: 'fault',
        fault: {
          status: 502,
          type: 'malformed_model_output',
          message: 'the model wrote output that Bedrock could not read',
        },
      },
    ]);
  });

  it('is over after a corrupt frame', () => {
    const good = events(['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hel' } }]);
    const bad = Buffer.from(good);
    bad[bad.length - 1] = (bad[bad.length - 1] ?? 0) ^ 255;
    expect(read(good, bad, good)).toEqual([
      { type: 'text', text: 'Hel' },
      {
        type: 'fault',
        fault: { status: 502, message: 'Bedrock sent a frame whose checksum does not match' },
      },
    ]);
  });

  it('skips events without sense', () => {
    const text = events(['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'hi' } }]);
    const event = (name: string, payload: string) =>
      frame({ ':message-type': 'event', ':event-type': name }, payload);
    expect(
      read(
        event('contentBlockDelta', '{"delta":'),
        event('contentBlockDelta', '[]'),
        event('contentBlockStart', '{"start":{"toolUse":{"name":7}}}'),
        event('neverHeardOf', '{"delta":{"text":"x"}}'),
        frame({}, '{}'),
        text,
      ),
    ).toEqual([{ type: 'text', text: 'hi' }]);
  });

  it('promises nothing where the stream is cut', () => {
    const wire = events(['messageStart', {}], ['messageStop', { stopReason: 'end_turn' }]);
    expect(read(wire.subarray(0, wire.length - 3))).toEqual([{ type: 'start' }]);
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('contentBlockStart', 'contentBlockDelta', 'metadata'),
        fc.json(),
        (name, payload) => {
          read(frame({ ':message-type': 'event', ':event-type': name }, payload));
        },
      ),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void read(bytes)));
  });
});
