import { onTestFinished } from 'vitest';
import type { Environment } from '../../../functions/gateway/environment.ts';
import { createGateway } from '../../../functions/gateway/gateway.ts';
import { asObject, type JsonObject, parseJson } from '../../../lib/domain/json.ts';
import type { OutputBody } from '../../../lib/domain/ports.ts';
import { hashVirtualKey } from '../../../lib/identity/virtual-key.ts';
import { type Gateway, type GatewayRequest, type GatewayResponse, serve } from '../../../lib/pipeline.ts';
import { parseDocument } from '../../../lib/policy/document.ts';
import { GovernanceWriter } from '../../../lib/stores/governance-writer.ts';
import { startTestDatabase } from '../../support/dynalite.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { type BodyStep, MemoryTransport, type Script } from '../../support/memory-transport.ts';
import { oneSite } from '../../support/one-site.ts';

/** What no log line and no error may hold. */
export const virtualKey = 'fl-pipeline-0123456789';
export const providerKey = 'value-of-the-provider-key';
export const prompt = 'the purple heron';

/** Where the providers `first` and `second` of every scene are. */
const hosts = { first: '127.0.0.1:1', second: '127.0.0.1:2' };

export interface SceneOptions {
  readonly first?: readonly Script[];
  readonly second?: readonly Script[];
  /** Settings of both providers. */
  readonly settings?: object;
  /** Further fields of the virtual key. */
  readonly key?: object;
  /** Further fields of the document. */
  readonly document?: object;
  readonly environment?: Partial<Environment>;
}

