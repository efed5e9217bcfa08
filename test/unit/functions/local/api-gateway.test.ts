import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import middy from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { type LocalServer, startApiGateway } from '../../../../functions/local/api-gateway.ts';
import {
  awsLambda,
  installAwsLambda,
  type StreamingHandler,
} from '../../../../functions/local/lambda-shim.ts';
import { encodePrelude } from '../../../../functions/local/prelude.ts';
import type { LocalResponseStream } from '../../../../functions/local/response-stream.ts';
import { systemClock } from '../../../../lib/transport/system-clock.ts';
import { receive } from '../../../support/scripted.ts';

installAwsLambda();

const servers: LocalServer[] = [];
const failures: unknown[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  failures.length = 0;
});

async function serve(handler: StreamingHandler): Promise<string> {
  const server = await startApiGateway({
    handler: awsLambda.streamifyResponse(handler),
    region: 'eu-central-1',
    clock: systemClock,
    port: 0,
    onFailure: (_requestId, error) => failures.push(error),
  });
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

const open = awsLambda.HttpResponseStream.from<LocalResponseStream>;

describe('a streaming handler', () => {
  it('sends status, headers, repeated headers, cookies and body', async () => {
    const url = await serve(async (_event, stream) => {
      const body = open(stream, {
        statusCode: 202,
        headers: { 'x-one': '1', 'X-Many': 'lost' },
        multiValueHeaders: { 'x-many': ['a', 'b'] },
        cookies: ['c=1', 'd=2'],
      });
      body.write('');
      body.write('hello ');
      body.end(Buffer.from('world'));
    });
    const response = await fetch(url);
    expect(response.status).toBe(202);
    expect(response.headers.get('x-one')).toBe('1');
    expect(response.headers.get('x-many')).toBe('a, b');
    expect(response.headers.getSetCookie()).toEqual(['c=1', 'd=2']);
    expect(await response.text()).toBe('hello world');
    expect(failures).toEqual([]);
  });

  it('may write the prelude as bytes itself, in any pieces', async () => {
    const url = await serve(async (_event, stream) => {
      for (const byte of encodePrelude({ statusCode: 418, headers: { 'x-raw': 'yes' } })) {
        stream.write(Buffer.from([byte]));
      }
      stream.end('body');
    });
    const response = await fetch(url);
    expect([response.status, response.headers.get('x-raw'), await response.text()]).toEqual([
      418,
      'yes',
      'body',
    ]);
  });

  it('sends its headers before there is a body', async () => {
    const { promise: seen, resolve: see } = Promise.withResolvers<void>();
    const url = await serve(async (_event, stream) => {
      const body = open(stream, { statusCode: 200 });
      body.write('');
      await seen;
      body.end('late');
    });
    const response = await fetch(url);
    see();
    expect(await response.text()).toBe('late');
  });

  it('that fails before its first byte is a 502 in the shape of OpenAI', async () => {
    const url = await serve(async () => {
      throw new Error('secret detail');
    });
    const response = await fetch(url);
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({
      error: { message: 'Internal server error', type: 'api_error', code: 'upstream_failed', param: null },
    });
    expect(failures).toEqual([new Error('secret detail')]);
  });

  it('that never ends its stream is a failure: 502 before the first byte', async () => {
    const url = await serve(async () => {});
    expect((await fetch(url)).status).toBe(502);
    expect(String(failures[0])).toContain('Response stream is not finished');
  });

  it('that ends without a prelude is a 502', async () => {
    const url = await serve(async (_event, stream) => {
      stream.end('no prelude');
      await once(stream, 'error');
    });
    expect((await fetch(url)).status).toBe(502);
    expect(String(failures[0])).toContain('without a prelude');
  });

  it('with a header that cannot be sent is a 502', async () => {
    const url = await serve(async (_event, stream) => {
      open(stream, { headers: { 'x-bad': 'a\nb' } }).end('body');
      await once(stream, 'error');
    });
    expect((await fetch(url)).status).toBe(502);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['returns without end', () => Promise.resolve()],
  ])('that %s after bytes cuts the connection, after those bytes', async (_name, finish) => {
    const url = await serve(async (_event, stream) => {
      const body = open(stream, { statusCode: 200 });
      body.write('first ');
      body.write('second');
      await finish();
    });
    expect(await receive(await fetch(url))).toMatchObject({
      status: 200,
      text: 'first second',
      complete: false,
    });
    expect(failures).toHaveLength(1);
  });

  it('whose body stream breaks cuts the connection (as middy pipes it)', async () => {
    const url = await serve(async (_event, stream) => {
      const body = open(stream, { statusCode: 200 });
      body.write('');
      await pipeline(
        Readable.from(
          (function* () {
            yield 'one';
            throw new Error('upstream');
          })(),
        ),
        body,
      );
    });
    expect(await receive(await fetch(url))).toMatchObject({ status: 200, complete: false });
    expect(failures).toEqual([new Error('upstream')]);
  });

  it('is held back by a caller who does not read, until it reads', async () => {
    const { promise: full, resolve: fill } = Promise.withResolvers<string>();
    const url = await serve(async (_event, stream) => {
      const body = open(stream, { statusCode: 200 });
      for (let i = 0; i < 1024; i++) {
        if (!body.write(Buffer.alloc(64 * 1024))) await once(body, 'drain');
      }
      fill('all written');
      body.end();
    });
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const first = await Promise.race([full, once(socket, 'readable').then(() => 'waiting')]);
    expect(first).toBe('waiting');
    socket.resume();
    expect(await full).toBe('all written');
    socket.destroy();
  });

  it('is not told that its caller left: writes are swallowed, without backpressure', async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const { promise: done, resolve: finish } = Promise.withResolvers<string>();
    const url = await serve(async (_event, stream) => {
      const body = open(stream, { statusCode: 200 });
      body.on('close', () => finish(`closed, ended ${body.writableEnded}`));
      body.write('first');
      await left;
      for (let i = 0; i < 50; i++) {
        if (!body.write(Buffer.alloc(256 * 1024))) await once(body, 'drain');
      }
      await new Promise<void>((resolve) => body.end(resolve));
    });
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    socket.resetAndDestroy();
    await once(socket, 'close');
    leave();
    expect(await done).toBe('closed, ended true');
    expect(failures).toEqual([]);
  });
});

