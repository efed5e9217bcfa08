import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../domain/ports.ts';
import { StaleVersion, WriteInProgress } from './governance-errors.ts';
import { pointerKey, readPointer, type Item, type Pointer } from './governance-items.ts';

/** The pointer as it stands in the table, with what belongs to writers. */
export interface StoredPointer {
  readonly pointer: Pointer | undefined;
  readonly leaseUntilMs: number;
  /** What the version in force has changed, as its audit record says it, until that record is written. */
  readonly change?: string;
}

/** The item that says which policy is in force, changed by conditional updates only. */
export class GovernancePointer {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Clock;

  constructor({ client, table, clock }: { client: DynamoDBClient; table: string; clock: Clock }) {
    this.#client = client;
    this.#table = table;
    this.#clock = clock;
  }

  /** One conditional update of the pointer; a condition that fails gets its domain name. */
  async update(
    expectedVersion: number,
    change: { set: string; condition: string; names: Record<string, string>; values: Item },
  ): Promise<void> {
    const first = expectedVersion === 0;
    const version = first ? 'attribute_not_exists(#version)' : '#version = :expected';
    try {
      await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: pointerKey,
          UpdateExpression: change.set,
          ConditionExpression: `${version} AND ${change.condition}`,
          ExpressionAttributeNames: { '#version': 'version', ...change.names },
          ExpressionAttributeValues: {
            ...change.values,
            ...(!first && { ':expected': { N: String(expectedVersion) } }),
          },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const { pointer, leaseUntilMs } = await this.read();
      const current = pointer?.version ?? 0;
      if (current !== expectedVersion) throw new StaleVersion(expectedVersion, current);
      throw new WriteInProgress(Math.max(0, leaseUntilMs - this.#clock.nowMs()));
    }
  }

  /** Takes what a version has changed off again, once it is recorded: every request's reader fetches the pointer. */
  async dropChange(version: number): Promise<void> {
    try {
      await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: pointerKey,
          UpdateExpression: 'REMOVE #change',
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#change': 'change', '#version': 'version' },
          ExpressionAttributeValues: { ':version': { N: String(version) } },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /** As it is now, whatever a replica's copy says. */
  async read(): Promise<StoredPointer> {
    const { Item: item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: pointerKey, ConsistentRead: true }),
    );
    const change = item?.['change']?.S;
    return {
      pointer: readPointer(item),
      leaseUntilMs: Number(item?.['leaseUntilMs']?.N ?? 0),
      ...(change !== undefined && { change }),
    };
  }
}
