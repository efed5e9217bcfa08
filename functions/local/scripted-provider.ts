import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { asObject, asString, type JsonObject, parseJson } from '../../lib/domain/json.ts';
import type { Clock, Random } from '../../lib/domain/ports.ts';
import { listen } from './listen.ts';
import { anthropicMessages } from './scripted/anthropic.ts';
import { makeAnswer } from './scripted/answer.ts';
import { bedrockConverse } from './scripted/bedrock.ts';
import { gemini } from './scripted/gemini.ts';
import { openAiChat } from './scripted/openai-chat.ts';
import { openAiEmbeddings } from './scripted/openai-embeddings.ts';
import { openAiResponses } from './scripted/openai-responses.ts';
import { inQuarters, jsonWire, planResponse, type Response, streamWire } from './scripted/plan.ts';
import { type Outcome, play } from './scripted/play.ts';
import { type Ask, type Behaviour, chooseStep, type Step } from './scripted/step.ts';
import type { Voice } from './scripted/voice.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';

const voices: readonly Voice[] = [
  openAiChat,
  openAiResponses,
  openAiEmbeddings,
  anthropicMessages,
  gemini,
  bedrockConverse,
];

export interface ScriptedProviderOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /**
   * A path all its own ("/x"), part of its base URL. A closed port is soon another server's: who still retries there is
   * a stranger, who gets a 404, takes no script and is not recorded.
   */
  readonly under?: string;
  /** What the provider calls itself in its answers. */
  readonly name?: string;
  /** Model -> what its requests get when no script is left; `*` stands for every other model. */
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** A request as the provider saw it. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The model asked for; "" where the request names none. */
  readonly model: string;
  /** An empty object for a body that is no JSON object. */
  readonly body: JsonObject;
  readonly text: string;
  /** When the whole request was there. */
  readonly receivedAtMs: number;
  /** Settles when the provider is done with it. */
  readonly outcome: Promise<Outcome>;
}

export type RequestMatch = string | ((request: RecordedRequest) => boolean);

export interface ScriptedProvider {
  /** `http://127.0.0.1:<port>`, and its own path if it has one. */
  readonly baseUrl: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** The next requests for this model (or that match) get these steps, one each; then its behaviour applies again. */
  script(match: RequestMatch, steps: readonly Step[]): void;
  /** Resolves once so many requests have been received. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * A server on the loopback interface that plays OpenAI, Anthropic, Gemini and Bedrock by the path of a request, well
 * enough for their SDKs, and fails as it is told to. Rejects with `PortInUse`.
 */
export async function startScriptedProvider(
  options: ScriptedProviderOptions = {},
): Promise<ScriptedProvider> {
  const { name = 'demo', under = '', behaviours = {}, clock = systemClock, random = Math.random } = options;
  const requests: RecordedRequest[] = [];
  const scripts: { match: RequestMatch; steps: Step[] }[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];

  const nextStep = (request: RecordedRequest): Step => {
    const script = scripts.find(({ match, steps }) => steps.length > 0 && matches(match, request));
    return script?.steps.shift() ?? chooseStep(behaviours[request.model] ?? behaviours['*'] ?? {}, random);
  };

  const serve = (incoming: IncomingMessage, outgoing: ServerResponse, text: string): void => {
    const { promise: outcome, resolve } = Promise.withResolvers<Outcome>();
    const { request, voice, ask } = record(incoming, text, clock.nowMs(), outcome);
    requests.push(request);
    for (const one of waiting) if (requests.length >= one.count) one.resolve();
    const step = nextStep(request);
    const speaker = {
      name,
      id: `scripted${requests.length}`,
      createdS: Math.floor(request.receivedAtMs / 1000),
    };
    const response =
      ask === undefined
        ? errorResponse(voice, 404, { error: { message: `Nothing is served at ${request.path}` } })
        : respond(voice, ask, step, request.body, speaker);
    play(planResponse(step, response), outgoing, clock, resolve);
  };

  const server = createServer({ keepAliveTimeout: 120_000 }, (incoming, outgoing) => {
    if (incoming.url?.startsWith(`${under}/`) !== true) return void outgoing.writeHead(404).end();
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => serve(incoming, outgoing, Buffer.concat(chunks).toString('utf8')));
    incoming.on('error', () => {});
  });
  const { port, close } = await listen(server, options.port ?? 0);
  return {
    baseUrl: `http://127.0.0.1:${port}${under}`,
    requests,
    script: (match, steps) => void scripts.push({ match, steps: [...steps] }),
    received: (count) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (requests.length >= count) resolve();
      else waiting.push({ count, resolve });
      return promise;
    },
    close,
  };
}

const matches = (match: RequestMatch, request: RecordedRequest): boolean =>
  typeof match === 'string' ? match === request.model : match(request);

function record(
  incoming: IncomingMessage,
  text: string,
  receivedAtMs: number,
  outcome: Promise<Outcome>,
): { request: RecordedRequest; voice: Voice; ask: Ask | undefined } {
  const [path = '/', query = ''] = (incoming.url ?? '/').split('?', 2);
  const body = asObject(parseJson(text));
  const heard = voices
    .map((voice) => ({ voice, ask: voice.read(path, body) }))
    .find(({ ask }) => ask !== undefined);
  const request: RecordedRequest = {
    method: incoming.method ?? '',
    path,
    query,
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    ),
    model: heard?.ask?.model ?? asString(body['model']) ?? '',
    body,
    text,
    receivedAtMs,
    outcome,
  };
  return { request, voice: heard?.voice ?? openAiChat, ask: heard?.ask };
}

function respond(
  voice: Voice,
  ask: Ask,
  step: Step,
  body: JsonObject,
  speaker: { readonly name: string; readonly id: string; readonly createdS: number },
): Response {
  const status = step.status ?? 200;
  if (step.body === undefined && status >= 400) return errorResponse(voice, status, step);
  const answer = makeAnswer(ask, step, speaker);
  const streamed = step.body === undefined && ask.stream;
  return {
    status,
    headers: {
      'content-type': step.contentType ?? (streamed ? voice.streamContentType : 'application/json'),
      ...step.headers,
    },
    frames: streamed
      ? voice.stream(answer, body)
      : inQuarters(step.body ?? JSON.stringify(voice.reply(answer, body))),
    wire: streamed ? streamWire(voice) : jsonWire(voice),
  };
}

function errorResponse(voice: Voice, status: number, step: Step): Response {
  const words = step.error ?? {};
  return {
    status,
    headers: {
      'content-type': step.contentType ?? 'application/json',
      ...voice.errorHeaders?.(status, words),
      ...step.headers,
    },
    frames: inQuarters(JSON.stringify(voice.error(status, words))),
    wire: jsonWire(voice),
  };
}
