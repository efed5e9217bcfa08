import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { question, startGateway, startProvider, virtualKey } from '../support/gateway.ts';
import type { Step } from '../support/scripted.ts';
import { awsKeys, everyKind, kinds } from './scene.ts';

/** What passes the gateway as it is, what never does, and what the gateway says itself. */

async function openAi(steps: readonly Step[] = []) {
  const provider = await startProvider();
  provider.script(() => true, steps);
  const gateway = await startGateway({
    providers: {
      openai: { ...kinds.openai.entry(provider.baseUrl), keys: [{ id: 'a', env: 'OPENAI_KEY' }] },
    },
    env: { OPENAI_KEY: 'sk-provider-openai' },
  });
  return { provider, gateway, client: gateway.openai() };
}

describe('to a host that speaks OpenAI', () => {
  it('the body passes byte for byte, but for the model and what is the gateway’s own', async () => {
    const { gateway, provider } = await openAi();
    const rest =
      `"seed": 12345678901234567890, "zebra":1.50 ,"apple" : {"b":1,"a":[1e2, 0.10]},\n` +
      `"messages":[{"role":"user","content":"heron \\u00e9\\ud83e\\udd86 🪿","name":"x","future":{"n":9007199254740993}}]`;
    const body = `{ "fallbacks": ["openai/gpt-4.1"], "model":"openai/gpt-4.1-mini",${rest} }`;
    const response = await gateway.chat(body);
    expect(response.status).toBe(200);
    const sent = provider.requests[0]?.text ?? '';
    expect(sent).toContain(rest);
    expect(sent.replace(rest, '').replace(/\s/g, '')).toBe('{"model":"gpt-4.1-mini",}');
  });

  it('a stream’s bytes pass too: chunks keep members the gateway does not know', async () => {
    const chunk = (delta: object, finish: string | null) =>
      `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-4.1-mini","zebra":12345678901234567890,` +
      `"choices":[{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":${JSON.stringify(finish)}}]}\n\n`;
    const body = `${chunk({ content: 'Herons' }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`;
    const { gateway } = await openAi([{ body, contentType: 'text/event-stream' }]);
    const response = await gateway.chat({ model: 'openai/gpt-4.1-mini', stream: true });
    expect(await response.text()).toBe(body);
  });

  it('neither the virtual key nor cookies nor any header of the caller is sent on', async () => {
    const { gateway, provider } = await openAi();
    const answer = await gateway.chat(
      { model: 'openai/gpt-4.1-mini' },
      {
        cookie: 'session=heron',
        'x-fairlead-session': 's1',
        'x-fairlead-anything': 'x',
        'x-api-key': virtualKey,
        'x-forwarded-for': '10.1.2.3',
        'openai-organization': 'org-caller',
        forwarded: 'for=10.1.2.3',
        'x-stainless-lang': 'js',
      },
    );
    expect(answer.status).toBe(200);
    const headers = provider.requests[0]?.headers ?? {};
    expect(Object.keys(headers).toSorted()).toEqual([
      'accept',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
    ]);
    expect(headers['authorization']).toBe('Bearer sk-provider-openai');
    expect(JSON.stringify(provider.requests)).not.toContain(virtualKey);
  });

  it('responses pass, whole and streamed', async () => {
    const { client, provider, gateway } = await openAi();
    const input = 'Tell me about herons';
    const { data, response } = await client.responses
      .create({ model: 'openai/gpt-4.1-mini', input })
      .withResponse();
    expect(data.output_text).toContain(`You said: "${input}"`);
    expect(data.model).toBe('gpt-4.1-mini');
    expect(response.headers.get('x-fairlead-provider')).toBe('openai');
    const events = [];
    for await (const event of await client.responses.create({
      model: 'gpt-4.1-mini',
      input,
      stream: true,
    })) {
      events.push(event);
    }
    expect(events[0]?.type).toBe('response.created');
    expect(events.at(-1)?.type).toBe('response.completed');
    const text = events.flatMap((event) => (event.type === 'response.output_text.delta' ? event.delta : []));
    expect(text.join('')).toBe(data.output_text);
    expect(provider.requests.map(({ path }) => path)).toEqual(['/v1/responses', '/v1/responses']);
    const records = await gateway.records(2);
    expect(records.map((record) => record['operation'])).toEqual(['responses', 'responses']);
    expect(records[0]?.['cost_micro_usd']).toBe(records[1]?.['cost_micro_usd']);
  });

  it('a stream of responses that breaks makes the SDK throw', async () => {
    const { client } = await openAi([{ fault: { kind: 'cut', after: 3 } }]);
    const stream = await client.responses.create({
      model: 'gpt-4.1-mini',
      input: 'Tell me about herons',
      stream: true,
    });
    const types: string[] = [];
    const read = async (): Promise<void> => {
      for await (const event of stream) types.push(event.type);
    };
    await expect(read()).rejects.toThrow('the answer was interrupted');
    expect(types.filter((type) => type === 'response.output_text.delta')).toHaveLength(3);
  });

  it('embeddings pass', async () => {
    const { client, gateway } = await openAi();
    const { data, model } = await client.embeddings.create({
      model: 'text-embedding-3-small',
      input: ['heron', 'egret', 'heron'],
      dimensions: 8,
    });
    expect(model).toBe('text-embedding-3-small');
    expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8, 8]);
    expect(data[0]?.embedding).toEqual(data[2]?.embedding);
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({ operation: 'embeddings', status: 200, input_tokens: 6 });
  });

  it('responses and embeddings have no target among providers that do not speak them', async () => {
    const provider = await startProvider();
    const gateway = await startGateway({ providers: { claude: kinds.anthropic.entry(provider.baseUrl) } });
    const client = gateway.openai();
    const asking = client.responses.create({ model: 'claude-haiku-4-5', input: 'heron' });
    await expect(asking).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: expect.stringContaining('provider "claude" does not serve responses requests'),
    });
    expect(provider.requests).toEqual([]);
  });
});

