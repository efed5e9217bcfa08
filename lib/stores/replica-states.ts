import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A global table as one region sees it. */
export interface GlobalTableState {
  readonly table: string;
  /** Of every region that has a replica, this one included: what DynamoDB calls its state. */
  readonly replicas: ReadonlyMap<string, string>;
  /** False: DynamoDB cannot use the KMS key of this region's replica. */
  readonly keyUsable: boolean;
}

/** What DynamoDB says of a replica, or of a table, that cannot use its KMS key. */
export const keyLost = 'INACCESSIBLE_ENCRYPTION_CREDENTIALS';

/**
 * The states of a global table's replicas. It takes one right, `dynamodb:DescribeTable` on the region's own replica, and
 * none on keys: whether a key can be used is part of the answer
 * (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html). Rejects with what the SDK throws.
 */
export async function globalTableState(
  { client, region }: { readonly client: DynamoDBClient; readonly region: string },
  table: string,
): Promise<GlobalTableState> {
  const { Table: found } = await client.send(new DescribeTableCommand({ TableName: table }));
  const own = found?.TableStatus ?? 'UNKNOWN';
  const replicas = new Map(
    (found?.Replicas ?? []).map(
      ({ RegionName: name = 'unknown', ReplicaStatus: state = 'UNKNOWN' }) => [name, state] as const,
    ),
  );
  // Where the own region is listed too, its table's state says more: it is what calls here meet.
  replicas.set(region, own);
  return {
    table,
    replicas,
    keyUsable: own !== keyLost && found?.SSEDescription?.InaccessibleEncryptionDateTime === undefined,
  };
}
