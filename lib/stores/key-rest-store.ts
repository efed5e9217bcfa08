import { QueryCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KeyRest } from '../domain/key-rest.ts';
import type { Clock } from '../domain/ports.ts';
import { BackgroundWrites } from './background-writes.ts';
import { isSortKey, sortable, type Item } from './health-items.ts';
import { longestRests, restKey, restOf, restsPk } from './key-rest-items.ts';

export interface KeyRestStoreOptions {
  readonly client: DynamoDBClient;
  /** The health table of the function's own region. */
  readonly table: string;
  readonly clock: Clock;
  readonly onProblem: (message: string) => void;
}

const keptAfterS = 3_600;
/** Of a megabyte each. A region has some dozens of rests: so many are models that callers have invented. */
const mostPages = 3;

/** Which provider keys rest in this region, and until when. */
export class KeyRestStore {
  readonly #options: KeyRestStoreOptions;
  readonly #writes: BackgroundWrites;

  constructor(options: KeyRestStoreOptions) {
    this.#options = options;
    this.#writes = new BackgroundWrites(options.onProblem);
  }

  /** Writes in the background. A model whose name no key of a table can hold rests in the own process only. */
  note(rest: KeyRest): void {
    const { client, table } = this.#options;
    const sk = restKey(rest);
    if (!isSortKey(sk)) return;
    void this.#writes.run('resting provider keys', () =>
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: restsPk }, sk: { S: sk } },
          UpdateExpression: 'SET expires = :expires',
          ExpressionAttributeValues: {
            ':expires': { N: String(Math.ceil(rest.untilMs / 1000) + keptAfterS) },
          },
        }),
      ),
    );
  }

  settle(): Promise<void> {
    return this.#writes.settle();
  }

  /**
   * What rests now: each key, or key with a model, once, until the end of its longest rest; whole keys first. Rejects
   * with what the SDK throws.
   */
  async list(): Promise<readonly KeyRest[]> {
    const { client, table, clock } = this.#options;
    const nowMs = clock.nowMs();
    const rests: KeyRest[] = [];
    let from: Item | undefined;
    for (let page = 0; page < mostPages; page++) {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND sk > :now',
          ExpressionAttributeValues: { ':pk': { S: restsPk }, ':now': { S: sortable(nowMs) } },
          ConsistentRead: true,
          // What lasts longest first: it is worth most.
          ScanIndexForward: false,
          ...(from !== undefined && { ExclusiveStartKey: from }),
        }),
      );
      for (const item of answer.Items ?? []) {
        const rest = restOf(item['sk']?.S, nowMs);
        if (rest !== undefined) rests.push(rest);
      }
      from = answer.LastEvaluatedKey;
      if (from === undefined) break;
    }
    return longestRests(rests);
  }
}
