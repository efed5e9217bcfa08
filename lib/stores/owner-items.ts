import {
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { itemKey, ownerSks, readOwner, writeOwner, type Item, type OwnerItem } from './governance-items.ts';

const writesAtOnce = 16;

/** Every customer, team and virtual key in the table, by partition key. */
export async function readOwners(
  client: DynamoDBClient,
  table: string,
): Promise<ReadonlyMap<string, OwnerItem>> {
  const owners = new Map<string, OwnerItem>();
  let from: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        // What else is in the table, records of changes above all, need not be sent.
        FilterExpression: '#sk IN (:key, :team, :customer)',
        ExpressionAttributeNames: { '#sk': 'sk' },
        ExpressionAttributeValues: {
          ':key': { S: ownerSks.key },
          ':team': { S: ownerSks.team },
          ':customer': { S: ownerSks.customer },
        },
        ...(from !== undefined && { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) {
      const owner = readOwner(item);
      if (owner !== undefined) owners.set(owner.pk, owner);
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return owners;
}

/**
 * Makes the stored owners, as read before, the wanted ones, writing only what differs. Keys that are gone go first, customers and
 * teams come before the keys that name them. `beforeWrites` is awaited before every few writes and stops them by
 * rejecting.
 */
export async function writeOwners(
  client: DynamoDBClient,
  table: string,
  stored: ReadonlyMap<string, OwnerItem>,
  wanted: readonly OwnerItem[],
  beforeWrites: () => Promise<void>,
): Promise<void> {
  const wantedPks = new Set(wanted.map(({ pk }) => pk));
  const gone = [...stored.values()].filter(({ pk }) => !wantedPks.has(pk));
  const changed = wanted.filter((owner) => stored.get(owner.pk)?.body !== owner.body);
  const isKey = ({ sk }: OwnerItem): boolean => sk === 'virtual-key';
  const remove = ({ pk }: OwnerItem) =>
    client.send(new DeleteItemCommand({ TableName: table, Key: itemKey(pk) }));
  const put = (owner: OwnerItem) =>
    client.send(new PutItemCommand({ TableName: table, Item: writeOwner(owner) }));
  const steps = [
    { owners: gone.filter(isKey), write: remove },
    { owners: changed.filter((owner) => !isKey(owner)), write: put },
    { owners: changed.filter(isKey), write: put },
    { owners: gone.filter((owner) => !isKey(owner)), write: remove },
  ];
  for (const { owners, write } of steps) {
    for (let from = 0; from < owners.length; from += writesAtOnce) {
      await beforeWrites();
      await Promise.all(owners.slice(from, from + writesAtOnce).map(write));
    }
  }
}
