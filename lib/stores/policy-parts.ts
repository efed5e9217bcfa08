import {
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import {
  digestOf,
  partSk,
  policyPk,
  splitText,
  type Item,
  type PolicyReference,
} from './governance-items.ts';

/** Stores a policy's text under its digest; storing it again changes nothing. */
export async function writeParts(
  client: DynamoDBClient,
  table: string,
  text: string,
): Promise<PolicyReference> {
  const digest = digestOf(text);
  const parts = splitText(text);
  for (const [index, body] of parts.entries()) {
    const item: Item = { pk: { S: policyPk(digest) }, sk: { S: partSk(index) }, body: { S: body } };
    await client.send(new PutItemCommand({ TableName: table, Item: item }));
  }
  return { digest, parts: parts.length };
}

/** The policy's text, or undefined while it is not whole here (a replica may see the pointer first). */
export async function readParts(
  client: DynamoDBClient,
  table: string,
  reference: PolicyReference,
): Promise<string | undefined> {
  const bodies: string[] = [];
  let from: Item | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': 'pk' },
        ExpressionAttributeValues: { ':pk': { S: policyPk(reference.digest) } },
        ...(from !== undefined && { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) bodies.push(item['body']?.S ?? '');
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  const text = bodies.join('');
  return bodies.length === reference.parts && digestOf(text) === reference.digest ? text : undefined;
}

export async function deleteParts(
  client: DynamoDBClient,
  table: string,
  reference: PolicyReference,
): Promise<void> {
  for (let index = 0; index < reference.parts; index++) {
    const key: Item = { pk: { S: policyPk(reference.digest) }, sk: { S: partSk(index) } };
    await client.send(new DeleteItemCommand({ TableName: table, Key: key }));
  }
}
