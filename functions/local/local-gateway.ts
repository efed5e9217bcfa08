import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock, Random } from '../../lib/domain/ports.ts';
import type { Credential } from '../../lib/domain/policy.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import { parseDocument } from '../../lib/policy/document.ts';
import { zonesOfRegion } from '../../lib/policy/zones.ts';
import { GovernanceWriter } from '../../lib/stores/governance-writer.ts';
import type { Environment } from '../gateway/environment.ts';
import { startApiGateway } from './api-gateway.ts';
import { type Database, startDatabase } from './database.ts';
import { InvalidDocument } from './invalid-document.ts';
import { installAwsLambda, type StreamingHandler } from './lambda-shim.ts';
import { exampleModel, missingVariables, usesSecrets, withReadyKey } from './ready-key.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';

export interface LocalOptions {
  /** A gateway document, as parsed from JSON or YAML. One without virtual keys gets a ready one. */
  readonly document: unknown;
  readonly region: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Absent: the database is in memory. */
  readonly dataDirectory?: string;
  readonly readEnv: (name: string) => string | undefined;
  /** Receives the lines of the handler's log: the record of each request, and what it warns of. */
  readonly log: (record: object) => void;
  /** Receives a line for each request the handler failed on: a defect. */
  readonly onFailure: (record: object) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface LocalGateway {
  readonly region: string;
  readonly baseUrl: string;
  /** A virtual key in clear, where the document has one or one was added. */
  readonly key?: string;
  /** True if the key is none of the document's. */
  readonly keyAdded: boolean;
  /** A model to try. */
  readonly model: string;
  readonly warnings: readonly string[];
  /** Ends at once; open streams are cut. */
  close(): Promise<void>;
}

/**
 * One region of the gateway on this machine: the handler that is deployed, an embedded database with the document in
 * it, and a REST API on the loopback interface. Rejects with `InvalidDocument`, `PortInUse` or `DataDirectoryUnusable`.
 */
export async function startLocal(options: LocalOptions): Promise<LocalGateway> {
  const { region, readEnv, clock = systemClock } = options;
  const ready = withReadyKey(options.document, () => `fl-local-${randomBytes(16).toString('hex')}`);
  const parsed = parseDocument(ready.document, {
    envSecrets: true,
    loopbackHttp: true,
    hashKey: hashVirtualKey,
  });
  if (!parsed.ok) throw new InvalidDocument(parsed.problems);

  const database = await startDatabase(region, options.dataDirectory);
  try {
    await storeDocument(database, parsed.document, clock);
    installAwsLambda();
    const handler = await gatewayHandler(environment(options, database, ready.document));
    const server = await startApiGateway({
      handler,
      region,
      clock,
      port: options.port,
      onFailure: (requestId, error) =>
        options.onFailure({ event: 'handler_failed', requestId, ...describe(error) }),
    });
    return {
      region,
      baseUrl: `http://127.0.0.1:${server.port}`,
      ...(ready.key !== undefined && { key: ready.key }),
      keyAdded: ready.added,
      model: exampleModel(ready.document),
      warnings: [...parsed.warnings, ...missingVariables(ready.document, readEnv)],
      close: async () => {
        await server.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The deployed handler on another environment; its modules are imported when the `awslambda` they need is there. */
async function gatewayHandler(environment: Environment): Promise<StreamingHandler> {
  const [{ createHandler }, { createGateway }] = await Promise.all([
    import('../gateway/create-handler.ts'),
    import('../gateway/gateway.ts'),
  ]);
  const gateway = createGateway(environment);
  await gateway.warm();
  return createHandler(gateway);
}

async function storeDocument(
  database: Database,
  document: Parameters<GovernanceWriter['put']>[0],
  clock: Clock,
): Promise<void> {
  const writer = new GovernanceWriter({
    client: database.client,
    table: database.tableNames.governance,
    clock,
  });
  await writer.put(document, await writer.version());
}

function environment(options: LocalOptions, database: Database, document: unknown): Environment {
  const { region, clock = systemClock, random = Math.random } = options;
  const secrets = usesSecrets(document) ? secretsManager(region) : undefined;
  return {
    region,
    clock,
    random,
    dynamo: database.client,
    ...(secrets !== undefined && { secrets: () => secrets }),
    readEnv: options.readEnv,
    awsCredentials: ownCredentials(),
    log: options.log,
    tableNames: database.tableNames,
    zones: zonesOfRegion(region),
    zoneEndpoints: new Map(),
  };
}

/** Secrets of the developer's own account, where the document names any. */
async function secretsManager(region: string) {
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  return new SecretsManagerClient(zonesOfRegion(region).length === 0 ? {} : { region });
}

/** The developer's own AWS credentials, wherever the SDK finds them (environment, profile, SSO). */
function ownCredentials(): () => Promise<Credential> {
  let client: DynamoDBClient | undefined;
  return async () => {
    client ??= new DynamoDBClient({});
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    return {
      kind: 'aws',
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    };
  };
}

/** Where a handler failed; its message may quote a request, so it is left out. */
function describe(error: unknown): { readonly error: string; readonly at: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error, at: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { error: error.name, at: frames.slice(0, 5).map((line) => line.trim()) };
}
