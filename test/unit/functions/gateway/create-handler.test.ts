import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHandler } from '../../../../functions/gateway/create-handler.ts';
import type { OutputBody } from '../../../../lib/domain/ports.ts';
import { type GatewayRequest, type GatewayResponse, serve } from '../../../../lib/pipeline.ts';
import { settle } from '../../../support/manual-clock.ts';
import { invoke, responseIn, RuntimeStream } from './runtime.ts';

vi.mock('../../../../lib/pipeline.ts', () => ({ serve: vi.fn() }));
const pipeline = vi.mocked(serve);
afterEach(() => pipeline.mockReset());

/** The gateway is the pipeline's affair: the handler only carries it there. */
const gateway = {} as Parameters<typeof createHandler>[0];

const headers = { 'content-type': 'text/plain', 'x-request-id': 'request-1' };
const answer = (body: GatewayResponse['body'], settled = Promise.resolve()): GatewayResponse => ({
  status: 201,
  headers,
  body,
  settled,
});

const answering = (response: GatewayResponse) => {
  pipeline.mockResolvedValue(response);
  return createHandler(gateway);
};

/** A handler whose answer is poured by the test. */
function pouring(settled?: Promise<void>) {
  const { promise, resolve } = Promise.withResolvers<OutputBody>();
  return { handler: answering(answer(resolve, settled)), out: promise };
}

describe('an event', () => {
  it.each<[string, Parameters<typeof invoke>[1], Partial<GatewayRequest>]>([
    [
      'in plain text',
      { body: '{"ü":1}', headers: { Authorization: 'Bearer k', 'X-Api-Key': 'x' } },
      { body: '{"ü":1}', headers: { authorization: 'Bearer k', 'x-api-key': 'x' } },
    ],
    [
      'in base64',
      { body: Buffer.from('{"ü":1}').toString('base64'), isBase64Encoded: true },
      { body: '{"ü":1}' },
    ],
    [
      'without a body',
      { body: null, httpMethod: 'GET', path: '/health' },
      { method: 'GET', path: '/health', body: '' },
    ],
    [
      'with a query',
      { queryStringParameters: { tier: 'gold', empty: '' } },
      { query: { tier: 'gold', empty: '' } },
    ],
    ['with a header of another prototype', { headers: JSON.parse('{"__proto__":"x"}') }, { headers: {} }],
  ])('%s becomes a request', async (_name, event, request) => {
    await invoke(answering(answer('')), event);
    expect(pipeline).toHaveBeenCalledWith(gateway, {
      requestId: 'request-1',
      method: 'POST',
      path: '/v1/chat/completions',
      headers: {},
      query: {},
      body: '{}',
      remainingMs: 123_456,
      ...request,
    });
  });
});

describe('an answer', () => {
  it.each<[string, GatewayResponse['body']]>([
    ['a text', 'wörld'],
    ['a Buffer', Buffer.from('wörld')],
    ['plain bytes', new TextEncoder().encode('wörld')],
    [
      'poured text and bytes',
      (out) => {
        out.write('w');
        out.write(new TextEncoder().encode('ö'));
        out.write(Buffer.from('rld'));
        out.end();
      },
    ],
  ])('that is %s is a prelude, then the body', async (_name, body) => {
    const stream = await invoke(answering(answer(body)));
    expect(stream.contentType).toBe('application/vnd.awslambda.http-integration-response');
    const { prelude, body: received } = responseIn(stream.received);
    expect(prelude).toEqual({ statusCode: 201, headers });
    expect(received.toString()).toBe('wörld');
  });

  it('without a body is a prelude', async () => {
    const { prelude, body } = responseIn((await invoke(answering(answer('')))).received);
    expect(prelude).toEqual({ statusCode: 201, headers });
    expect(body).toHaveLength(0);
  });

  it.each([0, 1])(
    'of many thousand emoji survives wherever it is cut (after %i characters)',
    async (offset) => {
      const text = 'a'.repeat(offset) + '😀'.repeat(40_000);
      const stream = await invoke(answering(answer(text)));
      expect(responseIn(stream.received).body.toString()).toBe(text);
    },
  );

  it('sends its headers before its first content', async () => {
    const { handler, out } = pouring();
    const stream = new RuntimeStream();
    const over = invoke(handler, {}, stream);
    const body = await out;
    await settle();
    expect(responseIn(stream.received).prelude).toEqual({ statusCode: 201, headers });
    body.end();
    await over;
  });
});

describe('the end of an invocation', () => {
  it('waits for what is left to do, after the last byte', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stream = new RuntimeStream();
    let over = false;
    const invocation = invoke(answering(answer('hi', promise)), {}, stream).then(() => (over = true));
    await settle();
    expect(stream.writableFinished).toBe(true);
    expect(over).toBe(false);
    resolve();
    await invocation;
  });

  it('waits for its own work only', async () => {
    const slow = Promise.withResolvers<void>();
    pipeline.mockResolvedValueOnce(answer('slow', slow.promise)).mockResolvedValueOnce(answer('quick'));
    const handler = createHandler(gateway);
    const first = invoke(handler);
    await invoke(handler);
    slow.resolve();
    await first;
  });

  it.each([
    ['the answer is given up', async (body: OutputBody, _stream: RuntimeStream) => body.abort()],
    [
      'the runtime closes the stream',
      async (body: OutputBody, stream: RuntimeStream) => {
        const gone = new Promise<void>((resolve) => body.onGone(resolve));
        stream.breakOff();
        await gone;
      },
    ],
  ])('comes after what is left to do when %s, and is told as a failure', async (_name, cut) => {
    const left = Promise.withResolvers<void>();
    const { handler, out } = pouring(left.promise);
    const stream = new RuntimeStream();
    let over = false;
    const invocation = invoke(handler, {}, stream).finally(() => (over = true));
    const failure = expect(invocation).rejects.toThrow('the response was cut');
    const body = await out;
    body.write('hi');
    await cut(body, stream);
    await settle();
    expect(over).toBe(false);
    left.resolve();
    await failure;
  });

  it('does not call a body gone that was given up or has ended', async () => {
    for (const last of ['end', 'abort'] as const) {
      const { handler, out } = pouring();
      const invocation = invoke(handler).catch(() => {});
      const body = await out;
      const gone = vi.fn();
      body.onGone(gone);
      body[last]();
      await invocation;
      await settle();
      expect(gone).not.toHaveBeenCalled();
    }
  });
});

describe('a caller who reads slowly', () => {
  it('holds the answer up, and lets it go on', async () => {
    const { handler, out } = pouring();
    const stream = new RuntimeStream({ slow: true });
    const invocation = invoke(handler, {}, stream);
    const body = await out;
    const drained = vi.fn();
    body.onDrain(drained);
    expect(body.write('x'.repeat(100))).toBe(false);
    await settle();
    expect(drained).not.toHaveBeenCalled();
    stream.take();
    await settle();
    expect(drained).toHaveBeenCalledTimes(1);
    expect(body.write('y')).toBe(true);
    body.end();
    stream.take();
    await invocation;
    expect(responseIn(stream.received).body.toString()).toBe(`${'x'.repeat(100)}y`);
  });
});
