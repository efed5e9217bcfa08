import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  SocketClock,
  receive,
  type Received,
  type ScriptedProvider,
  startScriptedProvider,
  type Step,
} from '../../../../support/scripted.ts';

/** Each fault as a caller meets it, and as the provider remembers it. */

const clock = new SocketClock();
let provider: ScriptedProvider;
beforeEach(async () => {
  provider = await startScriptedProvider({ clock });
});
afterEach(() => provider.close());

const text = 'one two three four five';

function send(step: Step, stream = true, signal?: AbortSignal): Promise<Response> {
  provider.script('m', [{ text, ...step }]);
  return fetch(`${provider.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: 'hi' }] }),
    ...(signal !== undefined && { signal }),
  });
}

const call = async (step: Step, stream = true): Promise<Received> => receive(await send(step, stream));

/** The words of the answer that arrived. */
const words = ({ text }: Received): string =>
  [...text.matchAll(/"content":"([^"]+)"/g)].map(([, word]) => word).join('');

const outcome = (): Promise<string> | undefined => provider.requests.at(-1)?.outcome;

describe('a stream', () => {
  it('without a fault is whole', async () => {
    const got = await call({});
    expect([got.status, got.complete, words(got)]).toEqual([200, true, text]);
    expect(got.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(got.text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await outcome()).toBe('answered');
  });

  it('reset before its headers answers nothing', async () => {
    await expect(send({ fault: { kind: 'reset_before_headers' } })).rejects.toThrow();
    expect(await outcome()).toBe('broken');
    expect(provider.requests).toHaveLength(1);
  });

  it.each(['reset', 'cut'] as const)('%s after two words breaks there', async (kind) => {
    const got = await call({ fault: { kind, after: 2 } });
    expect([got.status, got.complete, words(got)]).toEqual([200, false, 'one two ']);
    expect(await outcome()).toBe('broken');
  });

  it('cut after its headers has no byte of body', async () => {
    const got = await call({ fault: { kind: 'cut', after: 'headers' } });
    expect([got.status, got.complete, got.text]).toEqual([200, false, '']);
  });

  it('that ends early ends cleanly, without finish reason and [DONE]', async () => {
    const got = await call({ fault: { kind: 'end', after: 99 } });
    expect([got.complete, words(got)]).toEqual([true, text]);
    expect(got.text).not.toContain('"finish_reason":"stop"');
    expect(got.text).not.toContain('[DONE]');
  });

  it('without finish reason has [DONE], and the other way round', async () => {
    const first = await call({ fault: { kind: 'no_finish' } });
    expect(first.text).not.toContain('"finish_reason":"stop"');
    expect(first.text).toContain('[DONE]');
    const second = await call({ fault: { kind: 'no_terminator' } });
    expect(second.text).toContain('"finish_reason":"stop"');
    expect(second.text).not.toContain('[DONE]');
  });

  it('with an error event ends after it', async () => {
    const got = await call({
      fault: { kind: 'error_event', after: 0, status: 429 },
      error: { message: 'quota' },
    });
    expect([got.status, got.complete, words(got)]).toEqual([200, true, '']);
    expect(got.text.split('\n\n').at(-2)).toBe(
      'data: {"error":{"message":"quota","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
    );
  });

  it('with a malformed event goes on after it', async () => {
    const got = await call({ fault: { kind: 'malformed_event', after: 2 } });
    expect(words(got)).toBe(text);
    expect(got.text.split('\n\n')[3]).toBe('data: {"oops": ');
  });

  it('that stalls sends what came before and then nothing, until its caller leaves', async () => {
    const leave = new AbortController();
    const response = await send({ fault: { kind: 'stall', after: 2 } }, true, leave.signal);
    const reader = response.body?.getReader();
    let got = '';
    while (!got.includes('two ')) got += Buffer.from((await reader?.read())?.value ?? []).toString();
    leave.abort();
    await expect(reader?.read()).rejects.toThrow();
    expect(await outcome()).toBe('abandoned');
  });

  it('that never responds is abandoned by its caller', async () => {
    const leave = new AbortController();
    const response = send({ fault: { kind: 'never_responds' } }, true, leave.signal);
    await provider.received(1);
    leave.abort();
    await expect(response).rejects.toThrow();
    expect(await outcome()).toBe('abandoned');
  });

  it('of pings has nothing else after its place', async () => {
    const response = await send({ fault: { kind: 'pings', after: 1, everyMs: 5_000 } });
    const reader = response.body?.getReader();
    let got = '';
    const until = async (wanted: string): Promise<void> => {
      while (!got.includes(wanted)) got += Buffer.from((await reader?.read())?.value ?? []).toString();
    };
    await until('one ');
    await clock.armed(1);
    await clock.advance(5_000);
    await until(': keep-alive\n\n: keep-alive\n\n');
    expect(got).not.toContain('two');
    await reader?.cancel();
    expect(await outcome()).toBe('abandoned');
  });

  it('of one huge event is as large as told', async () => {
    const got = await call({ fault: { kind: 'huge', bytes: 3_000_000 } });
    expect(got.complete).toBe(true);
    expect(got.text.length).toBeGreaterThan(3_000_000);
  });

  it('waits as told before its headers and between its events', async () => {
    const startMs = clock.nowMs();
    const pending = send({ headersAfterMs: 700, chunkEveryMs: 40 });
    await clock.armed(1);
    await clock.advance(700);
    const response = await pending;
    const whole = receive(response);
    // role, five words, finish and [DONE]: seven pauses.
    for (let pause = 0; pause < 7; pause++) {
      await clock.armed(1);
      await clock.advance(40);
    }
    expect(words(await whole)).toBe(text);
    expect(clock.nowMs() - startMs).toBe(700 + 7 * 40);
  });

  it('trickles in pieces of the size told', async () => {
    const pending = call({ text: 'x', fault: { kind: 'trickle', bytes: 300, everyMs: 10 } });
    let pauses = 0;
    let done = false;
    void pending.then(() => (done = true));
    while (!done) {
      await Promise.race([clock.armed(1), pending]);
      await clock.advance(10);
      pauses += 1;
    }
    const got = await pending;
    expect([got.complete, words(got)]).toEqual([true, 'x']);
    expect(pauses).toBeGreaterThanOrEqual(Math.ceil(got.text.length / 300) - 1);
  });
});

describe('a body that is no stream', () => {
  it('without a fault is whole', async () => {
    const got = await call({}, false);
    expect([got.headers.get('content-type'), words(got)]).toEqual(['application/json', text]);
  });

  it('cut after two of its four pieces is half there', async () => {
    const whole = await call({}, false);
    const got = await call({ fault: { kind: 'cut', after: 2 } }, false);
    expect(got.complete).toBe(false);
    expect(got.text.length).toBe(2 * Math.ceil(whole.text.length / 4));
  });

  it('may be an error that wears a 200, or no JSON', async () => {
    const error = await call({ fault: { kind: 'error_event', after: 'headers', status: 500 } }, false);
    expect([error.status, JSON.parse(error.text)]).toMatchObject([200, { error: { type: 'server_error' } }]);
    const broken = await call({ fault: { kind: 'end', after: 3 } }, false);
    expect(() => JSON.parse(broken.text)).toThrow();
  });

  it('is whatever it is told to be', async () => {
    const html = await call({ body: '<html>down</html>', contentType: 'text/html' });
    expect([html.status, html.headers.get('content-type'), html.text]).toEqual([
      200,
      'text/html',
      '<html>down</html>',
    ]);
    const empty = await call({ body: '', status: 500 }, false);
    expect([empty.status, empty.text]).toEqual([500, '']);
    const odd = await call({ contentType: 'text/plain' });
    expect([odd.headers.get('content-type'), words(odd)]).toEqual(['text/plain', text]);
  });

  it('of an error carries its headers', async () => {
    const got = await call({ status: 503, headers: { 'retry-after': '3' } });
    expect([got.status, got.headers.get('retry-after')]).toEqual([503, '3']);
    expect(JSON.parse(got.text)).toMatchObject({ error: { type: 'service_unavailable_error' } });
  });
});

describe('a script', () => {
  const status = async (model: string): Promise<number> => {
    const response = await fetch(`${provider.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-test': 'yes' },
      body: JSON.stringify({ model, messages: [] }),
    });
    await response.text();
    return response.status;
  };

  it('is consumed step by step, per model or by predicate; then the behaviour applies', async () => {
    provider.script('a', [{ status: 500 }, { status: 429 }]);
    provider.script(({ headers }) => headers['x-test'] === 'yes', [{ status: 418 }]);
    expect([await status('a'), await status('b'), await status('a'), await status('a')]).toEqual([
      500, 418, 429, 200,
    ]);
  });

  it('gives way to behaviours by model, by share, and for every other model', async () => {
    const draws = [0.29, 0.3, 0.99];
    const other = await startScriptedProvider({
      behaviours: {
        flaky: [
          { share: 0.3, step: { status: 503 } },
          { share: 0.7, step: {} },
        ],
        '*': { status: 404 },
      },
      random: () => draws.shift() ?? 0,
    });
    const ask = async (model: string): Promise<number> =>
      (
        await fetch(`${other.baseUrl}/v1/chat/completions`, {
          method: 'POST',
          body: JSON.stringify({ model }),
        })
      ).status;
    expect([await ask('flaky'), await ask('flaky'), await ask('flaky'), await ask('else')]).toEqual([
      503, 200, 200, 404,
    ]);
    await other.close();
  });

  it('leaves a record of what the provider received, and when', async () => {
    const startMs = clock.nowMs();
    await status('a');
    await clock.advance(1_500);
    await status('a');
    expect(provider.requests).toMatchObject([
      {
        method: 'POST',
        path: '/v1/chat/completions',
        model: 'a',
        receivedAtMs: startMs,
        body: { model: 'a' },
      },
      { receivedAtMs: startMs + 1_500, headers: { 'x-test': 'yes' } },
    ]);
  });
});
