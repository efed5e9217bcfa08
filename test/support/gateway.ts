import OpenAI from 'openai';
import { expect, onTestFinished } from 'vitest';
import { type LocalGateway, startLocal } from '../../functions/local/local-gateway.ts';
import { asObject, type JsonObject, parseJson } from '../../lib/domain/json.ts';
import type { Clock, Random, Timer } from '../../lib/domain/ports.ts';
import { ManualClock, settle } from './manual-clock.ts';
import { type ScriptedProvider, type ScriptedProviderOptions, startScriptedProvider } from './scripted.ts';

/** The virtual key of every test. */
export const virtualKey = 'fl-test-9f8e7d6c5b4a3210';

/** Every prompt holds the word "heron", and scripted answers repeat it: no log line may. */
export const prompt = 'Tell me about the purple heron';

export const question = [{ role: 'user' as const, content: prompt }];

export interface GatewayOptions {
  /** Entries of the gateway document. */
  readonly providers: Readonly<Record<string, object>>;
  /** What the virtual key may use; by default every provider: the first by weight, the others as fallbacks. */
  readonly grants?: readonly object[];
  /** Further fields of the virtual key. */
  readonly key?: object;
  /** Further fields of the document. */
  readonly document?: object;
  /** Environment variables, read at every use. None of their values may show in the log. */
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** How many answers the gateway cuts, which the runtime counts as failed invocations; by default none. */
  readonly cuts?: number;
  /** By default every choice falls in the middle, so that back-off is exactly three quarters of its ceiling. */
  readonly random?: Random;
}

export interface TestGateway {
  readonly baseUrl: string;
  /** Every line of the log so far. */
  readonly log: readonly JsonObject[];
  /** Resolves with the records of the first `count` requests once they are settled. */
  records(count: number): Promise<readonly JsonObject[]>;
  /** The official client; it does not retry by itself. */
  openai(options?: ConstructorParameters<typeof OpenAI>[0]): OpenAI;
  /** A chat completion as plain HTTP: `body` verbatim if it is a text, else with model and question filled in. */
  chat(body?: object | string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** The local gateway on a document, closed when the test is over. The test fails if a key or a prompt was logged. */
export async function startGateway(options: GatewayOptions): Promise<TestGateway> {
  const { env = {}, random = () => 0.5, providers } = options;
  const log: JsonObject[] = [];
  const failures: object[] = [];
  const gateway = await startLocal({
    document: documentOf(options),
    region: 'eu-central-1',
    port: 0,
    readEnv: (name) => env[name],
    log: (line) => void log.push(asObject(parseJson(JSON.stringify(line)))),
    onFailure: (failure) => void failures.push(failure),
    random,
    ...(options.clock !== undefined && { clock: options.clock }),
  });
  onTestFinished(async () => {
    await gateway.close();
    expectNothingTold(log, Object.values(env));
    expect(failures).toHaveLength(options.cuts ?? 0);
  });
  const [firstProvider] = Object.keys(providers);
  return {
    baseUrl: gateway.baseUrl,
    log,
    records: async (count) => {
      const requests = () => log.filter((line) => line['event'] === 'request');
      await until(() => requests().length >= count);
      return requests();
    },
    openai: (more) =>
      new OpenAI({ baseURL: `${gateway.baseUrl}/v1`, apiKey: virtualKey, maxRetries: 0, ...more }),
    chat: (body = {}, headers = {}) =>
      post(
        gateway,
        typeof body === 'string'
          ? body
          : JSON.stringify({ model: `${firstProvider}/m`, messages: question, ...body }),
        headers,
      ),
  };
}

const documentOf = ({ providers, grants, key, document }: GatewayOptions): object => ({
  providers,
  virtualKeys: [
    {
      id: 'tester',
      key: virtualKey,
      providers:
        grants ??
        Object.keys(providers).map((provider, index) => ({
          provider,
          weight: index === 0 ? 1 : 0,
          models: ['*'],
          keys: ['*'],
        })),
      ...key,
    },
  ],
  ...document,
});

const post = (
  gateway: LocalGateway,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> =>
  fetch(`${gateway.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${virtualKey}`, 'content-type': 'application/json', ...headers },
    body,
  });

/** No line holds a key, a prompt or what a provider said of it. */
export function expectNothingTold(log: readonly object[], secrets: readonly string[]): void {
  const text = JSON.stringify(log);
  for (const secret of [virtualKey, ...secrets.filter((each) => each.trim() !== '')])
    expect(text).not.toContain(secret);
  expect(text).not.toMatch(/heron/i);
}

/** A scripted provider, closed when the test is over. */
export async function startProvider(options: ScriptedProviderOptions = {}): Promise<ScriptedProvider> {
  const provider = await startScriptedProvider(options);
  onTestFinished(() => provider.close());
  return provider;
}

/** About ten seconds of an idle loop. */
const mostTurns = 1_000_000;

/** Lets the loop turn until something is so. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    if (turn === mostTurns) throw new Error(`waited in vain for ${condition}`);
    await settle();
  }
}

/** A manual clock that tells by their delays which timers are armed. */
export class WatchedClock extends ManualClock {
  readonly #delays = new Set<{ readonly delayMs: number }>();

