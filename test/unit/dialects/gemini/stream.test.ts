import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GeminiStreamParser } from '../../../../lib/dialects/gemini/stream.ts';
import type { ChatEvent } from '../../../../lib/domain/chat.ts';
import { fixture } from '../../../contract/fixtures/gemini.ts';
import { testTarget } from '../../../support/target.ts';

const target = testTarget('gemini', 'gemini-3-flash-preview');
const origin = { provider: 'gemini', model: 'gemini-3-flash-preview' };

function events(...chunks: readonly (string | Uint8Array)[]): ChatEvent[] {
  const parser = new GeminiStreamParser(target);
  return [...chunks.flatMap((chunk) => parser.push(Buffer.from(chunk))), ...parser.end()];
}
const event = (parts: readonly unknown[], rest: object = {}): string =>
  `data: ${JSON.stringify({ responseId: 'r', candidates: [{ content: { parts }, ...rest }] })}\n\n`;

describe('streams', () => {
  it('counts calls, signs them, and ends them as tool calls', () => {
    expect(events(fixture.scenarios.tools.stream)).toEqual([
      { type: 'start', id: 'resp-1', model: 'gemini-3-flash-preview' },
      {
        type: 'tool_call',
        toolIndex: 0,
        id: 'fc-1',
        name: 'get_weather',
        signature: { value: 'c2ln', origin },
      },
      { type: 'tool_arguments', toolIndex: 0, argumentsJson: '{"city":"Paris"}' },
      { type: 'usage', usage: { inputTokens: 30, outputTokens: 0, totalTokens: 30 } },
      { type: 'tool_call', toolIndex: 1, id: 'fc-2', name: 'get_time' },
      { type: 'tool_arguments', toolIndex: 1, argumentsJson: '{}' },
      { type: 'usage', usage: { inputTokens: 30, outputTokens: 0, totalTokens: 30 } },
      { type: 'usage', usage: { inputTokens: 30, outputTokens: 20, totalTokens: 50 } },
      { type: 'finish', finish: 'tool_calls', nativeFinish: 'STOP' },
      { type: 'end' },
    ]);
  });

  it('gives calls without ids one of their own', () => {
    const call = { functionCall: { name: 'get', args: {} } };
    const ids = events(event([call, call])).flatMap((found) =>
      found.type === 'tool_call' ? [found.id] : [],
    );
    expect(ids).toEqual(['call_r_0', 'call_r_1']);
  });

  it('numbers reasoning blocks: what follows text or a signature is a new one', () => {
    const thought = { text: 'a', thought: true };
    expect(
      events(
        event([thought]),
        event([thought, { text: 'T' }]),
        event([{ ...thought, thoughtSignature: 's' }, thought]),
      ),
    ).toEqual([
      { type: 'start', id: 'r' },
      { type: 'reasoning', index: 0, text: 'a', origin },
      { type: 'reasoning', index: 0, text: 'a', origin },
      { type: 'text', text: 'T' },
      { type: 'reasoning', index: 1, text: 'a', origin },
      { type: 'reasoning_proof', index: 1, origin, signature: 's' },
      { type: 'reasoning', index: 2, text: 'a', origin },
    ]);
  });

  it('carries a signature that comes on an empty text', () => {
    expect(events(event([{ text: '', thoughtSignature: 's' }]))).toContainEqual({
      type: 'text',
      text: '',
      signature: { value: 's', origin },
    });
  });

  it('carries images, sound and parts only Gemini understands', () => {
    const types = events(
      event([
        { inlineData: { mimeType: 'image/png', data: 'AA==' } },
        { inlineData: { mimeType: 'audio/wav', data: 'AA==' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK' } },
      ]),
    ).map(({ type }) => type);
    expect(types).toEqual(['start', 'image', 'audio', 'opaque']);
  });

  it('has no end without a finish reason', () => {
    expect(events(event([{ text: 'Hel' }])).at(-1)).toEqual({ type: 'text', text: 'Hel' });
  });

  it('ends a blocked prompt as filtered', () => {
    expect(events('data: {"promptFeedback":{"blockReason":"SAFETY"}}\n\n')).toEqual([
      { type: 'start' },
      { type: 'finish', finish: 'content_filter', nativeFinish: 'SAFETY' },
      { type: 'end' },
    ]);
  });

  it('is a fault where the model failed before it said anything, a stop after', () => {
    const failed = { finishReason: 'MALFORMED_FUNCTION_CALL' };
    expect(events(event([], failed)).at(-1)).toMatchObject({ type: 'fault', fault: { status: 502 } });
    expect(events(event([{ text: 'Well' }], failed)).at(-2)).toMatchObject({
      type: 'finish',
      finish: 'stop',
    });
  });

  it('skips malformed events', () => {
    expect(events('data: {"cand\n\n', 'data: 7\n\n', event([{ text: 'x' }]))).toEqual([
      { type: 'start', id: 'r' },
      { type: 'text', text: 'x' },
    ]);
  });

  it('says each source once', () => {
    const citationMetadata = { citations: [{ uri: 'https://x.example' }] };
    const cited = event([{ text: 'x' }], { citationMetadata });
    expect(events(cited, cited).filter(({ type }) => type === 'citation')).toHaveLength(1);
  });

  it('reports an error event and nothing after it', () => {
    const error = 'data: {"error":{"code":503,"message":"Busy","status":"UNAVAILABLE"}}\n\n';
    expect(
      events(event([{ text: 'Hel' }]), error, event([{ text: 'lo' }], { finishReason: 'STOP' })),
    ).toEqual([
      { type: 'start', id: 'r' },
      { type: 'text', text: 'Hel' },
      { type: 'fault', fault: { status: 503, type: 'UNAVAILABLE', message: 'Busy' } },
    ]);
  });

  it.each([
    '{\n  "error": {\n    "code": 429,\n    "message": "Slow down",\n    "status": "RESOURCE_EXHAUSTED"\n  }\n}\n',
    '[{"error":{"code":429,"message":"Slow down","status":"RESOURCE_EXHAUSTED"}}]',
    ',\r\n{"error":{"code":429,"message":"Slow down","status":"RESOURCE_EXHAUSTED"}}\r\n]',
  ])('reports an error written as bare JSON: %s', (error) => {
    const fault = { status: 429, type: 'RESOURCE_EXHAUSTED', message: 'Slow down' };
    expect(events(error)).toEqual([{ type: 'fault', fault }]);
    expect(events(event([{ text: 'Hel' }]), error).at(-1)).toEqual({ type: 'fault', fault });
    expect(events(event([{ text: 'Hel' }]), ...error).at(-1)).toEqual({ type: 'fault', fault });
  });

  it('takes a text that looks like an error for text', () => {
    const text = '\n{"error":{"code":429,"message":"Slow down"}}';
    expect(events(event([{ text }])).map(({ type }) => type)).toEqual(['start', 'text']);
  });

  it('reads any bytes, cut anywhere, alike', () => {
    const wire = Buffer.from(
      `${event([{ text: 'wörld 🌍' }], { finishReason: 'STOP' })}data: {"x"\n\n: ping\n\n`,
    );
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(wire.length), (noise, cut) => {
        expect(() => events(noise, wire.subarray(cut), noise)).not.toThrow();
        expect(events(wire.subarray(0, cut), wire.subarray(cut))).toEqual(events(wire));
      }),
    );
  });
});
