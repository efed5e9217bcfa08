import * as http from 'node:http';
import * as net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ByteSource, OutboundRequest } from '../../../lib/domain/ports.ts';
import { TransportError } from '../../../lib/domain/ports.ts';
import { CancelSwitch } from '../../../lib/execution/cancellation.ts';
import { HttpTransport } from '../../../lib/transport/http-transport.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(answer: (request: http.IncomingMessage, response: http.ServerResponse) => void) {
  const server = http.createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1?x=1` };
}

function transport(): HttpTransport {
  const made = new HttpTransport(new ManualClock());
  closers.push(() => made.close());
  return made;
}

const post = (url: string, body = '{}', headers = {}): OutboundRequest => ({
  method: 'POST',
  url,
  headers,
  body,
});

const read = (body: ByteSource): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    body.read({
      data: (chunk) => chunks.push(chunk),
      end: () => resolve(Buffer.concat(chunks).toString()),
      fail: reject,
    });
  });

const refused = (promise: Promise<unknown>): Promise<TransportError> =>
  promise.then(
    () => Promise.reject(new Error('not refused')),
    (error: unknown) => (error instanceof TransportError ? error : Promise.reject(error)),
  );

describe('HttpTransport', () => {
  it('sends method, path, headers and body, and gives status, joined headers and bytes back', async () => {
    let seen: unknown;
    const { url } = await serve((request, response) => {
      request.setEncoding('utf8');
      let body = '';
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        seen = [request.method, request.url, request.headers['x-a'], request.headers['content-length'], body];
        response.writeHead(201, { 'set-cookie': ['a=1', 'b=2'], 'content-type': 'text/plain' });
        response.end('wörld');
      });
    });
    const response = await transport().send(post(url, '{"ü":1}', { 'x-a': 'b' }), new CancelSwitch());
    expect(seen).toEqual(['POST', '/v1?x=1', 'b', '8', '{"ü":1}']);
    expect(response.status).toBe(201);
    expect(response.headers['set-cookie']).toBe('a=1, b=2');
    expect(await read(response.body)).toBe('wörld');
  });

  it('keeps addresses apart that differ in path, query or port, and takes IPv6 ones', async () => {
    const echo = (request: http.IncomingMessage, response: http.ServerResponse): void => {
      response.end(`${request.headers.host} ${request.url}`);
    };
    const [one, other] = [await serve(echo), await serve(echo)];
    const transported = transport();
    const seen = async (url: string): Promise<string> =>
      read((await transported.send(post(url), new CancelSwitch())).body);
    for (const url of [one.url, other.url, `${one.url}&y=2`, one.url.replace('/v1', '/v2'), one.url]) {
      const { host, pathname, search } = new URL(url);
      expect(await seen(url)).toBe(`${host} ${pathname}${search}`);
    }
    const nobody = await refused(transported.send(post('http://[::1]:1/v1'), new CancelSwitch()));
    expect(nobody.message).toMatch(/ECONNREFUSED|EADDRNOTAVAIL/);
  });

  it('uses one connection for requests that follow each other', async () => {
    const sockets = new Set<Socket>();
    const { url } = await serve((request, response) => {
      sockets.add(request.socket);
      request.resume();
      response.end('ok');
    });
    const one = transport();
    for (let i = 0; i < 3; i += 1) await read((await one.send(post(url), new CancelSwitch())).body);
    expect(sockets.size).toBe(1);
  });

  it('opens a new connection after a minute without requests: the process may have been frozen', async () => {
    const sockets = new Set<Socket>();
    const { url } = await serve((request, response) => {
      sockets.add(request.socket);
      request.resume();
      response.end('ok');
    });
    const clock = new ManualClock();
    const one = new HttpTransport(clock);
    closers.push(() => one.close());
    for (const idleMs of [0, 60_000, 60_001]) {
      await clock.advance(idleMs);
      await read((await one.send(post(url), new CancelSwitch())).body);
    }
    expect(sockets.size).toBe(2);
  });

  it('sends again on a fresh connection when a reused one breaks before any byte', async () => {
    const bodies: string[] = [];
    const requestsOf = new Map<Socket, number>();
    const { url } = await serve((request, response) => {
      const count = (requestsOf.get(request.socket) ?? 0) + 1;
      requestsOf.set(request.socket, count);
      if (count > 1) return request.socket.destroy();
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on('end', () => response.end('ok'));
      return undefined;
    });
    const one = transport();
    await read((await one.send(post(url, '1'), new CancelSwitch())).body);
    const second = await one.send(post(url, '2'), new CancelSwitch());
    expect(await read(second.body)).toBe('ok');
    expect(bodies).toEqual(['1', '2']);
    expect(requestsOf.size).toBe(2);
  });

  it('reports a reset on a fresh connection as such, without sending again', async () => {
    let requests = 0;
    const { url } = await serve((request) => {
      requests += 1;
      request.socket.destroy();
    });
    const error = await refused(transport().send(post(url), new CancelSwitch()));
    expect(error.kind).toBe('reset');
    expect(requests).toBe(1);
  });

  it('names no address when nobody listens', async () => {
    const { server, url } = await serve(() => {});
    const { port } = server.address() as AddressInfo;
    server.close();
    const error = await refused(transport().send(post(url), new CancelSwitch()));
    expect(error.kind).toBe('refused');
    expect(error.message).toBe('no connection to the provider (ECONNREFUSED)');
    expect(error.message).not.toContain(String(port));
  });

  it('does not quote a header that cannot be sent: it may be a key', async () => {
    const error = await refused(
      transport().send(post('http://127.0.0.1:1/', '', { 'x-api-key': 'se\ncret' }), new CancelSwitch()),
    );
    expect(error.message).not.toContain('cret');
  });

  it('reports a body that breaks off as cut', async () => {
    const { url } = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    const response = await transport().send(post(url), new CancelSwitch());
    expect((await refused(read(response.body))).kind).toBe('cut');
  });

  it('closes the connection of a cancelled request, before and inside the answer', async () => {
    const closed: Promise<void>[] = [];
    let seen = (): void => {};
    const arrived = new Promise<void>((resolve) => (seen = resolve));
    const { url } = await serve((request, response) => {
      closed.push(new Promise((resolve) => request.socket.on('close', () => resolve())));
      request.resume();
      if (request.headers['x-answer'] === undefined) return seen();
      response.writeHead(200);
      return void response.write('some');
    });
    const before = new CancelSwitch();
    const pending = refused(transport().send(post(url), before));
    await arrived;
    before.cancel();
    expect((await pending).kind).toBe('cancelled');
    await closed[0];

    const response = await transport().send(post(url, '', { 'x-answer': '1' }), new CancelSwitch());
    response.body.destroy();
    await closed[1];
  });

  it('does not send at all when cancelled before', async () => {
    const cancelled = new CancelSwitch();
    cancelled.cancel();
    expect((await refused(transport().send(post('http://127.0.0.1:1/'), cancelled))).kind).toBe('cancelled');
  });

  it('stops reading while paused', async () => {
    const chunk = Buffer.alloc(1 << 20);
    let sent = 0;
    const { url } = await serve((request, response) => {
      request.resume();
      const write = (): void => {
        while (sent < 64) {
          sent += 1;
          if (!response.write(chunk)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
    const response = await transport().send(post(url), new CancelSwitch());
    let got = 0;
    let whole = (): void => {};
    const ended = new Promise<void>((resolve) => (whole = resolve));
    let first = (): void => {};
    const started = new Promise<void>((resolve) => (first = resolve));
    response.body.read({
      data: (bytes) => {
        if (got === 0) {
          response.body.pause();
          first();
        }
        got += bytes.length;
      },
      end: () => whole(),
      fail: () => {},
    });
    await started;
    // The server can only fill buffers now: far from all it has.
    expect(sent).toBeLessThan(64);
    response.body.resume();
    await ended;
    expect(got).toBe(64 << 20);
  });
});

describe('HttpTransport, TLS', () => {
  it('gives up an address that takes the connection and never shakes hands', async () => {
    const server = net.createServer(() => connected.resolve());
    const connected = Promise.withResolvers<void>();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const clock = new ManualClock();
    const made = new HttpTransport(clock, { connectTimeoutMs: 5_000 });
    closers.push(() => made.close());
    const { port } = server.address() as AddressInfo;
    const failure = refused(made.send(post(`https://127.0.0.1:${port}/`), new CancelSwitch()));
    await connected.promise;
    // The client's side of the connection is open by the time its handshake has arrived.
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(5_000);
    expect((await failure).message).toBe('no connection within 5000 ms');
    expect(clock.pending).toBe(0);
  });
});
