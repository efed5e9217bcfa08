import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { prompt, question, startGateway, startProvider, type TestGateway } from '../support/gateway.ts';
import type { ScriptedProvider, Step } from '../support/scripted.ts';
import { awsKeys, everyKind, type Kind, kinds } from './scene.ts';

/** The official `openai` package is the judge of what the gateway says, whichever provider answers behind it. */

interface Behind {
  readonly gateway: TestGateway;
  readonly client: OpenAI;
  readonly provider: ScriptedProvider;
  /** Under the name of its provider. */
  readonly model: string;
}

async function behind(kind: Kind, steps: readonly Step[] = []): Promise<Behind> {
  const provider = await startProvider();
  provider.script(() => true, steps);
  const gateway = await startGateway({
    providers: { house: kinds[kind].entry(provider.baseUrl) },
    env: { AWS_KEYS: awsKeys },
  });
  return { gateway, client: gateway.openai(), provider, model: `house/${kinds[kind].model}` };
}

const functionTool = (name: string) => ({
  type: 'function' as const,
  function: {
    name,
    description: `Tells the ${name}`,
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city', 'days'],
    },
  },
});
const tools = [functionTool('get_weather'), functionTool('get_traffic')];
const askBoth = [{ role: 'user' as const, content: 'Tell me weather and traffic in Heronville now' }];
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe.each(everyKind)('behind a provider of type %s', (kind) => {
  it('a chat is answered, and the headers tell by whom', async () => {
    const { client, gateway, model } = await behind(kind);
    const { data, response } = await client.chat.completions
      .create({ model, messages: question })
      .withResponse();
    expect(data).toMatchObject({
      object: 'chat.completion',
      model: kinds[kind].model,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant' } }],
    });
    expect(data.id).not.toBe('');
    expect(data.choices[0]?.message.content).toContain(`You said: "${prompt}"`);
    const { prompt_tokens = 0, completion_tokens = 0, total_tokens } = data.usage ?? {};
    expect(prompt_tokens).toBeGreaterThan(0);
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);

    const [record] = await gateway.records(1);
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      'content-type': expect.stringContaining('application/json'),
      'x-request-id': record?.['request_id'],
      'x-fairlead-request-id': record?.['request_id'],
      'x-fairlead-provider': 'house',
      'x-fairlead-model': kinds[kind].model,
      'x-fairlead-region': 'eu-central-1',
      'x-fairlead-attempts': '1',
      'x-fairlead-decision': 'pinned by the caller',
    });
    // A host without a catalog has no price; everybody else's is known.
    const cost = kind === 'openai-compatible' ? undefined : expect.stringMatching(/^0\.000\d{3}$/);
    expect(headers['x-fairlead-cost-usd']).toEqual(cost);
    expect(record).toMatchObject({ input_tokens: prompt_tokens, output_tokens: completion_tokens });
  });

  it('a stream is the same answer in pieces, its usage only where asked for', async () => {
    const { client, gateway, model, provider } = await behind(kind);
    const whole = await client.chat.completions.create({ model, messages: question });
    const plain = [];
    for await (const chunk of await client.chat.completions.create({
      model,
      messages: question,
      stream: true,
    })) {
      plain.push(chunk);
    }
    const asked = [];
    const stream_options = { include_usage: true };
    for await (const chunk of await client.chat.completions.create({
      model,
      messages: question,
      stream: true,
      stream_options,
    })) {
      asked.push(chunk);
    }
    for (const chunks of [plain, asked]) {
      const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
      expect(text).toBe(whole.choices[0]?.message.content);
      expect(chunks.flatMap((chunk) => chunk.choices[0]?.finish_reason ?? [])).toEqual(['stop']);
      expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
      expect(new Set(chunks.map((chunk) => chunk.model))).toEqual(new Set([kinds[kind].model]));
      expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    }
    expect(plain.every((chunk) => chunk.choices.length === 1 && !chunk.usage)).toBe(true);
    expect(asked.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    // Asked for or not, the gateway itself needs to know it.
    const records = await gateway.records(3);
    expect(new Set(records.map((record) => record['output_tokens'])).size).toBe(1);
    expect(provider.requests).toHaveLength(3);
  });

  it('tools are called side by side, streamed too, and their results lead to an answer', async () => {
    const { client, model } = await behind(kind);
    const whole = await client.chat.completions.create({ model, messages: askBoth, tools });
    const streamed = await client.chat.completions
      .stream({ model, messages: askBoth, tools })
      .finalChatCompletion();
    const called = [whole, streamed].map((answer) => {
      expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
      const calls = answer.choices[0]?.message.tool_calls ?? [];
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
      return calls.map((call) =>
        call.type === 'function' ? [call.function.name, JSON.parse(call.function.arguments)] : [],
      );
    });
    const both = tools.map((tool) => [tool.function.name, { city: 'Heronville', days: 42 }]);
    expect(called).toEqual([both, both]);

    for (const answer of [whole, streamed]) {
      const assistant = answer.choices.map(({ message }) => message);
      const results = (assistant[0]?.tool_calls ?? []).map((call, index) => ({
        role: 'tool' as const,
        tool_call_id: call.id,
        content: JSON.stringify({ result: ['sunny', 'jammed'][index] }),
      }));
      const next = await client.chat.completions.create({
        model,
        tools,
        messages: [...askBoth, ...assistant, ...results],
      });
      expect(next.choices[0]?.finish_reason).toBe('stop');
      expect(next.choices[0]?.message.content).toMatch(/The tool says: .*sunny.*jammed/);
    }
  });

  it.each(['none', 'required', { type: 'function', function: { name: 'get_traffic' } }] as const)(
    'tool_choice %j is obeyed',
    async (tool_choice) => {
      const { client, model } = await behind(kind);
      const messages = tool_choice === 'none' ? askBoth : question;
      const answer = await client.chat.completions.create({ model, messages, tools, tool_choice });
      const names = (answer.choices[0]?.message.tool_calls ?? []).map((call) =>
        call.type === 'function' ? call.function.name : '',
      );
      const expected = { none: [], required: ['get_weather'] };
      expect(names).toEqual(typeof tool_choice === 'string' ? expected[tool_choice] : ['get_traffic']);
    },
  );

  it('a JSON schema is answered with JSON that fits it', async () => {
    const { client, model: first } = await behind(kind);
    // Nova has no structured output.
    const model = kind === 'bedrock' ? 'house/anthropic.claude-haiku-4-5-20251001-v1:0' : first;
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, tags: { type: 'array', items: { enum: ['big', 'small'] } } },
      required: ['city', 'tags'],
      additionalProperties: false,
    };
    const answer = await client.chat.completions.parse({
      model,
      messages: [{ role: 'user', content: 'Describe Heronville' }],
      response_format: { type: 'json_schema', json_schema: { name: 'city', schema, strict: true } },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({
      city: 'Heronville',
      tags: ['big'],
    });
  });

  it('an image, a system prompt and an earlier turn arrive', async () => {
    const { client, model, provider } = await behind(kind);
    const answer = await client.chat.completions.create({
      model,
      max_tokens: 400,
      messages: [
        { role: 'system', content: 'You know every heron.' },
        { role: 'user', content: 'Hello heron' },
        { role: 'assistant', content: 'Hello.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Which heron is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
          ],
        },
      ],
    });
    expect(answer.choices[0]?.message.content).toContain('You said: "Which heron is this?"');
    const sent = provider.requests[0]?.text ?? '';
    for (const part of [pixel, 'You know every heron.', 'Hello heron', 'Hello.', '400']) {
      expect(sent).toContain(part);
    }
  });

  it('a stop at the output limit is told', async () => {
    const { client, model } = await behind(kind);
    const answer = await client.chat.completions.create({ model, messages: question, max_tokens: 3 });
    expect(answer.choices[0]?.finish_reason).toBe('length');
    const limit = { model, messages: question, max_completion_tokens: 3, stream: true } as const;
    const reasons = [];
    for await (const { choices } of await client.chat.completions.create(limit)) {
      reasons.push(choices[0]?.finish_reason);
    }
    expect(reasons.at(-1)).toBe('length');
  });

  it('errors have the SDK’s classes and the provider’s reason', async () => {
    const failing = async (step: Step): Promise<unknown> => {
      const { client, model } = await behind(
        kind,
        Array.from({ length: 3 }, () => step),
      );
      return client.chat.completions.create({ model, messages: question }).catch((error: unknown) => error);
    };
    const bad = await failing({ status: 400, error: { message: 'temperature must be at most 1' } });
    expect(bad).toBeInstanceOf(OpenAI.BadRequestError);
    expect(bad).toMatchObject({
      status: 400,
      message: expect.stringContaining('temperature must be at most 1'),
    });
    const limited = await failing({ status: 429, headers: { 'retry-after': '30' } });
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
    const gone = await failing({ status: 404, error: { message: 'model: no such model is found' } });
    expect(gone).toBeInstanceOf(OpenAI.NotFoundError);
    const refused = await failing({ status: 403, error: { message: 'no access' } });
    expect(refused).toMatchObject({ status: 502, code: 'upstream_failed' });
    expect(refused).toBeInstanceOf(OpenAI.InternalServerError);
  });

  it('a stream that breaks makes the SDK throw, after the text that came', async () => {
    const { client, model } = await behind(kind, [{ text: 'Herons wade', fault: { kind: 'cut', after: 1 } }]);
    const stream = await client.chat.completions.create({ model, messages: question, stream: true });
    let text = '';
    const read = async (): Promise<void> => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    };
    await expect(read()).rejects.toThrow('the answer was interrupted');
    expect(text).toBe('Herons ');
  });
});
