import { randomUUID } from 'node:crypto';
import { asArray, asObject, type JsonObject } from '../../lib/domain/json.ts';
import {
  type ChatStream,
  type GatewayOptions,
  readChatStream,
  startGateway,
  startProvider,
  type TestGateway,
  WatchedClock,
} from '../support/gateway.ts';
import { receive, type ScriptedProvider, type Step } from '../support/scripted.ts';

/** How a provider of each type stands in the document, and a model it serves. */
export const kinds = {
  openai: { entry: (origin: string) => ({ type: 'openai', baseUrl: `${origin}/v1` }), model: 'gpt-4.1-mini' },
  'openai-compatible': {
    entry: (origin: string) => ({ type: 'openai-compatible', baseUrl: `${origin}/v1` }),
    model: 'm',
  },
  anthropic: {
    entry: (origin: string) => ({ type: 'anthropic', baseUrl: origin }),
    model: 'claude-haiku-4-5',
  },
  gemini: { entry: (origin: string) => ({ type: 'gemini', baseUrl: origin }), model: 'gemini-2.5-flash' },
  bedrock: {
    entry: (origin: string) => ({
      type: 'bedrock',
      baseUrl: origin,
      region: 'eu-central-1',
      keys: [{ id: 'role', env: 'AWS_KEYS' }],
    }),
    model: 'amazon.nova-lite-v1:0',
  },
} as const;

export type Kind = keyof typeof kinds;
export const everyKind = ['openai', 'openai-compatible', 'anthropic', 'gemini', 'bedrock'] as const;

export const awsKeys = JSON.stringify({ accessKeyId: 'AKIDTEST', secretAccessKey: 'aws-test-secret' });

export const firstText = 'Herons wade in shallow water.';
export const secondText = 'Other herons answer.';

export interface Scene {
  readonly clock: WatchedClock;
  readonly gateway: TestGateway;
  readonly first: ScriptedProvider;
  readonly second: ScriptedProvider;
  /** Model name under which every provider is asked in turn: the first one's model, then "m" at the second. */
  readonly chain: string;
}

export interface SceneOptions extends Partial<Omit<GatewayOptions, 'clock' | 'providers'>> {
  /** What the first provider does with its requests, one after the other; then it answers. */
  readonly steps?: readonly Step[];
  /** The same for the second. */
  readonly then?: readonly Step[];
  readonly kind?: Kind;
  /** Further fields of the first provider in the document. */
  readonly entry?: object;
  readonly models?: object;
}

/** No gateway of another test, which may still retry at a port that was another provider's, asks here. */
const ownPath = (): string => `/${randomUUID()}`;

/** A gateway before two providers, all on one clock that the test turns. Both serve any model, the first one first. */
export async function stage(options: SceneOptions = {}): Promise<Scene> {
  const { steps = [], then = [], kind = 'openai-compatible', entry, models, ...rest } = options;
  const clock = new WatchedClock();
  const [first, second] = await Promise.all([
    startProvider({ clock, under: ownPath(), behaviours: { '*': { text: firstText } } }),
    startProvider({ clock, under: ownPath(), behaviours: { '*': { text: secondText } } }),
  ]);
  first.script(
    () => true,
    steps.map((step) => ({ text: firstText, ...step })),
  );
  second.script(() => true, then);
  const gateway = await startGateway({
    clock,
    ...rest,
    providers: {
      first: { ...kinds[kind].entry(first.baseUrl), ...entry },
      second: kinds['openai-compatible'].entry(second.baseUrl),
    },
    env: { AWS_KEYS: awsKeys, ...rest.env },
    document: {
      ...rest.document,
      models: { aliases: { chain: [`first/${kinds[kind].model}`, 'second/m'] }, ...models },
    },
  });
  return { clock, gateway, first, second, chain: 'chain' };
}

const startMs = new WatchedClock().nowMs();

/** When each request reached a provider, in milliseconds from the beginning. */
export const times = (provider: ScriptedProvider): readonly number[] =>
  provider.requests.map((request) => request.receivedAtMs - startMs);

export interface Whole {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject;
  /** The text of the answer. */
  readonly text: unknown;
  readonly error: JsonObject;
}

export async function whole(asking: Response | Promise<Response>): Promise<Whole> {
  const { status, headers, text } = await receive(await asking);
  const body = asObject(JSON.parse(text));
  const choice = asObject(asArray(body['choices'])[0]);
  return {
    status,
    headers,
    body,
    text: asObject(choice['message'])['content'],
    error: asObject(body['error']),
  };
}

export interface Streamed extends ChatStream {
  readonly status: number;
  readonly headers: Headers;
  /** False if the connection broke. */
  readonly complete: boolean;
}

export async function streamed(asking: Response | Promise<Response>): Promise<Streamed> {
  const { status, headers, complete, text } = await receive(await asking);
  return { status, headers, complete, ...readChatStream(text) };
}
