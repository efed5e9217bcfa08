import {
  ConditionalCheckFailedException,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import type { HealthStore, StoredSnapshot, WindowCounts } from '../domain/health-store.ts';
import type { KeyRest } from '../domain/key-rest.ts';
import { sortable, windowLanes, windowOf, windowPk, type Item } from './health-items.ts';
import type { HealthStoreOptions } from './health-store.ts';
import {
  attributesOfSnapshot,
  futureMs,
  snapshotCopies,
  snapshotKey,
  snapshotOf,
  type SnapshotAttributes,
} from './snapshot-items.ts';

const keptAfterS = 86_400;

/** Whether an attribute may be replaced: it is none that a gateway with a right clock has written, or an older one. */
const isOlder = (attribute: string, than: string): string =>
  `(NOT attribute_type(${attribute}, :number) OR ${attribute} < ${than})`;

/** What it takes to make the next snapshot out of the last one and the windows since. Rejects with what the SDK throws. */
export class SnapshotWriter implements Pick<HealthStore, 'latest' | 'claim' | 'windows' | 'publish'> {
  readonly #options: HealthStoreOptions;
  #saidTooLarge = false;

  constructor(options: HealthStoreOptions) {
    this.#options = options;
  }

  async latest(): Promise<StoredSnapshot | undefined> {
    const { client, table, clock } = this.#options;
    const { Item: item } = await client.send(
      new GetItemCommand({ TableName: table, Key: snapshotKey(0), ConsistentRead: true }),
    );
    return snapshotOf(item, clock.nowMs());
  }

  claim(untilMs: number, nowMs: number, lapsesAfterMs: number): Promise<boolean> {
    return this.#update('claim', {
      set: 'untilMs = :until, claimedUntilMs = :claimedUntil',
      condition: `${isOlder('untilMs', ':until')} OR untilMs > :future OR (untilMs = :until AND ${isOlder('claimedUntilMs', ':now')})`,
      values: {
        ':until': { N: String(untilMs) },
        ':claimedUntil': { N: String(nowMs + lapsesAfterMs) },
        ':now': { N: String(nowMs) },
        ':future': { N: String(nowMs + futureMs) },
      },
    });
  }

  async windows(fromMs: number, untilMs: number): Promise<readonly WindowCounts[]> {
    if (fromMs >= untilMs) return [];
    const lanes = Array.from({ length: windowLanes }, (_, lane) => this.#lane(lane, fromMs, untilMs));
    return (await Promise.all(lanes)).flat();
  }

  async publish(snapshot: Omit<StoredSnapshot, 'rests'>): Promise<void> {
    const attributes = await attributesOfSnapshot(snapshot, await this.#rests());
    if (attributes === undefined) return this.#sayTooLarge();
    const store = (copy: number): Promise<boolean> => this.#store(copy, snapshot.untilMs, attributes);
    // Where the first is as new, whoever wrote it writes the others.
    if (!(await store(0))) return;
    const others = Array.from({ length: snapshotCopies - 1 }, (_, index) => store(index + 1));
    const failed = (await Promise.allSettled(others)).find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #lane(lane: number, fromMs: number, untilMs: number): Promise<readonly WindowCounts[]> {
    const { client, table } = this.#options;
    const windows: WindowCounts[] = [];
    let from: Item | undefined;
    do {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          // No key is a time and nothing else: the end is left out.
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :until',
          ExpressionAttributeValues: {
            ':pk': { S: windowPk(lane) },
            ':from': { S: sortable(fromMs) },
            ':until': { S: sortable(untilMs) },
          },
          ConsistentRead: true,
          ...(from !== undefined && { ExclusiveStartKey: from }),
        }),
      );
      windows.push(...(answer.Items ?? []).flatMap((item) => windowOf(item) ?? []));
      from = answer.LastEvaluatedKey;
    } while (from !== undefined);
    return windows;
  }

  /** Health is published though nobody can tell which keys rest. */
  async #rests(): Promise<readonly KeyRest[]> {
    try {
      return await this.#options.rests();
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown error';
      this.#options.onProblem(`resting provider keys cannot be read (${name})`);
      return [];
    }
  }

  #store(copy: number, untilMs: number, attributes: SnapshotAttributes): Promise<boolean> {
    const nowMs = this.#options.clock.nowMs();
    return this.#update(copy, {
      set: 'untilMs = :until, body = :body, rests = :rests, expires = :expires',
      condition: `${isOlder('untilMs', ':until')} OR untilMs > :future`,
      values: {
        ':until': attributes.untilMs,
        ':body': attributes.body,
        ':rests': attributes.rests,
        ':expires': { N: String(Math.ceil(untilMs / 1000) + keptAfterS) },
        ':future': { N: String(nowMs + futureMs) },
      },
    });
  }

  /** Whether the condition held. */
  async #update(
    copy: number | 'claim',
    update: {
      readonly set: string;
      readonly condition: string;
      readonly values: Readonly<Record<string, AttributeValue>>;
    },
  ): Promise<boolean> {
    const { client, table } = this.#options;
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: snapshotKey(copy),
          UpdateExpression: `SET ${update.set}`,
          ConditionExpression: update.condition,
          ExpressionAttributeValues: { ...update.values, ':number': { S: 'N' } },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  #sayTooLarge(): void {
    if (this.#saidTooLarge) return;
    this.#saidTooLarge = true;
    this.#options.onProblem('the health of so many routes does not fit into an item: it is not shared');
  }
}
