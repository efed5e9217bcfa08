import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Clock, Random } from '../../lib/domain/ports.ts';
import type { Credential } from '../../lib/domain/policy.ts';
import { zonesOfRegion } from '../../lib/policy/zones.ts';
import { equalShares } from '../../lib/accounting/quota/shares.ts';
import type { Environment } from '../gateway/environment.ts';
import { createConsumer } from '../settlement/consumer.ts';
import { startAdministration } from './admin-server.ts';
import { type LocalServer, startApiGateway } from './api-gateway.ts';
import type { Database } from './database.ts';
import { installAwsLambda, type StreamingHandler } from './lambda-shim.ts';
import { usesSecrets } from './ready-key.ts';
import { LocalSettlementQueue } from './settlement-queue.ts';

export interface RegionServerOptions {
  readonly region: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** With a gateway document in it. */
  readonly database: Pick<Database, 'client' | 'tableNames'>;
  /** The regions of the deployment; each has the same share of every limit. */
  readonly regions: readonly string[];
  /** A client of another region's replica, as seen from this one. */
  readonly dynamoOf: (region: string) => DynamoDBClient;
  /** The gateway document as given. */
  readonly document: unknown;
  /** zone -> base URL of a gateway inside it; may be filled until the first request comes. */
  readonly zoneEndpoints: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly random: Random;
  /** The secret access key of the local administrators; absent: nobody can administer. */
  readonly adminSecret?: string;
  readonly readEnv: (name: string) => string | undefined;
  readonly log: (record: object) => void;
  readonly onFailure: (record: object) => void;
}

/** The deployed handler of one region behind a REST API on the loopback interface. Rejects with `PortInUse`. */
export async function startRegionServer(options: RegionServerOptions): Promise<LocalServer> {
  const { region, port, clock, onFailure } = options;
  installAwsLambda();
  const { dynamoOf, database, random } = options;
  const sites = { sites: equalShares(options.regions), site: region };
  const table = database.tableNames.quotas;
  const settle = createConsumer({ ...sites, region, table, dynamoOf, clock, random });
  const queue = new LocalSettlementQueue(settle, clock);
  const onHandlerFailure = (requestId: string, error: unknown): void =>
    onFailure({ event: 'handler_failed', requestId, ...describe(error) });
  const secrets = usesSecrets(options.document) ? secretsManager(region) : undefined;
  const { adminSecret } = options;
  const admin =
    adminSecret === undefined
      ? undefined
      : await startAdministration(
          {
            ...options,
            ...sites,
            settlements: async () => queue,
            ...(secrets !== undefined && { secrets: () => secrets }),
          },
          adminSecret,
          onHandlerFailure,
        );
  const server = await startApiGateway({
    ...(admin !== undefined && { admin }),
    handler: await gatewayHandler({
      ...environment(options, secrets),
      ...sites,
      dynamoOf,
      settlementQueue: () => queue,
    }),
    region,
    clock,
    port,
    onFailure: onHandlerFailure,
  });
  return {
    ...server,
    close: async () => {
      queue.close();
      await server.close();
    },
  };
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

type Sites = Pick<Environment, 'sites' | 'site' | 'dynamoOf' | 'settlementQueue'>;

function environment(
  options: RegionServerOptions,
  secrets: Promise<SecretsManagerClient> | undefined,
): Omit<Environment, keyof Sites> {
  const { region, clock, random, database, readEnv, log, zoneEndpoints } = options;
  return {
    region,
    clock,
    random,
    dynamo: database.client,
    ...(secrets !== undefined && { secrets: () => secrets }),
    readEnv,
    awsCredentials: ownCredentials(),
    log,
    tableNames: database.tableNames,
    zones: zonesOfRegion(region),
    zoneEndpoints,
  };
}

/** Secrets of the developer's own account, where the document names any. */
async function secretsManager(region: string): Promise<SecretsManagerClient> {
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
