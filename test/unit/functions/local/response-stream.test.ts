import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { listen } from '../../../../functions/local/listen.ts';
import { encodePrelude, type Prelude } from '../../../../functions/local/prelude.ts';
import { LocalResponseStream } from '../../../../functions/local/response-stream.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** The bytes of one answer, as they arrive before the connection closes. */
async function exchange(
  answer: (stream: LocalResponseStream, response: ServerResponse) => void,
  method = 'GET',
): Promise<string> {
  const server = createServer((_request, response) => answer(new LocalResponseStream(response), response));
  const { port, close } = await listen(server, 0);
  closers.push(close);
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8');
  socket.write(`${method} / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  let received = '';
  for await (const text of socket) received += String(text);
  return received;
}

/** A stream whose status and headers are known. */
const begun = (answer: (stream: LocalResponseStream) => void, prelude: Prelude = { statusCode: 200 }) => {
  return (stream: LocalResponseStream): void => {
    stream.setPrelude(prelude);
    answer(stream);
  };
};

describe('a body that is whole before anything was sent', () => {
  it.each<[string, (stream: LocalResponseStream) => void]>([
    ['text', begun((stream) => stream.end('wörld'))],
    ['bytes', begun((stream) => stream.end(Buffer.from('wörld')))],
    ['text in another encoding', begun((stream) => stream.end(Buffer.from('wörld').toString('hex'), 'hex'))],
    [
      'text after an empty write',
      begun((stream) => {
        stream.write('');
        stream.end('wörld');
      }),
    ],
    [
      'bytes after a prelude in the same piece',
      (stream) => stream.end(Buffer.concat([encodePrelude({ statusCode: 200 }), Buffer.from('wörld')])),
    ],
  ])('of %s is sent with its length', async (_name, answer) => {
    const received = await exchange(answer);
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).toContain('\r\ncontent-length: 6\r\n');
    expect(received).toMatch(/\r\n\r\nwörld$/);
  });

  it('and empty has the length 0', async () => {
    expect(await exchange(begun((stream) => stream.end()))).toContain('\r\ncontent-length: 0\r\n');
  });

  it.each(['Content-Length', 'transfer-encoding'])('keeps the %s of its handler', async (name) => {
    const value = name === 'Content-Length' ? '5' : 'chunked';
    const received = await exchange(begun((stream) => stream.end('hello'), { headers: { [name]: value } }));
    expect(received.match(/content-length|transfer-encoding/gi)).toEqual([name]);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('has no length where none can be told (%s, %i)', async (method, statusCode) => {
    const received = await exchange(
      begun((stream) => stream.end(), { statusCode }),
      method,
    );
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${statusCode} `));
    expect(received).not.toMatch(/content-length/i);
  });
});

describe('a body in pieces', () => {
  it('is sent in chunks', async () => {
    const received = await exchange(
      begun((stream) => {
        stream.write('one');
        stream.write(Buffer.from('two'));
        stream.end();
      }),
    );
    expect(received).toMatch(/\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/);
  });

  it('may come from a Readable', async () => {
    const received = await exchange(begun((stream) => Readable.from(['one', 'two']).pipe(stream)));
    expect(received).toMatch(/one\r\n3\r\ntwo\r\n0/);
  });
});

describe('the handler', () => {
  it('hears of each piece taken, of the end, and then of the close', async () => {
    const heard: string[] = [];
    const note = (what: string) => () => void heard.push(what);
    await exchange(
      begun((stream) => {
        stream.on('finish', note('finish')).on('close', note('close'));
        stream.write('', note('nothing'));
        stream.write('one', note('one'));
        stream.write('two', 'utf8', note('two'));
        stream.end(note('end'));
      }),
    );
    expect(heard).toEqual(['nothing', 'one', 'two', 'finish', 'end', 'close']);
  });

  it('is not asked for more once it has ended', async () => {
    const heard: unknown[] = [];
    await exchange(
      begun((stream) => {
        stream.on('drain', () => heard.push('drain'));
        heard.push(stream.write(Buffer.alloc(8 * 1024 * 1024)));
        stream.end();
      }),
    );
    expect(heard).toEqual([false]);
  });

  it('may end its stream twice', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const received = await exchange(
      begun((stream) => {
        stream.end('hello', () => stream.end(resolve));
        stream.end();
      }),
    );
    await promise;
    expect(received).toMatch(/hello$/);
  });

  it('that writes after its end has failed', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const told: unknown[] = [];
    await exchange(
      begun((stream) => {
        stream.on('error', resolve);
        stream.end('hello');
        told.push(stream.write('more'), stream.errored);
      }),
    );
    expect(told).toEqual([false, await promise]);
    expect(String(await promise)).toContain('after its end');
  });

  it('cannot change status and headers after its first write', async () => {
    let refusal: unknown;
    await exchange(
      begun((stream) => {
        stream.write('');
        try {
          stream.setPrelude({ statusCode: 500 });
        } catch (error) {
          refusal = error;
        }
        stream.end();
      }),
    );
    expect(String(refusal)).toContain('already begun');
  });

  it('hears of headers that cannot be sent though no body has come', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const bad = { headers: { 'x-bad': 'a\nb' } };
    const received = await exchange((stream, response) => {
      stream.setPrelude(bad);
      stream.on('error', resolve);
      stream.on('close', () => response.writeHead(stream.abandon() ? 502 : 500).end());
      stream.write('');
    });
    expect(String(await promise)).toContain('x-bad');
    expect(received).toMatch(/^HTTP\/1\.1 502 /);
  });

  it('that nobody listens to when it fails ends nothing but its stream', async () => {
    const received = await exchange((stream, response) => {
      stream.on('close', () => response.writeHead(502).end());
      stream.end('no prelude');
    });
    expect(received).toMatch(/^HTTP\/1\.1 502 /);
  });
});

describe('a handler that failed', () => {
  it.each<[string, string, (stream: LocalResponseStream) => void, RegExp]>([
    ['before its first write', 'is answered', () => {}, /^HTTP\/1\.1 502 /],
    ['inside its prelude', 'is answered', (stream) => void stream.write('{"status'), /^HTTP\/1\.1 502 /],
    [
      'with its headers due',
      'is cut after them',
      begun((stream) => void stream.write('')),
      /^HTTP\/1\.1 200 [^]*\r\n\r\n$/,
    ],
    [
      'after a first piece',
      'is cut after it',
      begun((stream) => void stream.write('one')),
      /^HTTP\/1\.1 200 [^]*\r\n\r\n3\r\none\r\n$/,
    ],
  ])('%s %s', async (_when, _what, write, expected) => {
    const received = await exchange((stream, response) => {
      write(stream);
      if (stream.abandon()) response.writeHead(502).end();
    });
    expect(received).toMatch(expected);
  });
});