describe('a middy handler', () => {
  const middyHandler = (body: string | Readable, requestEnd: () => void): StreamingHandler => {
    const handler = middy({ executionMode: executionModeStreamifyResponse, requestEnd }).handler(
      async () => ({
        statusCode: 200,
        headers: { 'x-by': 'middy' },
        body,
      }),
    );
    // Its published type is that of a buffered handler.
    return async (...invocation) => {
      await Reflect.apply(handler, undefined, invocation);
    };
  };

  it.each([
    ['text', 'hello'],
    ['long text', 'hello '.repeat(20_000)],
    ['a stream', 'hello '.repeat(20_000)],
  ])('streams %s and settles after the last byte', async (kind, text) => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const url = await serve(middyHandler(kind === 'a stream' ? Readable.from([text]) : text, end));
    const response = await fetch(url);
    expect(response.headers.get('x-by')).toBe('middy');
    expect(await response.text()).toBe(text);
    await ended;
    expect(failures).toEqual([]);
  });
});

describe('an event', () => {
  const echo: StreamingHandler = async (event, stream, context) => {
    open(stream, { headers: { 'content-type': 'application/json' } }).end(
      JSON.stringify({ event, remainingMs: context.getRemainingTimeInMillis(), id: context.awsRequestId }),
    );
  };
  const send = async (path: string, init?: RequestInit) => {
    const response = await fetch((await serve(echo)) + path, init);
    return (await response.json()) as { event: APIGatewayProxyEvent; remainingMs: number; id: string };
  };

  it('carries method, path, query, headers and text as they came', async () => {
    const { event, remainingMs, id } = await send('/v1/chat/completions?a=1&a=2&b=%20x', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer key' },
      body: '{"text":"é"}',
    });
    expect(event).toMatchObject({
      httpMethod: 'POST',
      path: '/v1/chat/completions',
      queryStringParameters: { a: '2', b: ' x' },
      multiValueQueryStringParameters: { a: ['1', '2'], b: [' x'] },
      headers: { authorization: 'Bearer key' },
      multiValueHeaders: { authorization: ['Bearer key'] },
      body: '{"text":"é"}',
      isBase64Encoded: false,
      requestContext: { requestId: id, identity: { sourceIp: '127.0.0.1' } },
    });
    expect(remainingMs).toBeLessThanOrEqual(900_000);
    expect(remainingMs).toBeGreaterThan(890_000);
  });

  it('has no body and no query where there is none', async () => {
    const { event } = await send('/health');
    expect([event.body, event.queryStringParameters]).toEqual([null, null]);
  });

  it.each(['image/png', 'multipart/form-data; boundary=x', 'application/octet-stream', 'audio/wav'])(
    'carries %s as base64',
    async (type) => {
      const body = Buffer.from([0, 255, 128]);
      const { event } = await send('/', { method: 'POST', headers: { 'content-type': type }, body });
      expect([event.isBase64Encoded, event.body]).toEqual([true, 'AP+A']);
    },
  );

  it.each([
    ['over 10 MB', 'a'.repeat(10 * 1024 * 1024 + 1), '10 MB'],
    ['over 6 MB once escaped', '"'.repeat(4 * 1024 * 1024), '6 MB'],
  ])('%s is refused with 413', async (_name, body, limit) => {
    const response = await fetch(await serve(echo), { method: 'POST', body });
    expect(response.status).toBe(413);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('request_too_large');
    expect(error.message).toContain(limit);
  });

  it('of 5 MB of plain text passes', async () => {
    const { event } = await send('/', { method: 'POST', body: 'a'.repeat(5 * 1024 * 1024) });
    expect(event.body).toHaveLength(5 * 1024 * 1024);
  });
});

describe('the server', () => {
  it('names the port that is in use', async () => {
    const { port } = new URL(await serve(async () => {}));
    const again = startApiGateway({
      handler: async () => {},
      region: 'local',
      clock: systemClock,
      port: Number(port),
      onFailure: () => {},
    });
    await expect(again).rejects.toThrow(`Port ${port} is in use`);
  });
});
