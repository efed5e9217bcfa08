import { DescribeTableCommand, type DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';

/** What is wrong with a table's replicas and the keys they are under. */
export interface Findings {
  /** `table region status`, one for each replica that does not serve. */
  readonly replicas: readonly string[];
  /** `table region`, one for each replica that cannot use its key. */
  readonly keys: readonly string[];
}

/** Serving, though something about them may be changing. */
const serving = ['ACTIVE', 'UPDATING'];
const withoutKey = 'INACCESSIBLE_ENCRYPTION_CREDENTIALS';

/**
 * Asks this region's DynamoDB about the global tables: it knows the state of every replica
 * (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicaDescription.html). Rejects where it does not answer,
 * which fails the run, and rings.
 */
export async function inspect(
  dynamo: Pick<DynamoDBClient, 'send'>,
  region: string,
  tableNames: readonly string[],
): Promise<Findings> {
  const described = await Promise.all(
    tableNames.map(async (TableName) => {
      const { Table: table } = await dynamo.send(new DescribeTableCommand({ TableName }));
      return table === undefined
        ? { replicas: [`${TableName} ${region} UNKNOWN`], keys: [] }
        : findings(TableName, region, table);
    }),
  );
  return {
    replicas: described.flatMap(({ replicas }) => replicas),
    keys: described.flatMap(({ keys }) => keys),
  };
}

function findings(tableName: string, region: string, table: TableDescription): Findings {
  const own = {
    RegionName: region,
    ReplicaStatus: table.TableStatus,
    ReplicaInaccessibleDateTime: table.SSEDescription?.InaccessibleEncryptionDateTime,
  };
  const others = (table.Replicas ?? []).filter(({ RegionName }) => RegionName !== region);
  const all = [own, ...others].map(({ RegionName, ReplicaStatus, ReplicaInaccessibleDateTime: since }) => ({
    name: `${tableName} ${RegionName ?? 'unknown'}`,
    status: ReplicaStatus ?? 'UNKNOWN',
    keyless: ReplicaStatus === withoutKey || since !== undefined,
  }));
  return {
    replicas: all
      .filter(({ status }) => !serving.includes(status))
      .map(({ name, status }) => `${name} ${status}`),
    keys: all.filter(({ keyless }) => keyless).map(({ name }) => name),
  };
}