  override after(delayMs: number, fire: () => void): Timer {
    const entry = { delayMs };
    this.#delays.add(entry);
    const timer = super.after(delayMs, () => {
      this.#delays.delete(entry);
      fire();
    });
    return {
      cancel: () => {
        this.#delays.delete(entry);
        timer.cancel();
      },
    };
  }

  /** Whether a timer of this delay is armed. */
  isArmed(delayMs: number): boolean {
    return [...this.#delays].some((entry) => entry.delayMs === delayMs);
  }

  /** Resolves once a timer of this delay is armed. */
  armed(delayMs: number): Promise<void> {
    return until(() => this.isArmed(delayMs));
  }

  /** Waits until a timer of this delay is armed, then lets so much time pass. */
  async pass(delayMs: number): Promise<void> {
    await this.armed(delayMs);
    await this.advance(delayMs);
  }

  /** Resolves once no timer is armed: nothing of a request is left. */
  idle(): Promise<void> {
    return until(() => this.pending === 0);
  }
}

/** What a chat client made of a stream. */
export interface ChatStream {
  readonly text: string;
  readonly model: unknown;
  readonly finish: unknown;
  /** How often `[DONE]` came. */
  readonly done: number;
  readonly errors: readonly unknown[];
  /** Comment lines. */
  readonly comments: readonly string[];
  /** Every event in order: parsed, or its text where it is no JSON. */
  readonly events: readonly unknown[];
}

/** Reads a whole body of server-sent events (WHATWG HTML, section 9.2.6) of Chat Completions. */
export function readChatStream(body: string): ChatStream {
  const blocks = body.split('\n\n').filter((block) => block !== '');
  const comments = blocks.filter((block) => block.startsWith(':'));
  const datas = blocks
    .filter((block) => !block.startsWith(':'))
    .map((block) => block.replace(/^data: ?/, ''));
  const events = datas.map((data) => parseJson(data) ?? data);
  const chunks = events.map(asObject);
  const choices = chunks.map((chunk) =>
    Array.isArray(chunk['choices']) ? asObject(chunk['choices'][0]) : {},
  );
  return {
    text: choices.map((choice) => asObject(choice['delta'])['content'] ?? '').join(''),
    model: chunks[0]?.['model'],
    finish: choices.map((choice) => choice['finish_reason']).find((reason) => typeof reason === 'string'),
    done: datas.filter((data) => data === '[DONE]').length,
    errors: chunks.flatMap((chunk) => (chunk['error'] === undefined ? [] : [chunk['error']])),
    comments,
    events,
  };
}
