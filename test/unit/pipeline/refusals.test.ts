import { describe, expect, it } from 'vitest';
import { ask, prompt, providerKey, scene, take, virtualKey, whole } from './scene.ts';

const body = (text: string): unknown => JSON.parse(text);

describe('a defect of the gateway itself', () => {
  const hidden = `${prompt}\n    at ${prompt} (file:///${providerKey}.ts:1:1)\n    at me (file:///x y:1:1)`;

  it.each([
    ['an error', () => new TypeError(hidden)],
    ['an error without a stack', () => Object.assign(new Error(hidden), { stack: undefined })],
    ['an error whose stack is all message', () => Object.assign(new Error('x'), { stack: hidden })],
    ['a text', () => hidden],
  ])('is a 500 that tells the caller nothing, and the log where it broke (%s)', async (_name, made) => {
    const { gateway, log } = await scene();
    const broken = {
      ...gateway,
      catalog: () => {
        throw made();
      },
    };
    const response = await ask(broken, {});
    await response.settled;
    expect(response.status).toBe(500);
    expect(body(take(response).text)).toEqual({
      error: {
        message: 'the gateway failed; the log has the request id',
        type: 'api_error',
        code: 'internal_error',
        param: null,
      },
    });
    expect(log.at(-2)).toMatchObject({ event: 'internal_error', request_id: 'request-1' });
    expect(log.at(-1)).toMatchObject({ event: 'request', status: 500, error_type: 'gateway' });
    for (const secret of [prompt, providerKey, virtualKey]) expect(JSON.stringify(log)).not.toContain(secret);
  });

  it('is told with its place', async () => {
    const { gateway, log } = await scene();
    const broken = {
      ...gateway,
      catalog: () => {
        throw new TypeError('broken');
      },
    };
    await (
      await ask(broken, {})
    ).settled;
    expect(log.at(-2)).toMatchObject({
      error: 'TypeError',
      at: expect.arrayContaining([expect.stringMatching(/^at .*lib\/pipeline\/decide\.ts:\d+:\d+\)?$/)]),
    });
  });
});

describe('a request outside its zones', () => {
  it('is sent to the right region, unparsed and unlogged', async () => {
    const { log, asked, chat } = await scene({
      first: [whole()],
      settings: { zones: ['us'] },
      key: { zones: ['us'] },
    });
    const before = log.length;
    const response = await chat({}, { body: `not JSON: ${prompt}` });
    await response.settled;
    expect(response.status).toBe(421);
    expect(take(response).text).toContain('https://us.gateway.example');
    expect(log.length).toBe(before);
    expect(asked()).toEqual([]);
  });
});

describe('a bad request', () => {
  it.each([
    ['no key', { headers: {} }, 401, 'invalid_virtual_key'],
    ['an unknown path', { path: '/v2/chat' }, 404, 'not_found'],
    ['the wrong method', { method: 'GET' }, 405, 'method_not_allowed'],
    ['no JSON', { body: '{"model":' }, 400, 'invalid_request'],
    ['a body over 5 MB', { body: ' '.repeat(5 * 1024 * 1024 + 1) }, 413, 'request_too_large'],
    ['a path of another prototype', { path: '/__proto__' }, 404, 'not_found'],
  ])('%s', async (_name, request, status, code) => {
    const { chat, asked } = await scene();
    const response = await chat({}, request);
    expect(response.status).toBe(status);
    expect(body(take(response).text)).toMatchObject({ error: { code } });
    await response.settled;
    expect(asked()).toEqual([]);
  });

  it.each([
    ['model', { model: 'x'.repeat(513) }],
    ['fallbacks[1]', { fallbacks: ['first/m', 'x'.repeat(513)] }],
  ])('a name of 513 characters in %s', async (param, wrong) => {
    const { chat, log } = await scene();
    const response = await chat(wrong);
    await response.settled;
    expect(response.status).toBe(400);
    expect(body(take(response).text)).toMatchObject({
      error: { param, message: `${param} has 513 characters; at most 512 are taken` },
    });
    expect(JSON.stringify(log)).not.toContain('xxx');
  });

  it('keeps what is no header out of the headers', async () => {
    const { clock, chat } = await scene({ first: [whole()] });
    const answering = chat({ model: 'first/a\r\nset-cookie: b=1\u{1F600}' });
    await clock.advance(0);
    const { headers } = await answering;
    expect(headers['x-fairlead-model']).toBe('a??set-cookie: b=1??');
    for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]*$/);
  });

  it('never sends a provider an empty model name', async () => {
    const { clock, chat, transport } = await scene({ first: [whole()], second: [whole()] });
    const answering = chat({ model: 'second/' });
    await clock.advance(0);
    await (
      await answering
    ).settled;
    const sent = transport.seen.map(({ request }) => JSON.parse(String(request.body)).model);
    expect(sent).toEqual(['second/']);
  });
});
