import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { asArray, asObject, type JsonObject } from '../../lib/domain/json.ts';
import { prompt, question, startGateway, startProvider, WatchedClock } from '../support/gateway.ts';
import type { ScriptedProvider, Step } from '../support/scripted.ts';
import { awsKeys } from './scene.ts';

/** Answers that break off after their first content, and what the official SDK makes of how they go on. */

const types = {
  openai: (origin: string) => ({ type: 'openai', baseUrl: `${origin}/v1` }),
  anthropic: (origin: string) => ({ type: 'anthropic', baseUrl: origin }),
  bedrock: (origin: string) => ({
    type: 'bedrock',
    baseUrl: origin,
    region: 'eu-central-1',
    keys: [{ id: 'role', env: 'AWS_KEYS' }],
  }),
} as const;

interface Place {
  readonly type: keyof typeof types;
  readonly model: string;
  readonly step: Step;
}

const gpt = (step: Step): Place => ({ type: 'openai', model: 'gpt-4.1-mini', step });
const claude = (step: Step): Place => ({ type: 'anthropic', model: 'claude-haiku-4-5', step });
const claudeAtBedrock = (step: Step): Place => ({
  type: 'bedrock',
  model: 'anthropic.claude-haiku-4-5-20251001-v1:0',
  step,
});

/** Two places for one alias, the first of which is asked first. */
async function stage(places: readonly [Place, Place], key: object = {}) {
  const clock = new WatchedClock();
  const start = async ({ step }: Place): Promise<ScriptedProvider> =>
    startProvider({ clock, behaviours: { '*': step } });
  const [first, second] = await Promise.all([start(places[0]), start(places[1])]);
  const gateway = await startGateway({
    clock,
    env: { AWS_KEYS: awsKeys },
    key,
    providers: {
      first: types[places[0].type](first.baseUrl),
      second: types[places[1].type](second.baseUrl),
    },
    document: {
      models: { aliases: { bird: [`first/${places[0].model}`, `second/${places[1].model}`] } },
    },
  });
  return { clock, gateway, first, second };
}

interface Heard {
  readonly text: string;
  readonly ids: readonly string[];
  readonly models: readonly string[];
  readonly roles: readonly unknown[];
  readonly finishes: readonly unknown[];
  readonly usage: OpenAI.CompletionUsage | undefined;
  readonly error: unknown;
}

/** One streamed answer as the SDK reads it. */
async function hear(client: OpenAI, more: object = {}): Promise<Heard> {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  let error: unknown;
  try {
    const stream = await client.chat.completions.create({
      model: 'bird',
      messages: [...question],
      stream: true,
      stream_options: { include_usage: true },
      ...more,
    });
    for await (const chunk of stream) chunks.push(chunk);
  } catch (caught) {
    error = caught;
  }
  const choices = chunks.flatMap((chunk) => chunk.choices);
  return {
    text: choices.map(({ delta }) => delta.content ?? '').join(''),
    ids: [...new Set(chunks.map(({ id }) => id))],
    models: [...new Set(chunks.map(({ model }) => model))],
    roles: choices.flatMap(({ delta }) => (delta.role === undefined ? [] : [delta.role])),
    finishes: choices.flatMap(({ finish_reason: reason }) => (reason === null ? [] : [reason])),
    usage: chunks.findLast((chunk) => chunk.usage)?.usage ?? undefined,
    error,
  };
}

const lastMessage = (provider: ScriptedProvider): JsonObject =>
  asObject(asArray(provider.requests[0]?.body['messages']).at(-1));

