import { ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { asArray, asObject, asString, parseJson, type JsonObject } from '../domain/json.ts';
import type { ScopeKind } from '../domain/quota-owners.ts';
import { isRetiringBody, ownerSks } from './governance-items.ts';

/** A customer, team or virtual key as it is stored. */
export interface StoredScope {
  readonly kind: ScopeKind;
  readonly body: JsonObject;
}

export interface ScopePage {
  readonly scopes: readonly StoredScope[];
  /** Where the next page begins; absent: this is the last. */
  readonly next?: string;
}

/** Items looked at for a page, whatever they are. */
const pageItems = 500;

/** A place in the table that no earlier page has named. */
export class UnknownPage extends Error {
  override readonly name = 'UnknownPage';
}

/**
 * Some customers, teams and virtual keys of a replica, in no order, each once; a page may be empty. Rejects with
 * UnknownPage, or what the SDK throws.
 */
export async function scopePage(
  { client, table }: { readonly client: DynamoDBClient; readonly table: string },
  after?: string,
): Promise<ScopePage> {
  const page = await client.send(
    new ScanCommand({
      TableName: table,
      ConsistentRead: true,
      Limit: pageItems,
      ...(after !== undefined && { ExclusiveStartKey: keyOf(after) }),
    }),
  );
  const scopes = (page.Items ?? []).flatMap((item): readonly StoredScope[] => {
    const kind = kinds[item['sk']?.S ?? ''];
    const body = asObject(parseJson(item['body']?.S ?? ''));
    // A rotated key is stored under its earlier hash too.
    return kind === undefined || isRetiringBody(body) ? [] : [{ kind, body }];
  });
  const { LastEvaluatedKey: last } = page;
  return { scopes, ...(last !== undefined && { next: pageName(last['pk']?.S, last['sk']?.S) }) };
}

const kinds: Readonly<Record<string, ScopeKind>> = {
  [ownerSks.customer]: 'customer',
  [ownerSks.team]: 'team',
  [ownerSks.key]: 'virtual_key',
};

const pageName = (pk = '', sk = ''): string => Buffer.from(JSON.stringify([pk, sk])).toString('base64url');

function keyOf(page: string) {
  const [pk, sk] = asArray(parseJson(Buffer.from(page, 'base64url').toString('utf8'))).map(asString);
  if (pk === undefined || sk === undefined || pk === '' || sk === '') {
    throw new UnknownPage('it is not what an earlier page gave as "next"');
  }
  return { pk: { S: pk }, sk: { S: sk } };
}
