import { PutResourcePolicyCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Properties of the custom resource that are no table's ARN and no policy. */
export class WrongProperties extends Error {
  override readonly name = 'WrongProperties';
}

/**
 * Puts the resource policy of a table, in place of any it has
 * (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html). Rejects with WrongProperties, or
 * with what the SDK throws.
 */
export async function guard(
  client: Pick<DynamoDBClient, 'send'>,
  { TableArn, Policy }: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (typeof TableArn !== 'string' || typeof Policy !== 'string') throw new WrongProperties();
  await client.send(new PutResourcePolicyCommand({ ResourceArn: TableArn, Policy }));
}
