import { EventStreamCodec } from '@smithy/eventstream-codec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asArray, asObject, asString, type JsonObject } from '../../../../../lib/domain/json.ts';
import { SseDecoder } from '../../../../../lib/dialects/sse.ts';
import { type ScriptedProvider, startScriptedProvider } from '../../../../support/scripted.ts';

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startScriptedProvider();
});
afterAll(() => provider.close());

const post = (path: string, body: unknown): Promise<Response> =>
  fetch(provider.baseUrl + path, { method: 'POST', body: JSON.stringify(body) });

const schema = { type: 'object', properties: { city: { type: 'string' } } };

describe('Gemini', () => {
  const contents = [{ role: 'user', parts: [{ text: 'Weather in Rome ?' }] }];
  const tools = [{ functionDeclarations: [{ name: 'get_weather', parameters: schema }] }];

  it('answers with text and usage', async () => {
    const answer = asObject(await (await post('/v1beta/models/g-1:generateContent', { contents })).json());
    const candidate = asObject(asArray(answer['candidates'])[0]);
    expect(candidate['finishReason']).toBe('STOP');
    expect(JSON.stringify(candidate['content'])).toContain('You said: \\"Weather in Rome ?\\"');
    const { promptTokenCount, candidatesTokenCount, totalTokenCount } = asObject(answer['usageMetadata']);
    expect(Number(promptTokenCount) + Number(candidatesTokenCount)).toBe(totalTokenCount);
    expect(provider.requests.at(-1)?.model).toBe('g-1');
  });

  it('streams, and calls functions on Vertex paths too', async () => {
    const path = '/v1/projects/p/locations/l/publishers/google/models/g-2:streamGenerateContent';
    const response = await post(`${path}?alt=sse`, { contents, tools });
    const decoder = new SseDecoder();
    const events = [...decoder.push(Buffer.from(await response.text())), ...decoder.end()].map(({ data }) =>
      asObject(asArray(asObject(JSON.parse(data))['candidates'])[0]),
    );
    const [first] = asArray(asObject(events[0]?.['content'])['parts']);
    expect(first).toMatchObject({ functionCall: { name: 'get_weather', args: { city: 'Rome' } } });
    expect(events.at(-1)?.['finishReason']).toBe('STOP');
  });

  it('words its errors as Google does', async () => {
    provider.script('g-3', [{ status: 429 }]);
    const response = await post('/v1beta/models/g-3:generateContent', { contents });
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } });
  });
});

describe('Bedrock Converse', () => {
  const messages = [{ role: 'user', content: [{ text: 'Weather in Oslo ?' }] }];
  const toolConfig = { tools: [{ toolSpec: { name: 'get_weather', inputSchema: { json: schema } } }] };

  /** Decoded by the SDK's own codec: checksums are checked. */
  async function events(path: string, body: JsonObject): Promise<{ type: string; data: JsonObject }[]> {
    let rest = Buffer.from(await (await post(path, body)).arrayBuffer());
    const codec = new EventStreamCodec(
      (bytes) => Buffer.from(bytes).toString(),
      (text) => Buffer.from(text),
    );
    const all = [];
    while (rest.length > 0) {
      const length = rest.readUInt32BE(0);
      const { headers, body: payload } = codec.decode(rest.subarray(0, length));
      const type = headers[':event-type']?.value ?? headers[':exception-type']?.value;
      all.push({ type: String(type), data: asObject(JSON.parse(Buffer.from(payload).toString())) });
      rest = rest.subarray(length);
    }
    return all;
  }

  it('answers with text and usage', async () => {
    const response = await post('/model/eu.amazon.nova-lite-v1%3A0/converse', { messages });
    const answer = asObject(await response.json());
    expect(answer['stopReason']).toBe('end_turn');
    expect(JSON.stringify(answer['output'])).toContain('You said: \\"Weather in Oslo ?\\"');
    expect(provider.requests.at(-1)?.model).toBe('eu.amazon.nova-lite-v1:0');
  });

  it('streams frames', async () => {
    const all = await events('/model/nova/converse-stream', { messages });
    expect(all[0]).toEqual({ type: 'messageStart', data: { role: 'assistant' } });
    const text = all
      .filter(({ type }) => type === 'contentBlockDelta')
      .map(({ data }) => asString(asObject(data['delta'])['text']))
      .join('');
    expect(text).toContain('You said: "Weather in Oslo ?"');
    expect(all.slice(-3).map(({ type }) => type)).toEqual(['contentBlockStop', 'messageStop', 'metadata']);
  });

  it('streams tool calls', async () => {
    const all = await events('/model/nova/converse-stream', { messages, toolConfig });
    expect(all[1]?.data).toMatchObject({ start: { toolUse: { name: 'get_weather' } } });
    expect(all[2]?.data).toMatchObject({ delta: { toolUse: { input: '{"city":"Oslo"}' } } });
    expect(all.at(-2)?.data).toEqual({ stopReason: 'tool_use' });
  });

  it('words its errors as Bedrock does, inside a stream too', async () => {
    provider.script('limited', [
      { status: 429 },
      { fault: { kind: 'error_event', after: 1, status: 503 } },
      { fault: { kind: 'error_event', after: 0, status: 429 } },
    ]);
    const refused = await post('/model/limited/converse', { messages });
    expect([refused.status, refused.headers.get('x-amzn-errortype')]).toEqual([429, 'ThrottlingException']);
    const first = await events('/model/limited/converse-stream', { messages });
    expect(first.map(({ type }) => type)).toEqual([
      'messageStart',
      'contentBlockDelta',
      'serviceUnavailableException',
    ]);
    const second = await events('/model/limited/converse-stream', { messages });
    expect(second.map(({ type }) => type)).toEqual(['messageStart', 'throttlingException']);
  });
});
