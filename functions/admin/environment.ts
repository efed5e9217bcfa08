import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DeadSettlements } from '../../lib/domain/dead-settlements.ts';
import type { Clock } from '../../lib/domain/ports.ts';
import type { Site } from '../../lib/domain/quota.ts';
import type { DocumentRules } from '../../lib/policy/document.ts';
import type { TableNames } from '../../lib/stores/tables.ts';

/** Everything administration takes from the outside: made from `process.env` on AWS, by hand on a laptop and in tests. */
export interface AdminEnvironment {
  readonly region: string;
  readonly clock: Clock;
  /** Of this region's own tables and replicas. */
  readonly dynamo: DynamoDBClient;
  /** Of the home region, where governance is written. */
  readonly homeDynamo: DynamoDBClient;
  readonly tableNames: TableNames;
  readonly sites: readonly Site[];
  /** This region's own. */
  readonly site: string;
  /** The settlement queue of this region, made when first needed. */
  readonly settlements: () => Promise<DeadSettlements>;
  /** What a document may say where it is used. */
  readonly rules: DocumentRules;
  /** Absent: secrets cannot be asked about here. */
  readonly secrets?: () => Promise<SecretsManagerClient>;
  /** The value of an environment variable named by a provider key; only the local runner allows them. */
  readonly readEnv?: (name: string) => string | undefined;
  /** So many random bytes, fit for a secret. */
  readonly randomBytes: (count: number) => Buffer;
  /** One JSON line of the log. */
  readonly log: (record: object) => void;
}
