import { onTestFinished } from 'vitest';
import { startApiGateway } from '../../functions/local/api-gateway.ts';
import { startDatabase } from '../../functions/local/database.ts';
import { installAwsLambda, type StreamingHandler } from '../../functions/local/lambda-shim.ts';
import type { Environment } from '../../functions/gateway/environment.ts';
import { createGateway } from '../../functions/gateway/gateway.ts';
import { asObject, type JsonObject, parseJson } from '../../lib/domain/json.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import { parseDocument } from '../../lib/policy/document.ts';
import { GovernanceWriter } from '../../lib/stores/governance-writer.ts';
import { measuredLog } from '../../lib/telemetry/measured-log.ts';
import { expectNothingTold, question, until, virtualKey, WatchedClock } from '../support/gateway.ts';
import { oneSite } from '../support/one-site.ts';

export interface MeasuredGateway {
  readonly baseUrl: string;
  readonly clock: WatchedClock;
  /** The log as CloudWatch gets it. */
  readonly lines: readonly JsonObject[];
  /** Calls of DynamoDB so far, by command and what they were sent. */
  readonly calls: readonly string[];
  /** Every call of this table fails from now on; none: all work again. */
  breakTable(name: string | undefined): void;
  chat(body?: object, headers?: Readonly<Record<string, string>>): Promise<Response>;
  health(method?: string): Promise<Response>;
  /** Resolves when so many invocations have ended. */
  ended(count: number): Promise<void>;
}

/** The deployed handler as the deployment "prod" has it: its log measured, its trace header from the runtime. */
export async function startMeasured(options: {
  /** No document: nothing has been stored yet. */
  readonly document?: object;
  /** Nothing of it may show in the log. */
  readonly env?: Readonly<Record<string, string>>;
  readonly traceHeader?: string;
  readonly tracer?: Environment['tracer'];
}): Promise<MeasuredGateway> {
  const { document, env = {}, traceHeader, tracer } = options;
  const clock = new WatchedClock(1_790_000_000_000);
  const region = 'eu-central-1';
  const database = await startDatabase(region);
  const { client: dynamo, tableNames } = database;
  const calls: string[] = [];
  let broken: string | undefined;
  if (document !== undefined) {
    const parsed = parseDocument(document, { envSecrets: true, loopbackHttp: true, hashKey: hashVirtualKey });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const writer = new GovernanceWriter({ client: dynamo, table: tableNames.governance, clock });
    await writer.put(parsed.document, await writer.version());
  }
  dynamo.middlewareStack.add(
    (next, context) => async (call) => {
      const sent = JSON.stringify(call.input);
      calls.push(`${context.commandName} ${sent}`);
      if (broken !== undefined && sent.includes(broken)) throw new Error('the table is away');
      return next(call);
    },
    { step: 'initialize', name: 'outage' },
  );
  const lines: JsonObject[] = [];
  const write = (line: object): void => void lines.push(asObject(parseJson(JSON.stringify(line))));
  installAwsLambda();
  const { createHandler } = await import('../../functions/gateway/create-handler.ts');
  const gateway = createGateway({
    region,
    clock,
    random: () => 0.5,
    dynamo,
    ...oneSite(region, dynamo),
    readEnv: (name) => env[name],
    log: measuredLog(write, 'prod', () => clock.nowMs()),
    tableNames,
    zones: ['eu'],
    zoneEndpoints: new Map(),
    ...(tracer !== undefined && { tracer }),
  });
  let ended = 0;
  const inner = createHandler(gateway);
  const handler: StreamingHandler = async (event, stream, context) => {
    try {
      await inner(event, stream, Object.assign(context, { xRayTraceId: traceHeader }));
    } finally {
      ended += 1;
    }
  };
  const server = await startApiGateway({ handler, region, clock, port: 0, onFailure: () => undefined });
  onTestFinished(async () => {
    await server.close();
    await database.close();
    expectNothingTold(lines, Object.values(env));
  });
  const baseUrl = `http://127.0.0.1:${server.port}`;
  return {
    baseUrl,
    clock,
    lines,
    calls,
    breakTable: (name) => void (broken = name),
    chat: (body = {}, headers = {}) =>
      fetch(`${baseUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${virtualKey}`, ...headers },
        body: JSON.stringify({ model: 'chain', messages: question, ...body }),
      }),
    health: (method = 'GET') => fetch(`${baseUrl}/health`, { method }),
    ended: (count) => until(() => ended >= count),
  };
}

/** A document of providers in a chain, under one virtual key. */
export const chainOf = (providers: Readonly<Record<string, object>>, more: object = {}): object => ({
  providers,
  virtualKeys: [
    {
      id: 'tester',
      key: virtualKey,
      providers: Object.keys(providers).map((provider) => ({ provider, models: ['*'], keys: ['*'] })),
      ...more,
    },
  ],
  models: {
    aliases: { chain: Object.keys(providers).map((provider) => `${provider}/m`) },
    prices: Object.fromEntries(
      Object.keys(providers).map((provider) => [`${provider}/m`, { inputPerMTok: 1, outputPerMTok: 2 }]),
    ),
  },
  defaults: { maxRetries: 0 },
});
