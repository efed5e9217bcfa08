import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished } from 'vitest';
import * as z from 'zod';
import { bundleFunction, gatewayEntry } from '../../cdk/constructs/code/bundle.ts';
import { tableNames } from '../../functions/local/database.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import { parseDocument } from '../../lib/policy/document.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { GovernanceWriter } from '../../lib/stores/governance-writer.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { account, synthesize, templateOf } from '../infra/templates.ts';
import { Happenings } from './happenings.ts';
import { startRecordedDatabase, type RecordedDatabase } from './recorded-database.ts';
import { startRuntimeApi, type RuntimeApi } from './runtime-api.ts';

const runtimeClient = join(import.meta.dirname, 'node_modules/aws-lambda-ric/index.mjs');
const nativeClient = join(import.meta.dirname, 'native-client.ts');

/** Credentials of the function's role. No log line and no report may hold the secret one. */
export const roleSecret = 'role-secret-3c2b1a';

const functionSchema = z.object({
  Properties: z.object({
    MemorySize: z.int(),
    Handler: z.string(),
    Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
  }),
});

/** What is deployed of the gateway function: its bundle, and what its template says of it. */
export interface DeployedGateway extends z.output<typeof functionSchema> {
  readonly bundle: string;
}

/** Bundles the gateway and synthesises a deployment of it, once for many starts. */
export function deployedGateway(): DeployedGateway {
  const region = 'eu-central-1';
  const templates = synthesize({ name: 'fairlead', account, homeRegion: region, regions: [{ region }] });
  const template = templateOf(templates, `fairlead-${region}`);
  const [found, ...others] = Object.entries(template.findResources('AWS::Lambda::Function')).filter(([id]) =>
    id.startsWith('GatewayFunction'),
  );
  if (found === undefined || others.length > 0) throw new Error('expected one gateway function');
  const bundle = mkdtempSync(join(tmpdir(), 'fairlead-runtime-api-'));
  bundleFunction(gatewayEntry, bundle);
  return { bundle, ...functionSchema.parse(found[1]) };
}

export const removeBundle = ({ bundle }: DeployedGateway): void => rmSync(bundle, { recursive: true });

export interface LambdaOptions {
  /** Of the gateway document; the hosts of its providers are on the loopback interface. */
  readonly document?: object;
  /** Changes to what the template sets; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** As on managed instances: requests at a time, and threads that share them. */
  readonly concurrency?: { readonly requests: number; readonly workers: number };
}

export interface Lambda {
  readonly api: RuntimeApi;
  readonly database: RecordedDatabase;
  /** `next`, `last byte`, and operations of DynamoDB as they were answered. */
  readonly happenings: Happenings;
  /** Lines of the log, of every thread. */
  readonly log: readonly string[];
  /** Exit code of the process, once it has ended. */
  readonly exited: Promise<number | null>;
}

/**
 * A process of Lambda's own Node runtime client on the deployed bundle, in the environment its template and Lambda give
 * it, against a Runtime API and a DynamoDB of this test. Stopped when the test is over; fails if a secret was logged.
 */
export async function startLambda(gateway: DeployedGateway, options: LambdaOptions = {}): Promise<Lambda> {
  if (!existsSync(runtimeClient)) {
    throw new Error(
      "Lambda's runtime client is not installed: run npm ci --ignore-scripts --prefix test/runtime-api",
    );
  }
  const { MemorySize, Handler, Environment } = gateway.Properties;
  const happenings = new Happenings();
  const [api, database] = await Promise.all([startRuntimeApi(happenings), startRecordedDatabase(happenings)]);
  if (options.document !== undefined) await writeDocument(database, options.document);

  const log: string[] = [];
  const write = (line: string): void => {
    log.push(line);
    happenings.stir();
  };
  const telemetry = await startTelemetry(write);
  const child = spawn(process.execPath, ['--import', nativeClient, runtimeClient], {
    // What Lambda sets: Developer Guide, "Defined runtime environment variables".
    env: {
      ...literals(Environment.Variables),
      ...localTables,
      ...options.environment,
      _HANDLER: Handler,
      LAMBDA_TASK_ROOT: gateway.bundle,
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${api.port}`,
      AWS_LAMBDA_FUNCTION_NAME: 'gateway',
      AWS_LAMBDA_FUNCTION_VERSION: '1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/gateway',
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[1]0123456789abcdef',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIDROLE',
      AWS_SECRET_ACCESS_KEY: roleSecret,
      AWS_SESSION_TOKEN: `${roleSecret}-session`,
      AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
      // Nobody listens there: no other service of AWS is in this test.
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      ...(options.concurrency && {
        AWS_LAMBDA_MAX_CONCURRENCY: String(options.concurrency.requests),
        AWS_LAMBDA_NODEJS_WORKER_COUNT: String(options.concurrency.workers),
        _LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET: telemetry.path,
      }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', write);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  void exited.then(() => happenings.finish(`the function has ended:\n${log.join('\n')}`));
  onTestFinished(async () => {
    await stop(child, exited);
    await Promise.all([api.close(), database.close(), telemetry.close()]);
    expect(log.join('\n')).not.toContain(roleSecret);
  });
  return { api, database, happenings, log, exited };
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL');
  await exited;
}

/** References of CloudFormation are no concern of a start, but where tables are called by them. */
const literals = (variables: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : 'a-reference',
    ]),
  );

const localTables = {
  [environmentNames.governanceTable]: tableNames.governance,
  [environmentNames.quotasTable]: tableNames.quotas,
  [environmentNames.healthTable]: tableNames.health,
  [environmentNames.decisionsTable]: tableNames.decisions,
};

async function writeDocument(database: RecordedDatabase, document: object): Promise<void> {
  const rules = { envSecrets: false, loopbackHttp: true, hashKey: hashVirtualKey };
  const parsed = parseDocument(document, rules);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { client, tableNames: tables } = database;
  const writer = new GovernanceWriter({ client, table: tables.governance, clock: systemClock });
  await writer.put(parsed.document, await writer.version());
}

/** On managed instances threads write their log to a socket. */
async function startTelemetry(
  write: (line: string) => void,
): Promise<{ readonly path: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-telemetry-'));
  const path = join(folder, 'log');
  const server = createServer((socket) => {
    createInterface({ input: socket }).on('line', write);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

/** A request as a REST API with Lambda proxy integration hands it on. */
export const proxied = (requestId: string, virtualKey: string, body: object): object => ({
  httpMethod: 'POST',
  path: '/v1/chat/completions',
  headers: { Authorization: `Bearer ${virtualKey}`, 'Content-Type': 'application/json' },
  queryStringParameters: null,
  body: JSON.stringify(body),
  isBase64Encoded: false,
  requestContext: { requestId },
});
