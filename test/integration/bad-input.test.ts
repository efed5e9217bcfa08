import { describe, expect, it } from 'vitest';
import { asObject, parseJson } from '../../lib/domain/json.ts';
import {
  question,
  startGateway,
  startProvider,
  type TestGateway,
  until,
  virtualKey,
  WatchedClock,
} from '../support/gateway.ts';
import type { ScriptedProvider } from '../support/scripted.ts';
import { awsKeys, kinds, whole } from './scene.ts';

/** What a caller or an operator may get wrong: the documented status, a message that says what to change, no leak. */

interface Asked {
  readonly gateway: TestGateway;
  readonly provider: ScriptedProvider;
}

async function house(more: { readonly key?: object; readonly clock?: WatchedClock } = {}): Promise<Asked> {
  const provider = await startProvider();
  const gateway = await startGateway({
    providers: { house: kinds['openai-compatible'].entry(provider.baseUrl) },
    ...more,
  });
  return { gateway, provider };
}

/** The whole body of an error of the gateway's own. */
const gatewayError = (code: string, type: string, message: unknown, param: string | null = null) => ({
  error: { message, type, code, param },
});
const invalid = (message: unknown, param: string | null = null) =>
  gatewayError('invalid_request', 'invalid_request_error', message, param);
const unknownKey = (message: string) => gatewayError('invalid_virtual_key', 'authentication_error', message);

