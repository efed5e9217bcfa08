import {
  ConditionalCheckFailedException,
  PutItemCommand,
  QueryCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { AuditRecord, DocumentChange } from '../domain/administration.ts';
import { asObject, parseJson, type JsonObject } from '../domain/json.ts';
import type { Item } from './governance-items.ts';

/** What changes were, each written once, in the table they were made in; see schema.ts for their keys. */

/** The pointer carries the last change too, and DynamoDB takes items up to 400 KB. */
const mostBytes = 100_000;

const monthOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 7);
const auditPk = (month: string): string => `audit#${month}`;
const auditSk = (version: number): string => String(version).padStart(12, '0');

const keyHash = /sha256:([0-9a-f]{12})[0-9a-f]{52}/g;

/** The record as JSON, hashes of keys cut to twelve digits; changes beyond what fits are left out, and counted. */
export function auditText(record: AuditRecord): string {
  let bytes = Buffer.byteLength(JSON.stringify({ ...record, changes: [] }));
  const changes = record.changes.filter((change: DocumentChange) => {
    bytes += Buffer.byteLength(JSON.stringify(change)) + 1;
    return bytes <= mostBytes;
  });
  const truncated = record.changes.length - changes.length;
  return JSON.stringify({ ...record, changes, ...(truncated > 0 && { truncated }) }).replace(keyHash, '$1');
}

/** Writes the record of a version unless it is there already. */
export async function writeAudit(client: DynamoDBClient, table: string, text: string): Promise<void> {
  const { version, atMs } = asObject(parseJson(text));
  await writeOnce(client, table, Number(atMs), auditSk(Number(version)), text);
}

/** Writes down what was done while a version was in force, between the records of that version and the next. */
export async function writeDeed(client: DynamoDBClient, table: string, record: AuditRecord): Promise<void> {
  const { version, atMs, requestId } = record;
  const sk = `${auditSk(version)}.${String(atMs).padStart(13, '0')}.${requestId}`;
  await writeOnce(client, table, atMs, sk, auditText(record));
}

async function writeOnce(
  client: DynamoDBClient,
  table: string,
  atMs: number,
  sk: string,
  text: string,
): Promise<void> {
  const item: Item = { pk: { S: auditPk(monthOf(atMs)) }, sk: { S: sk }, body: { S: text } };
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: item,
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

export interface AuditPage {
  /** Newest first. */
  readonly records: readonly JsonObject[];
  /** Where the next page begins; absent: this is the last. */
  readonly next?: string;
}

/** The records of a month (`yyyy-mm`, UTC), newest first, from after `after` on. */
export async function readAudit(
  client: DynamoDBClient,
  table: string,
  month: string,
  { after, limit = 100 }: { readonly after?: string; readonly limit?: number } = {},
): Promise<AuditPage> {
  const pk = { S: auditPk(month) };
  const page = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ScanIndexForward: false,
      Limit: limit,
      ...(after !== undefined && { ExclusiveStartKey: { pk, sk: { S: after } } }),
    }),
  );
  const next = page.LastEvaluatedKey?.['sk']?.S;
  return {
    records: (page.Items ?? []).map((item) => asObject(parseJson(item['body']?.S ?? ''))),
    ...(next !== undefined && { next }),
  };
}
