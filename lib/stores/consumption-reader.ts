import { BatchGetItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ConsumptionRow } from '../domain/consumption.ts';
import type { Owner } from '../domain/quota.ts';
import { consumptionLanes, consumptionPk, dayOf, rowsOf } from './consumption-items.ts';

const batchKeys = 100;
const batchAttempts = 5;
const dayMs = 86_400_000;

/**
 * What an owner has consumed from the first day to the last (both included, `yyyy-mm-dd`, UTC) over all sites, as this
 * region's replica has it. Rejects with what the SDK throws.
 */
export async function readConsumption(
  { client, table }: { readonly client: DynamoDBClient; readonly table: string },
  owner: Owner,
  from: string,
  to: string,
  sites: readonly string[],
): Promise<readonly ConsumptionRow[]> {
  const pks: string[] = [];
  for (let atMs = Date.parse(from); atMs <= Date.parse(to); atMs += dayMs) {
    for (const site of sites) {
      for (let lane = 0; lane < consumptionLanes; lane++) {
        pks.push(consumptionPk(owner, dayOf(atMs), lane, site));
      }
    }
  }
  const items: Record<string, AttributeValue>[] = [];
  for (let at = 0; at < pks.length; at += batchKeys) {
    items.push(...(await readBatch(client, table, pks.slice(at, at + batchKeys))));
  }
  return rowsOf(items);
}

async function readBatch(
  client: DynamoDBClient,
  table: string,
  pks: readonly string[],
): Promise<readonly Record<string, AttributeValue>[]> {
  const items: Record<string, AttributeValue>[] = [];
  let keys: Record<string, AttributeValue>[] = pks.map((pk) => ({ pk: { S: pk } }));
  for (let attempt = 0; attempt < batchAttempts; attempt++) {
    const answer = await client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys } } }));
    items.push(...(answer.Responses?.[table] ?? []));
    keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (keys.length === 0) return items;
  }
  throw new Error('DynamoDB left keys of a batch unread');
}