describe('a body', () => {
  const messages = question;

  it.each<[string, string | object, object]>([
    ['is empty', '', invalid('The body is empty; it must be a JSON object.')],
    [
      'is no JSON',
      '{"model":"house/m","messages":[heron]}',
      invalid(expect.stringMatching(/^The body is not valid JSON( at character 32)?\.$/)),
    ],
    ['is a list', '[]', invalid('The body must be a JSON object, but is an empty array.')],
    [
      'names no model',
      { model: undefined, messages },
      invalid(expect.stringMatching(/^model must be a non-empty string.* but is missing\.$/), 'model'),
    ],
    [
      'has a number for a model',
      { model: 5, messages },
      invalid(expect.stringMatching(/^model must be .*, but is number 5\.$/), 'model'),
    ],
    [
      'has no messages',
      { messages: undefined },
      invalid('messages must be a non-empty array, but is missing.', 'messages'),
    ],
    [
      'has empty messages',
      { messages: [] },
      invalid('messages must be a non-empty array, but is an empty array.', 'messages'),
    ],
    [
      'has a text for messages',
      { messages: 'a heron' },
      invalid('messages must be a non-empty array, but is the string "a heron".', 'messages'),
    ],
    [
      'has a message that is none',
      { messages: [...messages, null] },
      invalid('messages[1] must be an object, but is null.', 'messages[1]'),
    ],
    [
      'has a message without a role',
      { messages: [{ content: 'heron' }] },
      invalid('messages[0].role must be a string, but is missing.', 'messages[0].role'),
    ],
    [
      'has a text for stream',
      { stream: 'yes' },
      invalid('stream must be true or false, but is the string "yes".', 'stream'),
    ],
    [
      'has a text for fallbacks',
      { fallbacks: 'house/n' },
      invalid(expect.stringMatching(/^fallbacks must be an array of /), 'fallbacks'),
    ],
    [
      'has too many fallbacks',
      { fallbacks: Array.from({ length: 11 }, () => 'house/n') },
      invalid('fallbacks may hold at most 10 entries, but holds 11.', 'fallbacks'),
    ],
    [
      'has a number for a session',
      { prompt_cache_key: 7 },
      invalid('prompt_cache_key must be a string, but is number 7.', 'prompt_cache_key'),
    ],
  ])('that %s: 400, naming the field and what it is', async (_name, body, expected) => {
    const { gateway, provider } = await house();
    const { status, headers, body: answer } = await whole(gateway.chat(body));
    expect([status, headers.get('content-type')]).toEqual([400, 'application/json']);
    expect(answer).toEqual(expected);
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(provider.requests).toEqual([]);
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({
      status: 400,
      error_code: 'invalid_request',
      error_type: 'caller',
      virtual_key_id: 'tester',
    });
  });

  it.each([
    ['of more than 5 MB: 413 with the limit', 5.2, /^the body has \d+ bytes; at most 5242880 are taken$/],
    ['of more than a Lambda event: 413', 6.5, /exceeds 6 MB/],
    ['of more than API Gateway takes: 413', 10.5, /exceeds 10 MB/],
  ])('%s', async (_name, megabytes, message) => {
    const { gateway, provider } = await house();
    const content = 'heron '.repeat((megabytes * 1024 * 1024) / 6);
    const { status, error } = await whole(gateway.chat({ messages: [{ role: 'user', content }] }));
    expect([status, error['code'], error['type']]).toEqual([
      413,
      'request_too_large',
      'invalid_request_error',
    ]);
    expect(error['message']).toMatch(message);
    expect(provider.requests).toEqual([]);
  });

  it('just under the limit passes', async () => {
    const { gateway } = await house();
    const content = 'heron '.repeat(800_000);
    expect((await whole(gateway.chat({ messages: [{ role: 'user', content }] }))).status).toBe(200);
  });

  it('nested a hundred thousand deep is answered, and so is the next request', async () => {
    const { gateway } = await house();
    const deep = `{"model":"house/m","messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect((await whole(gateway.chat(deep))).status).toBe(400);
    expect((await whole(gateway.chat())).status).toBe(200);
  });

  it('with names that mean something to JavaScript is only data', async () => {
    const { gateway, provider } = await house();
    const body = `{"model":"house/m","__proto__":{"stream":true},"constructor":1,"messages":[{"role":"user","content":"heron","__proto__":{"a":1}}]}`;
    const { status, headers } = await whole(gateway.chat(body));
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(provider.requests[0]?.text).toContain('"__proto__":{"stream":true}');
  });
});

describe('a model', () => {
  it.each(['nothing/m', 'toString', '__proto__', 'constructor/prototype'])(
    'that is unknown (%s): 404',
    async (model) => {
      const provider = await startProvider();
      const gateway = await startGateway({ providers: { ai: kinds.openai.entry(provider.baseUrl) } });
      const { status, body } = await whole(gateway.chat({ model }));
      expect(status).toBe(404);
      expect(body).toEqual(
        gatewayError(
          'model_not_found',
          'invalid_request_error',
          `model "${model}" not found: no provider of virtual key "tester" serves "${model}"`,
          'model',
        ),
      );
    },
  );
});

describe('a model name', () => {
  const hostile = 'm-1/../../../evil?key=1#\u0000\r\nx-evil: 1 ü';

  it('is no part of a header', async () => {
    const { gateway, provider } = await house();
    const { status, headers, body } = await whole(gateway.chat({ model: `house/${hostile}` }));
    expect([status, body['model']]).toEqual([200, hostile]);
    expect(headers.get('x-evil')).toBeNull();
    expect(headers.get('x-fairlead-model')).toBe('m-1/../../../evil?key=1#???x-evil: 1 ?');
    expect(provider.requests.map(({ path, query }) => [path, query])).toEqual([['/v1/chat/completions', '']]);
  });

  it.each([
    ['gemini', '/v1beta/models/', ':generateContent'],
    ['bedrock', '/model/', '/converse'],
  ] as const)('chooses no path at a provider of type %s', async (kind, before, after) => {
    const provider = await startProvider();
    const gateway = await startGateway({
      providers: { house: kinds[kind].entry(provider.baseUrl) },
      grants: [{ provider: 'house', models: ['m-*'], keys: ['*'] }],
      env: { AWS_KEYS: awsKeys },
    });
    expect((await whole(gateway.chat({ model: `house/${hostile}` }))).status).toBe(200);
    const [request] = provider.requests;
    expect([request?.path, request?.query]).toEqual([before + encodeURIComponent(hostile) + after, '']);
  });

  it('given twice is the same for the gateway and for the provider', async () => {
    const { gateway, provider } = await house();
    const messages = JSON.stringify(question);
    await whole(gateway.chat(`{"model":"house/a","messages":${messages},"model":"house/b"}`));
    await whole(gateway.chat(`{"mod\\u0065l":"house/c","messages":${messages},"model":"house/d"}`));
    const named = provider.requests.map(({ text }) => new Set(text.match(/"(?:[abcd]|house\/[abcd])"/g)));
    expect(named).toEqual([new Set(['"b"']), new Set(['"d"'])]);
  });
});

describe('a virtual key', () => {
  const authenticate = async ({ gateway, provider }: Asked, headers: Record<string, string>) => {
    const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: 'house/m', messages: question }),
    });
    const answer = await whole(response);
    expect(provider.requests).toEqual([]);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    return answer;
  };

  it.each([
    ['that is missing', {}, 'header "Authorization" is missing; send "Authorization: Bearer <virtual key>"'],
    [
      'that is sent another way',
      { authorization: 'Basic ZmwtdGVzdA==' },
      'header "Authorization" must be "Bearer <virtual key>"',
    ],
    [
      'that nobody has',
      { authorization: `Bearer ${virtualKey}x` },
      'the virtual key in header "Authorization" is not valid',
    ],
    [
      'of a thousand characters',
      { authorization: `Bearer ${'k'.repeat(1_000)}` },
      'the virtual key in header "Authorization" is not valid',
    ],
  ])('%s: 401 that does not repeat it', async (_name, headers, message) => {
    const { status, body } = await authenticate(await house(), headers);
    expect([status, body]).toEqual([401, unknownKey(message)]);
  });

  const bearer = { authorization: `Bearer ${virtualKey}` };

  it('that is disabled: 401', async () => {
    const { status, body } = await authenticate(await house({ key: { enabled: false } }), bearer);
    expect([status, body]).toEqual([401, unknownKey('virtual key "tester" is disabled ("enabled": false)')]);
  });

  it('that has expired: 401 from that moment on', async () => {
    const clock = new WatchedClock(Date.parse('2026-12-31T23:59:59Z'));
    const { gateway, provider } = await house({ clock, key: { expiresAt: '2027-01-01T00:00:00Z' } });
    expect((await whole(gateway.chat())).status).toBe(200);
    await clock.advance(1_000);
    const { status, body } = await whole(gateway.chat());
    expect([status, body]).toEqual([401, unknownKey('virtual key "tester" has expired ("expiresAt")')]);
    expect(provider.requests).toHaveLength(1);
  });
});

describe('a path', () => {
  it.each([
    ['GET', '/v1/chat/completions', 405, 'method_not_allowed', '/v1/chat/completions takes POST, not GET'],
    ['DELETE', '/v1/models', 405, 'method_not_allowed', '/v1/models takes GET, not DELETE'],
    ['POST', '/v1/nothing', 404, 'not_found', 'nothing is served at /v1/nothing'],
    ['POST', '/__proto__', 404, 'not_found', 'nothing is served at /__proto__'],
    [
      'GET',
      '/v1/models/%E0%A4%A',
      400,
      'invalid_request',
      'the model id in the path is not valid percent-encoding',
    ],
  ])('%s %s: %i', async (method, path, status, code, message) => {
    const { gateway } = await house();
    const response = await fetch(gateway.baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${virtualKey}` },
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(gatewayError(code, 'invalid_request_error', message));
  });

  it('asked for by HEAD answers 200 without a key and without a body', async () => {
    const { gateway, provider } = await house();
    for (const path of ['/', '/v1/chat/completions', '/nothing']) {
      const response = await fetch(gateway.baseUrl + path, { method: 'HEAD' });
      expect([response.status, await response.text()]).toEqual([200, '']);
    }
    expect(provider.requests).toEqual([]);
  });

  it('/health answers without a key, and says nothing of keys or providers', async () => {
    const { gateway } = await house();
    const response = await fetch(`${gateway.baseUrl}/health`);
    expect(await response.json()).toEqual({
      status: 'ok',
      region: 'eu-central-1',
      zones: ['eu'],
      policy: 1,
      checks: {
        governance: 'ok',
        quotas: 'ok',
        health: {},
        secrets: { usable: 0, unusable: 0, unread: 0 },
      },
    });
  });
});

