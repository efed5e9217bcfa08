import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Credential } from '../../lib/domain/policy.ts';
import type { Clock, Random, Transport } from '../../lib/domain/ports.ts';
import type { Site } from '../../lib/domain/quota.ts';
import type { SettlementQueue } from '../../lib/domain/quota-ledger.ts';
import type { TableName } from '../../lib/stores/schema.ts';
import type { Tracer } from '../../lib/telemetry/xray.ts';
import type { Prompts } from './prompts.ts';

/** Everything the gateway takes from the outside: made from `process.env` on AWS, by hand on a laptop and in tests. */
export interface Environment {
  readonly region: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly dynamo: DynamoDBClient;
  /** Of the replica of any region of the deployment: rights are lent at the lender's. */
  readonly dynamoOf: (region: string) => DynamoDBClient;
  /** Every site of the deployment, with its share of each limit. */
  readonly sites: readonly Site[];
  /** This region's own. */
  readonly site: string;
  /** Keeps settlements the ledger could not take; asked for when there is one. */
  readonly settlementQueue: () => SettlementQueue | Promise<SettlementQueue>;
  /** Keeps what is asked and answered; absent: nothing is kept. */
  readonly prompts?: () => Promise<Prompts>;
  /** Absent on a laptop without AWS: keys then come from the environment (`"env"`) only. */
  readonly secrets?: () => Promise<SecretsManagerClient>;
  /** The value of an environment variable named by a provider key; only the local runner allows them. */
  readonly readEnv?: (name: string) => string | undefined;
  /** The function's own role (or the developer's own credentials), for Bedrock. */
  readonly awsCredentials?: () => Promise<Credential>;
  /** Absent: HTTP/1.1 over node:http(s). */
  readonly transport?: Transport;
  /** Tells of requests somebody traces; absent: none is traced. */
  readonly tracer?: () => Promise<Tracer>;
  /** One JSON line of the log. */
  readonly log: (record: object) => void;
  readonly tableNames: Readonly<Record<TableName, string>>;
  /** Residency zones this region lies in. */
  readonly zones: readonly string[];
  /** zone -> the endpoint of a gateway inside it. */
  readonly zoneEndpoints: ReadonlyMap<string, string>;
}
