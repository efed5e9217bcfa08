import {
  ConditionalCheckFailedException,
  QueryCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { KeyRest } from '../domain/key-rest.ts';
import type { Clock } from '../domain/ports.ts';
import { BackgroundWrites } from './background-writes.ts';

export interface KeyRestStoreOptions {
  readonly client: DynamoDBClient;
  /** The health table of the function's own region. */
  readonly table: string;
  readonly clock: Clock;
  readonly onProblem: (message: string) => void;
}

const keptAfterS = 86_400;
const everyModel = '*';
const restPk = (provider: string, key: string): string => `key-rest#${provider}/${key}`;

/** Which provider keys rest in this region, and until when. A longer rest is never replaced by a shorter one. */
export class KeyRestStore {
  readonly #options: KeyRestStoreOptions;
  readonly #writes: BackgroundWrites;

  constructor(options: KeyRestStoreOptions) {
    this.#options = options;
    this.#writes = new BackgroundWrites(options.onProblem);
  }

  /** Writes in the background. */
  note(rest: KeyRest): void {
    void this.#writes.run('resting provider keys', () => this.#write(rest));
  }

  settle(): Promise<void> {
    return this.#writes.settle();
  }

  /** The rests of one key that are not over. Rejects with what the SDK throws. */
  async list(provider: string, key: string): Promise<readonly KeyRest[]> {
    const { client, table, clock } = this.#options;
    const { Items: items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: restPk(provider, key) } },
      }),
    );
    return items.flatMap((item) => {
      const [model, untilMs] = [item['sk']?.S, Number(item['untilMs']?.N ?? 0)];
      if (model === undefined || untilMs <= clock.nowMs()) return [];
      return [{ provider, key, untilMs, ...(model !== everyModel && { model }) }];
    });
  }

  async #write({ provider, key, model = everyModel, untilMs }: KeyRest): Promise<void> {
    const { client, table } = this.#options;
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: restPk(provider, key) }, sk: { S: model } },
          UpdateExpression: 'SET untilMs = :until, expires = :expires',
          ConditionExpression: 'attribute_not_exists(untilMs) OR untilMs < :until',
          ExpressionAttributeValues: {
            ':until': { N: String(untilMs) },
            ':expires': { N: String(Math.ceil(untilMs / 1000) + keptAfterS) },
          },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}
