import { join } from 'node:path';
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { onTestFinished } from 'vitest';
import { startDatabase, tableNames } from '../../functions/local/database.ts';
import {
  type Replication,
  type ReplicatorOptions,
  startReplicator,
} from '../../functions/local/replicator.ts';
import { ManualClock } from './manual-clock.ts';

export const regionNames = ['us-east-1', 'eu-central-1', 'ap-northeast-1'] as const;
export const [us, eu, ap] = regionNames;

/** Items of the quota table, whose key is one text. */
export interface RegionTable {
  /** As this region's clients see it: a consistent read. */
  get(pk: string): Promise<Readonly<Record<string, AttributeValue>> | undefined>;
  put(pk: string, attributes: Readonly<Record<string, AttributeValue>>): Promise<void>;
  remove(pk: string): Promise<void>;
  /** Adds to a number; with `atLeast` only where the number is no less, and rejects where it is. */
  add(pk: string, attribute: string, amount: number, atLeast?: number): Promise<void>;
}

export interface TestRegions {
  readonly clock: ManualClock;
  readonly replication: Replication;
  in(region: string, from?: string): RegionTable;
  /** Ends before the test does, with whatever is under way. */
  close(): Promise<void>;
}

export interface TestRegionsOptions extends Partial<Pick<ReplicatorOptions, 'lag' | 'random'>> {
  /** Where databases and versions persist; absent: in memory. */
  readonly directory?: string;
}

/** Three embedded databases joined by the replicator, on a clock the test turns; closed when the test is over. */
export async function startTestRegions(options: TestRegionsOptions = {}): Promise<TestRegions> {
  const { directory, ...others } = options;
  const clock = new ManualClock();
  const databases = await Promise.all(
    regionNames.map(async (region) => ({ region, database: await startDatabase(region, directory) })),
  );
  const replication = await startReplicator({
    databases: databases.map(({ region, database: { port } }) => ({
      region,
      port,
      ...(directory !== undefined && { versionsFile: join(directory, `${region}.versions`) }),
    })),
    tableNames,
    clock,
    random: () => 0.5,
    onFailure: (record) => {
      throw new Error(JSON.stringify(record));
    },
    ...others,
  });
  const clients: DynamoDBClient[] = [];
  let closing: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    for (const client of clients) client.destroy();
    await replication.close();
    await Promise.all(databases.map(({ database }) => database.close()));
  };
  const close = (): Promise<void> => (closing ??= end());
  onTestFinished(close);
  return {
    clock,
    replication,
    in: (region, from) => {
      const client = replication.client(region, from);
      clients.push(client);
      return quotaTable(client);
    },
    close,
  };
}

/** The quota table through one client. */
export function quotaTable(client: DynamoDBClient): RegionTable {
  const TableName = tableNames.quotas;
  return {
    get: async (pk) =>
      (await client.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } }, ConsistentRead: true })))
        .Item,
    put: async (pk, attributes) => {
      await client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, ...attributes } }));
    },
    remove: async (pk) => {
      await client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pk } } }));
    },
    add: async (pk, attribute, amount, atLeast) => {
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: { pk: { S: pk } },
          UpdateExpression: 'ADD #attribute :amount',
          ...(atLeast !== undefined && { ConditionExpression: '#attribute >= :atLeast' }),
          ExpressionAttributeNames: { '#attribute': attribute },
          ExpressionAttributeValues: {
            ':amount': { N: String(amount) },
            ...(atLeast !== undefined && { ':atLeast': { N: String(atLeast) } }),
          },
        }),
      );
    },
  };
}
