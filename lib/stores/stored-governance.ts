import { GetItemCommand, ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { asObject, asString, parseJson, type JsonObject } from '../domain/json.ts';
import type { ScopeKind } from '../domain/quota-owners.ts';
import {
  customerPk,
  isRetiringBody,
  itemKey,
  pointerKey,
  readPointer,
  teamPk,
  type Item,
} from './governance-items.ts';
import { readParts } from './policy-parts.ts';

export interface StoredPolicy {
  readonly version: number;
  readonly digest: string;
  /** Without customers, teams and virtual keys, with what is stored beside quotas. */
  readonly stored: JsonObject;
}

/** What one replica has in force, part by part, as it is stored. Rejects with what the SDK throws. */
export class StoredGovernance {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor({ client, table }: { readonly client: DynamoDBClient; readonly table: string }) {
    this.#client = client;
    this.#table = table;
  }

  /** The latest policy that is whole here; undefined before the first. */
  async policy(): Promise<StoredPolicy | undefined> {
    const pointer = readPointer(await this.#get(pointerKey));
    if (pointer === undefined) return undefined;
    for (const reference of [pointer, ...pointer.earlier]) {
      const text = await readParts(this.#client, this.#table, reference);
      if (text === undefined) continue;
      return { version: pointer.version, digest: reference.digest, stored: asObject(parseJson(text)) };
    }
    return undefined;
  }

  /** One customer, team or virtual key; undefined: there is none of this id. */
  async scope(kind: ScopeKind, id: string): Promise<JsonObject | undefined> {
    if (kind === 'virtual_key') return this.#virtualKey(id);
    const item = await this.#get(itemKey(kind === 'team' ? teamPk(id) : customerPk(id)));
    return item === undefined ? undefined : bodyOf(item);
  }

  /** Keys are stored under their hash: the table is searched, and only those that look right are sent. */
  async #virtualKey(id: string): Promise<JsonObject | undefined> {
    let from: Item | undefined;
    do {
      const page = await this.#client.send(
        new ScanCommand({
          TableName: this.#table,
          ConsistentRead: true,
          FilterExpression: '#sk = :sk AND contains(#body, :id)',
          ExpressionAttributeNames: { '#sk': 'sk', '#body': 'body' },
          ExpressionAttributeValues: {
            ':sk': { S: 'virtual-key' },
            ':id': { S: `"id":${JSON.stringify(id)}` },
          },
          ...(from !== undefined && { ExclusiveStartKey: from }),
        }),
      );
      const found = (page.Items ?? [])
        .map(bodyOf)
        .find((body) => asString(body['id']) === id && !isRetiringBody(body));
      if (found !== undefined) return found;
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return undefined;
  }

  async #get(key: Item): Promise<Item | undefined> {
    const { Item: item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: key, ConsistentRead: true }),
    );
    return item;
  }
}

const bodyOf = (item: Item): JsonObject => asObject(parseJson(item['body']?.S ?? ''));