describe('an answer that is cut after its first content', () => {
  it('is told again by the same model elsewhere, and goes on where the words are the same', async () => {
    const text = 'Herons wade in shallow water.';
    const { clock, gateway, first, second } = await stage([
      gpt({ text, usage: { inputTokens: 12, outputTokens: 6 }, fault: { kind: 'cut', after: 2 } }),
      gpt({ text, usage: { inputTokens: 12, outputTokens: 6 } }),
    ]);
    const heard = await hear(gateway.openai());
    expect(heard).toMatchObject({
      text,
      ids: [expect.stringMatching(/^chatcmpl-/)],
      models: ['gpt-4.1-mini'],
      roles: ['assistant'],
      finishes: ['stop'],
      error: undefined,
    });
    expect(lastMessage(second)).toEqual(question[0]);
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);

    const [record] = await gateway.records(1);
    expect(record).toMatchObject({
      provider: 'first',
      model: 'gpt-4.1-mini',
      status: 200,
      attempts: [
        { provider: 'first', outcome: 'broken_stream' },
        { provider: 'second', outcome: 'ok' },
      ],
      usage_estimated: true,
    });
    expect(record).not.toHaveProperty('error_code');
    // Both were paid for: the first by what was seen of it, the second by its own count.
    const { input_tokens: input, output_tokens: output, cost_micro_usd: cost } = record ?? {};
    expect(heard.usage).toMatchObject({ prompt_tokens: input, completion_tokens: output });
    expect(output).toBe(6 + 3);
    expect(Number(input)).toBeGreaterThan(12);
    expect(cost).toBe(Math.ceil(Number(input) * 0.4 + Number(output) * 1.6 - 1e-9));
    await clock.idle();
  });

  it('ends with one error where the words differ', async () => {
    const { clock, gateway, second } = await stage([
      gpt({ text: 'Herons wade in shallow water.', fault: { kind: 'cut', after: 2 } }),
      gpt({ text: 'Herons stand still.' }),
    ]);
    const heard = await hear(gateway.openai());
    expect(heard).toMatchObject({ text: 'Herons wade ', finishes: [], usage: undefined });
    expect(heard.error).toMatchObject({
      message: 'the answer was interrupted: the connection broke inside the answer',
      code: 'upstream_failed',
    });
    expect(second.requests).toHaveLength(1);
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({
      error_code: 'upstream_failed',
      attempts: [
        { provider: 'first', outcome: 'broken_stream' },
        { provider: 'second', outcome: 'not_here' },
      ],
    });
    await clock.idle();
  });

  it.each<[string, (step: Step) => Place]>([
    ['Anthropic', claude],
    ['Bedrock', claudeAtBedrock],
  ])('is gone on with by Claude at %s from the very word', async (_name, place) => {
    const { clock, gateway, second } = await stage([
      claude({ text: 'Herons', fault: { kind: 'cut', after: 1 } }),
      place({ text: ' wade in shallow water.', usage: { inputTokens: 20, outputTokens: 5 } }),
    ]);
    const heard = await hear(gateway.openai(), { max_tokens: 1_000 });
    expect(heard).toMatchObject({
      text: 'Herons wade in shallow water.',
      models: ['claude-haiku-4-5'],
      roles: ['assistant'],
      finishes: ['stop'],
      error: undefined,
    });
    expect(heard.ids).toHaveLength(1);
    expect(lastMessage(second)).toMatchObject({ role: 'assistant', content: [{ text: 'Herons' }] });
    expect(JSON.stringify(second.requests[0]?.body)).toContain('998');
    const [record] = await gateway.records(1);
    expect(record).toMatchObject({
      provider: 'first',
      attempts: [
        { provider: 'first', outcome: 'broken_stream' },
        { provider: 'second', outcome: 'ok' },
      ],
      input_tokens: heard.usage?.prompt_tokens,
      output_tokens: heard.usage?.completion_tokens,
    });
    await clock.idle();
  });

  it('behind white space, which Claude does not take, is told again instead', async () => {
    const text = 'Herons wade in shallow water.';
    const { gateway, second } = await stage([
      claude({ text, fault: { kind: 'cut', after: 2 } }),
      claude({ text }),
    ]);
    const heard = await hear(gateway.openai());
    expect(heard).toMatchObject({ text, roles: ['assistant'], finishes: ['stop'], error: undefined });
    expect(lastMessage(second)).toMatchObject({ role: 'user', content: [{ text: prompt }] });
  });

  it('and again while it goes on ends with one error: there is no third', async () => {
    const text = 'Herons wade in shallow water.';
    const { clock, gateway, first, second } = await stage([
      gpt({ text, fault: { kind: 'cut', after: 2 } }),
      gpt({ text, fault: { kind: 'reset', after: 4 } }),
    ]);
    const heard = await hear(gateway.openai());
    expect(heard).toMatchObject({ text: 'Herons wade in shallow ', finishes: [] });
    expect(heard.error).toMatchObject({ code: 'upstream_failed' });
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
    await clock.idle();
  });

  it('of another model than the next one has is not gone on with', async () => {
    const text = 'Herons wade in shallow water.';
    const { gateway, second } = await stage([
      gpt({ text, fault: { kind: 'cut', after: 2 } }),
      { type: 'openai', model: 'gpt-4.1-nano', step: { text } },
    ]);
    expect((await hear(gateway.openai())).error).toMatchObject({ code: 'upstream_failed' });
    expect(second.requests).toEqual([]);
  });

  it('is not gone on with where a hard limit leaves too little for what would be sent', async () => {
    const text = 'heron'.repeat(800);
    const places = [claude({ text, fault: { kind: 'cut', after: 1 } }), claude({ text: ' wades.' })] as const;
    // The first keeps all it could have used, some 3,200 tokens. The other is sent 4,000 bytes more.
    const limit = (tokens: number) => ({ rateLimits: [{ tokens, every: '1d', enforcement: 'hard' }] });
    const short = await stage(places, limit(8_000));
    const heard = await hear(short.gateway.openai(), { max_tokens: 2_000 });
    expect(heard).toMatchObject({ text, error: { code: 'upstream_failed' } });
    expect(short.second.requests).toEqual([]);
    const [record] = await short.gateway.records(1);
    expect(record?.['attempts']).toMatchObject([{ outcome: 'broken_stream' }, { outcome: 'quota' }]);

    const enough = await stage(places, limit(12_000));
    expect(await hear(enough.gateway.openai(), { max_tokens: 2_000 })).toMatchObject({
      text: `${text} wades.`,
      error: undefined,
    });
  });
});
