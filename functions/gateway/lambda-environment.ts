import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SettlementQueue } from '../../lib/domain/quota-ledger.ts';
import { readSites } from '../../lib/accounting/quota/sites.ts';
import { listIn, requiredOf, urlPairsIn, type Variables } from '../../lib/stores/environment-values.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import type { AwsCredentials } from '../../lib/transport/aws-signature.ts';
import { measuredLog } from '../../lib/telemetry/measured-log.ts';
import { printLine } from '../../lib/telemetry/print-line.ts';
import type { Tracer } from '../../lib/telemetry/xray.ts';
import type { Environment } from './environment.ts';
import type { Prompts } from './prompts.ts';

/** A request waits for these at most: a store that answers later is down, and requests must not pile up behind it. */
const awsClient = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
};

/** Another region is asked for a loan: one that does not answer at once is left alone for a while. */
const remoteClient = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
};

/**
 * The environment of a function on AWS.
 * @throws Error naming the variable that is missing or wrong: a deployment without it could not serve.
 */
export function lambdaEnvironment(variables: Variables): Environment {
  const required = requiredOf(variables);
  const region = required('AWS_REGION');
  const queueUrl = required(environmentNames.settlementQueueUrl);
  let secrets: Promise<SecretsManagerClient> | undefined;
  const dynamo = new DynamoDBClient({ region, ...awsClient });
  const remote = new Map<string, DynamoDBClient>();
  const credentials = (): Promise<AwsCredentials> => dynamo.config.credentials();
  let queue: Promise<SettlementQueue> | undefined;
  let prompts: Promise<Prompts> | undefined;
  let tracer: Promise<Tracer> | undefined;
  const daemonAddress =
    variables[environmentNames.tracing] === 'xray' ? variables['AWS_XRAY_DAEMON_ADDRESS'] : undefined;
  const bucket = variables[environmentNames.promptBucket];
  const deployment = variables[environmentNames.deployment];
  const endpoints = urlPairsIn(
    variables[environmentNames.replicaEndpoints],
    environmentNames.replicaEndpoints,
  );
  return {
    region,
    clock: systemClock,
    random: Math.random,
    dynamo,
    dynamoOf: (other) => {
      if (other === region) return dynamo;
      const known = remote.get(other) ?? remoteDynamo(other, endpoints.get(other));
      remote.set(other, known);
      return known;
    },
    ...readSites(
      required(environmentNames.sites),
      required(environmentNames.site),
      listIn(variables[environmentNames.unreachableRegions]),
    ),
    settlementQueue: () => (queue ??= sqsQueue(queueUrl, region, credentials)),
    secrets: () => (secrets ??= secretsManager(region)),
    awsCredentials: async () => {
      const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
      return {
        kind: 'aws',
        accessKeyId,
        secretAccessKey,
        ...(sessionToken === undefined ? {} : { sessionToken }),
      };
    },
    log: deployment === undefined ? printLine : measuredLog(printLine, deployment, () => systemClock.nowMs()),
    tableNames: {
      governance: required(environmentNames.governanceTable),
      quotas: required(environmentNames.quotasTable),
      health: required(environmentNames.healthTable),
      decisions: required(environmentNames.decisionsTable),
    },
    zones: listIn(variables[environmentNames.zones]),
    zoneEndpoints: urlPairsIn(variables[environmentNames.zoneEndpoints], environmentNames.zoneEndpoints),
    ...(daemonAddress !== undefined && { tracer: () => (tracer ??= tracerTo(daemonAddress)) }),
    ...(bucket !== undefined && { prompts: () => (prompts ??= promptBucket(bucket, region, credentials)) }),
  };
}

const remoteDynamo = (region: string, endpoint: string | undefined): DynamoDBClient =>
  new DynamoDBClient({ region, ...remoteClient, ...(endpoint !== undefined && { endpoint }) });

async function promptBucket(
  bucket: string,
  region: string,
  credentials: () => Promise<AwsCredentials>,
): Promise<Prompts> {
  const [{ PromptBucket }, { HttpTransport }] = await Promise.all([
    import('../../lib/transport/prompt-bucket.ts'),
    import('../../lib/transport/http-transport.ts'),
  ]);
  const clock = systemClock;
  return new PromptBucket({ bucket, region, credentials, clock, transport: new HttpTransport(clock) });
}

async function tracerTo(daemonAddress: string): Promise<Tracer> {
  const { xrayTracer } = await import('../../lib/telemetry/xray.ts');
  return xrayTracer({ daemonAddress, random: Math.random });
}

/** Only when the ledger does not take a settlement. */
async function sqsQueue(
  queueUrl: string,
  region: string,
  credentials: () => Promise<AwsCredentials>,
): Promise<SettlementQueue> {
  const [{ SqsSettlementQueue }, { HttpTransport }, { writeSettlement }] = await Promise.all([
    import('../../lib/transport/settlement-queue.ts'),
    import('../../lib/transport/http-transport.ts'),
    import('../../lib/accounting/quota/queued-settlement.ts'),
  ]);
  const transport = new HttpTransport(systemClock);
  const clock = systemClock;
  return new SqsSettlementQueue({ queueUrl, region, credentials, transport, clock, write: writeSettlement });
}

async function secretsManager(region: string): Promise<SecretsManagerClient> {
  const sdk = await import('@aws-sdk/client-secrets-manager');
  return new sdk.SecretsManagerClient({ region, ...awsClient });
}