describe('a long answer', () => {
  it.each(everyKind)('of characters of four bytes arrives whole from a provider of type %s', async (kind) => {
    const text = `Heron${'🪿'.repeat(60_000)}`;
    const provider = await startProvider({ behaviours: { '*': { text } } });
    const gateway = await startGateway({
      providers: { house: kinds[kind].entry(provider.baseUrl) },
      env: { AWS_KEYS: awsKeys },
    });
    const ask = { model: `house/${kinds[kind].model}`, messages: question };
    const client = gateway.openai();
    const { choices } = await client.chat.completions.create(ask);
    expect(choices[0]?.message.content === text).toBe(true);
    const streamed = await client.chat.completions.stream(ask).finalContent();
    expect(streamed === text).toBe(true);
  });
});

describe('models', () => {
  async function catalog() {
    const provider = await startProvider();
    const gateway = await startGateway({
      providers: {
        openai: kinds.openai.entry(provider.baseUrl),
        house: kinds['openai-compatible'].entry(provider.baseUrl),
      },
      grants: [
        { provider: 'openai', models: ['gpt-4.1*'], keys: ['*'] },
        { provider: 'house', models: ['*'], keys: ['*'] },
      ],
      document: {
        models: {
          aliases: { fast: ['openai/gpt-4.1-mini'] },
          add: [{ model: 'house/llama', contextTokens: 131_072 }],
          prices: { 'house/llama': { inputPerMTok: 0.1, outputPerMTok: 0.4 } },
        },
      },
    });
    return { gateway, client: gateway.openai() };
  }

  it('are what the key may use, with window and price', async () => {
    const { client } = await catalog();
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(
      expect.arrayContaining(['fast', 'openai/gpt-4.1', 'openai/gpt-4.1-mini', 'house/llama']),
    );
    expect(ids.every((id) => id === 'fast' || /^(openai\/gpt-4\.1|house\/)/.test(id))).toBe(true);
    expect(await client.models.retrieve('house/llama')).toMatchObject({
      id: 'house/llama',
      object: 'model',
      owned_by: 'house',
      context_length: 131_072,
      pricing: { prompt: '0.0000001', completion: '0.0000004' },
    });
    expect(await client.models.retrieve('fast')).toMatchObject({ id: 'fast', owned_by: 'fairlead' });
  });

  it('that the key may not use are not found', async () => {
    const { client } = await catalog();
    for (const model of ['openai/gpt-5', 'nothing']) {
      await expect(client.models.retrieve(model)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    }
  });
});

describe('the gateway’s own errors in the SDK', () => {
  it('AuthenticationError for an unknown key', async () => {
    const { gateway, provider } = await openAi();
    const client = gateway.openai({ apiKey: 'fl-test-nobody-has-this' });
    const error: unknown = await client.models.list().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_virtual_key', type: 'authentication_error' });
    expect(String(error)).not.toContain('fl-test-nobody');
    expect(provider.requests).toEqual([]);
  });

  it('NotFoundError for an unknown model, PermissionDeniedError for one that is not allowed', async () => {
    const { client, gateway } = await openAi();
    await expect(
      client.chat.completions.create({ model: 'no-such-model', messages: question }),
    ).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const provider = await startProvider();
    const narrow = await startGateway({
      providers: { openai: kinds.openai.entry(provider.baseUrl) },
      grants: [{ provider: 'openai', models: ['gpt-4.1-mini'], keys: ['*'] }],
    });
    const denied: unknown = await narrow
      .openai()
      .chat.completions.create({ model: 'gpt-4.1', messages: question })
      .catch((reason: unknown) => reason);
    expect(denied).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(denied).toMatchObject({ status: 403, code: 'model_not_allowed', param: 'model' });
    expect((await gateway.records(1))[0]).toMatchObject({ status: 404, error_code: 'model_not_found' });
  });

  it('BadRequestError for a request nobody can carry, naming parameter and provider', async () => {
    const provider = await startProvider();
    const gateway = await startGateway({ providers: { claude: kinds.anthropic.entry(provider.baseUrl) } });
    const error: unknown = await gateway
      .openai()
      .chat.completions.create({ model: 'claude-haiku-4-5', messages: question, n: 2 })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param: 'n', message: expect.stringContaining('provider "claude"') });
    expect(provider.requests).toEqual([]);
  });

  it('a target that cannot carry the request is passed over', async () => {
    const [claude, openai] = await Promise.all([startProvider(), startProvider()]);
    const gateway = await startGateway({
      providers: {
        claude: kinds.anthropic.entry(claude.baseUrl),
        openai: kinds.openai.entry(openai.baseUrl),
      },
      document: { models: { aliases: { any: ['claude/claude-haiku-4-5', 'openai/gpt-4.1-mini'] } } },
    });
    const ask = (more: object) =>
      gateway.openai().chat.completions.create({ model: 'any', messages: question, ...more });
    expect((await ask({})).model).toBe('claude-haiku-4-5');
    expect((await ask({ logprobs: true })).model).toBe('gpt-4.1-mini');
    expect((await ask({ logprobs: false, n: 1, user: 'u' })).model).toBe('claude-haiku-4-5');
    expect([claude.requests.length, openai.requests.length]).toEqual([2, 1]);
  });

  it('are not retried by the SDK where the gateway has tried everything', async () => {
    const { gateway, provider } = await openAi([{ status: 503, headers: { 'retry-after': '600' } }]);
    const client = gateway.openai({ maxRetries: 0 });
    const limited: unknown = await client.chat.completions
      .create({ model: 'gpt-4.1-mini', messages: question })
      .catch((reason: unknown) => reason);
    expect(limited).toBeInstanceOf(OpenAI.InternalServerError);
    const broken = await openAi([{ fault: { kind: 'cut', after: 1 } }]);
    const eager = broken.gateway.openai({ maxRetries: 3 });
    await expect(
      eager.chat.completions.create({ model: 'gpt-4.1-mini', messages: question }),
    ).rejects.toMatchObject({ status: 502 });
    expect([provider.requests.length, broken.provider.requests.length]).toEqual([1, 1]);
  });

  it('the caller’s own fallbacks are followed, in its order, and not sent on', async () => {
    const [openai, bedrock] = await Promise.all([startProvider(), startProvider()]);
    openai.script(() => true, [{ status: 404 }, { status: 404 }]);
    const gateway = await startGateway({
      providers: { openai: kinds.openai.entry(openai.baseUrl), aws: kinds.bedrock.entry(bedrock.baseUrl) },
      env: { AWS_KEYS: awsKeys },
    });
    const { data, response } = await gateway
      .openai()
      .chat.completions.create({
        model: 'gpt-4.1-mini',
        messages: question,
        ...{ fallbacks: ['openai/gpt-4.1', 'aws/amazon.nova-lite-v1:0'] },
      })
      .withResponse();
    expect(data.model).toBe('amazon.nova-lite-v1:0');
    expect(response.headers.get('x-fairlead-attempts')).toBe('3');
    expect(openai.requests.map(({ model }) => model)).toEqual(['gpt-4.1-mini', 'gpt-4.1']);
    for (const { text } of [...openai.requests, ...bedrock.requests]) expect(text).not.toContain('fallbacks');
    expect(bedrock.requests[0]?.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDTEST\/\d{8}\/eu-central-1\/bedrock\/aws4_request/,
    );
  });
});
