import { describe, expect, it } from 'vitest';
import { keepingPrompts } from '../../../../functions/gateway/prompts.ts';
import type { OutputBody } from '../../../../lib/domain/ports.ts';
import type { GatewayRequest, GatewayResponse } from '../../../../lib/pipeline.ts';
import type { Exchange } from '../../../../lib/transport/prompt-bucket.ts';

const request: GatewayRequest = {
  requestId: 'r-1',
  method: 'POST',
  path: '/v1/chat/completions',
  headers: { authorization: 'Bearer fl-secret' },
  query: { key: 'fl-secret' },
  body: '{"model":"m"}',
  remainingMs: 1_000,
};

const json = { 'content-type': 'application/json', 'x-fairlead-attempts': '1' };

const answer = (body: GatewayResponse['body'], headers = json, settled = Promise.resolve()) => ({
  status: 200,
  headers,
  body,
  settled,
});

/** What is written arrives in `seen`; the reader is never behind. */
function reader() {
  const seen: string[] = [];
  const told: string[] = [];
  const out: OutputBody = {
    write: (chunk) => void seen.push(Buffer.from(chunk).toString()) === undefined,
    end: () => void told.push('end'),
    abort: () => void told.push('abort'),
    onDrain: () => void told.push('onDrain'),
    onGone: () => void told.push('onGone'),
  };
  return { out, seen, told };
}

function keep(response: GatewayResponse) {
  const stored: Exchange[] = [];
  const store = async (exchange: Exchange) => void stored.push(exchange);
  return { stored, kept: keepingPrompts(store, request, 1_000, response) };
}

describe('an exchange', () => {
  it('is stored once the request has settled, without headers and query', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { stored, kept } = keep(answer('{"choices":[]}', json, promise));
    expect(kept.body).toBe('{"choices":[]}');
    await Promise.resolve();
    expect(stored).toEqual([]);
    resolve();
    await kept.settled;
    expect(stored).toEqual([
      {
        requestId: 'r-1',
        receivedMs: 1_000,
        path: '/v1/chat/completions',
        status: 200,
        request: '{"model":"m"}',
        response: '{"choices":[]}',
        truncated: false,
      },
    ]);
    expect(JSON.stringify(stored)).not.toContain('fl-secret');
  });

  it('of a stream is what went out, in copies, and everything else reaches the reader as before', async () => {
    const { out, seen, told } = reader();
    const bytes = Buffer.from('data: 2\n\n');
    const pour = (body: OutputBody): void => {
      body.onDrain(() => undefined);
      body.onGone(() => undefined);
      expect(body.write('data: ü\n\n')).toBe(true);
      body.write(bytes);
      bytes.fill(0);
      body.end();
      body.abort();
    };
    const { stored, kept } = keep(answer(pour, { ...json, 'content-type': 'text/event-stream' }));
    if (typeof kept.body !== 'function') throw new Error('expected a body that is poured');
    kept.body(out);
    await kept.settled;
    expect(seen).toEqual(['data: ü\n\n', 'data: 2\n\n']);
    expect(told).toEqual(['onDrain', 'onGone', 'end', 'abort']);
    expect(stored[0]?.response).toBe('data: ü\n\ndata: 2\n\n');
  });

  it('is cut at 8 MiB, and says so', async () => {
    const half = Buffer.alloc(5 * 1024 * 1024, 'a');
    const pour = (body: OutputBody): void => {
      for (const chunk of [half, half, 'tail']) body.write(chunk);
      body.end();
    };
    const { stored, kept } = keep(answer(pour));
    if (typeof kept.body !== 'function') throw new Error('expected a body that is poured');
    kept.body(reader().out);
    await kept.settled;
    expect(stored[0]?.response).toHaveLength(half.length);
    expect(stored[0]?.truncated).toBe(true);
  });

  it('whose answer is audio keeps the question alone', async () => {
    const { stored, kept } = keep(answer(Buffer.from([1, 2]), { ...json, 'content-type': 'audio/mpeg' }));
    await kept.settled;
    expect(stored).toHaveLength(1);
    expect(stored[0]).not.toHaveProperty('response');
  });

  it.each([{ 'x-fairlead-attempts': '0' }, {}])(
    'no provider was asked for leaves nothing behind: %j',
    async (headers) => {
      const response = answer('{"error":{}}', {
        'content-type': 'application/json',
        ...headers,
      } as typeof json);
      const { stored, kept } = keep(response);
      await kept.settled;
      expect(kept).toBe(response);
      expect(stored).toEqual([]);
    },
  );
});