/** The gateway on an embedded database, its providers in memory, time standing still; one request has warmed it up. */
export async function scene(options: SceneOptions = {}) {
  const database = await startTestDatabase();
  onTestFinished(() => database.close());
  const clock = new ManualClock();
  const transport = new MemoryTransport(clock, {
    [hosts.first]: options.first ?? [],
    [hosts.second]: options.second ?? [],
  });
  const provider = (host: string) => ({
    type: 'openai-compatible',
    baseUrl: `http://${host}/v1`,
    keys: [{ id: 'a', env: 'PROVIDER_KEY' }],
    operations: ['chat'],
    ...options.settings,
  });
  const parsed = parseDocument(
    {
      providers: { first: provider(hosts.first), second: provider(hosts.second) },
      virtualKeys: [
        {
          id: 'tester',
          key: virtualKey,
          providers: [
            { provider: 'first', models: ['*'], keys: ['*'], weight: 1 },
            { provider: 'second', models: ['*'], keys: ['*'], weight: 0 },
          ],
          ...options.key,
        },
      ],
      ...options.document,
      models: { prices: { 'first/priced': { inputPerMTok: 2, outputPerMTok: 10 } } },
    },
    { envSecrets: true, loopbackHttp: true, hashKey: hashVirtualKey },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const table = database.tableNames.governance;
  await new GovernanceWriter({ client: database.client, table, clock }).put(parsed.document, 0);

  const calls: string[] = [];
  const { health } = database.tableNames;
  database.client.middlewareStack.add(
    (next, { commandName = 'unknown' }) =>
      (args) => {
        const isOfHealth = 'TableName' in args.input && args.input.TableName === health;
        calls.push(isOfHealth ? `health:${commandName}` : commandName);
        return next(args);
      },
    { step: 'initialize' },
  );
  /** While it is set, the database answers nobody. */
  let held: PromiseWithResolvers<void> | undefined;
  database.client.middlewareStack.add(
    (next) => async (args) => {
      await held?.promise;
      return next(args);
    },
    { step: 'initialize', priority: 'low' },
  );
  const log: JsonObject[] = [];
  const environment: Environment = {
    region: 'eu-central-1',
    clock,
    random: () => 0.5,
    dynamo: database.client,
    ...oneSite('eu-central-1', database.client),
    readEnv: (name) => (name === 'PROVIDER_KEY' ? providerKey : undefined),
    transport,
    log: (line) => void log.push(asObject(parseJson(JSON.stringify(line)))),
    tableNames: database.tableNames,
    zones: ['eu'],
    zoneEndpoints: new Map([['us', 'https://us.gateway.example']]),
    ...options.environment,
  };
  const gateway = Object.assign(createGateway(environment), { environment });
  await gateway.warm();
  await (
    await serve(gateway, request({ method: 'GET', path: '/v1/models' }))
  ).settled;
  const sentBefore = calls.length;
  return {
    database,
    gateway,
    clock,
    transport,
    log,
    /** Commands sent to DynamoDB since the scene began; those to the health table begin with "health:". */
    sent: () => calls.slice(sentBefore),
    /** The database stops answering until the function returned is called. */
    holdDatabase: () => {
      const gate = (held = Promise.withResolvers<void>());
      return () => {
        held = undefined;
        gate.resolve();
      };
    },
    /** Requests the providers have seen, by name. */
    asked: () =>
      transport.seen.map(({ host }) => Object.entries(hosts).find(([, each]) => each === host)?.[0] ?? host),
    chat: (body: object = {}, more: Partial<GatewayRequest> = {}, by: Gateway = gateway) =>
      ask(by, body, more),
  };
}

const request = (more: Partial<GatewayRequest>): GatewayRequest => ({
  requestId: 'request-1',
  method: 'POST',
  path: '/v1/chat/completions',
  headers: { authorization: `Bearer ${virtualKey}` },
  query: {},
  body: '',
  remainingMs: 900_000,
  ...more,
});

export const ask = (
  gateway: Gateway,
  body: object,
  more: Partial<GatewayRequest> = {},
): Promise<GatewayResponse> =>
  serve(
    gateway,
    request({
      body: JSON.stringify({
        model: 'first/priced',
        messages: [{ role: 'user', content: prompt }],
        ...body,
      }),
      ...more,
    }),
  );

/** Takes everything a response pours, or the first few writes of it and then nothing. */
export class Reader implements OutputBody {
  text = '';
  state: 'open' | 'ended' | 'aborted' = 'open';
  #room: number;

  constructor(room = Infinity) {
    this.#room = room;
  }
  write(chunk: Uint8Array | string): boolean {
    this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    this.#room -= 1;
    return this.#room > 0;
  }
  end(): void {
    this.state = 'ended';
  }
  abort(): void {
    this.state = 'aborted';
  }
  onDrain(): void {}
  onGone(): void {}
}

/** Begins to take a response as the function would. */
export function take(response: GatewayResponse, reader = new Reader()): Reader {
  if (typeof response.body === 'function') response.body(reader);
  else {
    reader.write(response.body);
    reader.end();
  }
  return reader;
}

/** Whether a promise has come to its end without any time passing. */
export async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  void promise.finally(() => (over = true));
  await settle();
  return over;
}

/** Lets the loop turn until something is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settle();
}

const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
const chunk = (delta: object, finish: string | null = null): string =>
  event({
    id: 'c',
    object: 'chat.completion.chunk',
    model: 'priced',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });

export const usage = { prompt_tokens: 1_000, completion_tokens: 200, total_tokens: 1_200 };

export const says = (text: string, afterMs = 0): BodyStep => ({
  afterMs,
  send: chunk({ role: 'assistant', content: text }),
});
export const finishes: readonly BodyStep[] = [
  { send: chunk({}, 'stop') },
  { send: event({ id: 'c', object: 'chat.completion.chunk', model: 'priced', choices: [], usage }) },
  { send: 'data: [DONE]\n\n' },
  { end: true },
];

/** A whole answer. */
export const whole = (text = 'hello', model = 'priced'): Script => ({
  headers: { 'content-type': 'application/json' },
  body: [
    {
      send: JSON.stringify({
        id: 'c',
        object: 'chat.completion',
        model,
        choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
        usage,
      }),
    },
    { end: true },
  ],
});

export const refuses = (status: number, message: string): Script => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: [{ send: JSON.stringify({ error: { message } }) }, { end: true }],
});
