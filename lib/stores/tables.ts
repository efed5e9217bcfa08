import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  type AttributeDefinition,
  type DynamoDBClient,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import { tables, type TableName, type TableSchema } from './schema.ts';

/** What each table of the schema is called in this deployment. */
export type TableNames = Readonly<Record<TableName, string>>;

/** DescribeTable calls before a table that stays in CREATING is given up. */
const mostDescribes = 2_000;

/**
 * Creates every table of the schema that does not exist yet and returns when all are active: for an embedded
 * database only (no replicas, no expiry). Deployed tables are made by the CDK.
 */
export async function createTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  const wanted: readonly [TableName, TableSchema][] = [
    ['governance', tables.governance],
    ['quotas', tables.quotas],
    ['health', tables.health],
    ['decisions', tables.decisions],
  ];
  await Promise.all(wanted.map(([name, schema]) => createTable(client, names[name], schema)));
}

async function createTable(client: DynamoDBClient, name: string, schema: TableSchema): Promise<void> {
  const attributes = [schema.partitionKey, ...(schema.sortKey === undefined ? [] : [schema.sortKey])];
  const definitions: AttributeDefinition[] = attributes.map((attribute) => ({
    AttributeName: attribute,
    AttributeType: 'S',
  }));
  const keys: KeySchemaElement[] = attributes.map((attribute, index) => ({
    AttributeName: attribute,
    KeyType: index === 0 ? 'HASH' : 'RANGE',
  }));
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        AttributeDefinitions: definitions,
        KeySchema: keys,
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  for (let describes = 0; describes < mostDescribes; describes++) {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (table?.TableStatus === 'ACTIVE') return;
  }
  throw new Error(`table ${name} did not become active`);
}
