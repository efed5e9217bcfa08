import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  question,
  startGateway,
  startProvider,
  until,
  virtualKey,
  WatchedClock,
} from '../support/gateway.ts';
import { settle } from '../support/manual-clock.ts';
import { startDeployed } from './deployed.ts';
import { kinds } from './scene.ts';

/** The reader sets the pace, all the way to the provider; what is owed is settled whether it stays or leaves. */

const megabyte = 1024 * 1024;
const totalBytes = 96 * megabyte;
/** More than the sockets of two connections hold, far less than everything. */
const mostUnread = 32 * megabyte;

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

const ending =
  chunk({}, 'stop') +
  'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":1234567,"total_tokens":1234574}}\n\n' +
  'data: [DONE]\n\n';

interface HugeProvider {
  readonly origin: string;
  readonly sentBytes: () => number;
  readonly finished: () => boolean;
}

/** Streams `totalBytes` of text as fast as it is taken. */
async function startHugeProvider(): Promise<HugeProvider> {
  const piece = chunk({ content: 'x'.repeat(64 * 1024) });
  let sent = 0;
  let finished = false;
  const pour = (response: ServerResponse): void => {
    while (sent < totalBytes) {
      sent += piece.length;
      if (!response.write(piece)) return void response.once('drain', () => pour(response));
    }
    response.end(ending);
    finished = true;
  };
  const server = createServer((incoming, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    incoming.resume().on('end', () => pour(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { origin: `http://127.0.0.1:${port}`, sentBytes: () => sent, finished: () => finished };
}

/** Asks for a stream and leaves its body unread. */
async function openStream(baseUrl: string): Promise<IncomingMessage> {
  const outgoing = request(`${baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${virtualKey}` },
  });
  outgoing.end(JSON.stringify({ model: 'house/m', stream: true, messages: question }));
  return new Promise((resolve, reject) => outgoing.on('response', resolve).on('error', reject));
}

/** Resolves once a figure has stopped growing. */
async function still(figure: () => number): Promise<number> {
  for (let last = figure(), turns = 0; ; turns += 1) {
    await settle();
    if (figure() !== last) [last, turns] = [figure(), 0];
    if (turns > 2_000) return last;
  }
}

/** Apart from the reader's minute, so that a test can tell the two timers. */
const document = { defaults: { idleTimeoutMs: 45_000 } };
const readerGoneAfterMs = 60_000;

async function unread(cuts = 0) {
  const clock = new WatchedClock();
  const provider = await startHugeProvider();
  const gateway = await startGateway({
    clock,
    providers: { house: kinds['openai-compatible'].entry(provider.origin) },
    document,
    cuts,
  });
  const response = await openStream(gateway.baseUrl);
  await clock.armed(readerGoneAfterMs);
  const sentBytes = await still(provider.sentBytes);
  return { clock, provider, gateway, response, sentBytes };
}

describe('a reader that does not read', () => {
  it('holds the provider back, and gets every byte once it reads', async () => {
    const { clock, provider, gateway, response, sentBytes } = await unread();
    expect(sentBytes).toBeLessThan(mostUnread);
    expect(gateway.log).toEqual([]);
    // A reader that is merely slow is no silent provider.
    await clock.advance(readerGoneAfterMs - 1);

    let bytes = 0;
    let tail = '';
    for await (const data of response) {
      const piece: Buffer = data;
      bytes += piece.length;
      tail = (tail + piece.toString('latin1')).slice(-400);
    }
    expect(bytes).toBeGreaterThan(totalBytes);
    expect(tail).toContain('"finish_reason":"stop"');
    expect(tail).not.toContain('error');
    expect(tail.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(provider.finished()).toBe(true);
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({ status: 200, output_tokens: 1_234_567, input_tokens: 7 });
    expect(record).not.toHaveProperty('usage_estimated');
    await clock.idle();
  });

  it('is gone after a minute: the stream is read on without it, for its usage', async () => {
    const { clock, provider, gateway, response, sentBytes } = await unread(1);
    expect(sentBytes).toBeLessThan(mostUnread);
    response.on('error', () => {});
    await clock.advance(readerGoneAfterMs);
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({ status: 200, output_tokens: 1_234_567 });
    expect(provider.finished()).toBe(true);
    await new Promise((resolve) => response.on('close', resolve).resume());
    expect(response.complete).toBe(false);
    await clock.idle();
  });
});

describe('a reader that leaves', () => {
  it('is not noticed, as on Lambda: the answer is read to its end and settled', async () => {
    const clock = new WatchedClock();
    const provider = await startProvider({
      clock,
      behaviours: { '*': { chunkEveryMs: 1_000, text: 'One heron stands.' } },
    });
    const gateway = await startGateway({
      clock,
      providers: { house: kinds['openai-compatible'].entry(provider.baseUrl) },
    });
    const asking = openStream(gateway.baseUrl);
    await clock.pass(1_000);
    const response = await asking;
    response.on('error', () => {}).destroy();
    const settled = (): boolean => gateway.log.length > 0;
    while (!settled()) {
      await until(() => settled() || clock.isArmed(1_000));
      await clock.advance(1_000);
    }
    expect(await provider.requests[0]?.outcome).toBe('answered');
    expect((await gateway.records(1))[0]).toMatchObject({ status: 200, output_tokens: 3 });
    await clock.idle();
  });
});

describe('settlement', () => {
  it.each([true, false])(
    'comes after the last byte and before the invocation ends (stream: %s)',
    async (stream) => {
      const provider = await startProvider();
      const { baseUrl, events } = await startDeployed({
        region: 'eu-central-1',
        document: {
          providers: { house: kinds['openai-compatible'].entry(provider.baseUrl) },
          virtualKeys: [{ id: 'k', key: virtualKey, providers: [{ provider: 'house', models: ['*'] }] }],
        },
      });
      const response = await fetch(`${baseUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${virtualKey}` },
        body: JSON.stringify({ model: 'house/m', stream, messages: question }),
      });
      await response.text();
      await until(() => events.includes('invocation ends'));
      expect(events.at(-1)).toBe('invocation ends');
      expect(events.toSorted()).toEqual(['invocation ends', 'last byte', 'request']);
    },
  );
});