describe('a provider key', () => {
  /** Two providers, the first of which has a key in this variable. */
  async function withKey(env: Readonly<Record<string, string>>) {
    const [first, second] = await Promise.all([startProvider(), startProvider()]);
    const gateway = await startGateway({
      providers: {
        first: { ...kinds['openai-compatible'].entry(first.baseUrl), keys: [{ id: 'a', env: 'FIRST_KEY' }] },
        second: kinds['openai-compatible'].entry(second.baseUrl),
      },
      env,
    });
    return { gateway, first, second };
  }

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['whose variable is not set', {}, 'is not set in the environment'],
    ['that is empty', { FIRST_KEY: ' ' }, 'is empty'],
    [
      'that is broken JSON',
      { FIRST_KEY: '{"apiKey": "sk-provider-half' },
      'begins like JSON and is not valid JSON',
    ],
    [
      'that is JSON without a key',
      { FIRST_KEY: '{"password":"sk-provider-other"}' },
      'has neither field "apiKey" nor fields "accessKeyId" and "secretAccessKey"',
    ],
    [
      'that no header can carry',
      { FIRST_KEY: 'sk-provider\r\nx-evil: 1' },
      'its text must be text of visible ASCII characters, not empty',
    ],
  ])('%s takes its provider out, with a log line, and nothing else fails', async (_name, env, reason) => {
    const { gateway, first, second } = await withKey(env);
    const answer = await whole(gateway.chat({ model: 'm' }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-fairlead-provider')).toBe('second');
    expect([first.requests.length, second.requests.length]).toEqual([0, 1]);
    expect(gateway.log).toContainEqual({ event: 'secret_problem', secret: 'FIRST_KEY', problem: reason });

    const pinned = await whole(gateway.chat({ model: 'first/m' }));
    expect([pinned.status, pinned.error['code']]).toEqual([503, 'unavailable']);
    await until(() => gateway.log.filter((line) => line['event'] === 'request').length === 2);
    expect(gateway.log.filter((line) => line['event'] === 'secret_problem')).toHaveLength(1);
  });

  it('in JSON is read', async () => {
    const { gateway, first } = await withKey({ FIRST_KEY: '{"apiKey":"sk-provider-json"}' });
    expect((await whole(gateway.chat({ model: 'm' }))).status).toBe(200);
    expect(first.requests[0]?.headers['authorization']).toBe('Bearer sk-provider-json');
  });
});

describe('nothing leaks', () => {
  it('into what the caller reads: no key, host, stack or prompt, whatever the provider says', async () => {
    const provider = await startProvider();
    const host = new URL(provider.baseUrl).host;
    const gateway = await startGateway({
      providers: {
        first: { ...kinds['openai-compatible'].entry(provider.baseUrl), keys: [{ id: 'a', env: 'KEY' }] },
      },
      env: { KEY: 'plain-provider-key' },
      document: { defaults: { maxRetries: 0 } },
    });
    const message = `at Server.handle (/srv/app.js:1:1) on ${host} and vllm.internal:8000 with plain-provider-key, Bearer abc`;
    const steps = [
      { status: 400, error: { message } },
      { body: `data: {"error":{"message":"${message}"}}\n\n`, contentType: 'text/event-stream' },
    ];
    provider.script(() => true, steps);
    for (const stream of [false, true]) {
      const text = await (await gateway.chat({ stream })).text();
      for (const secret of ['plain-provider-key', host, 'vllm.internal', 'Bearer abc', virtualKey]) {
        expect(text).not.toContain(secret);
      }
      expect(asObject(asObject(parseJson(text))['error'])['message']).toMatch(/^first\/m: at Server/);
    }
  });
});
