import { GetItemCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { HealthStore, StoredSnapshot, WindowCounts } from '../domain/health-store.ts';
import type { KeyRest } from '../domain/key-rest.ts';
import type { Clock, Random } from '../domain/ports.ts';
import { BackgroundWrites } from './background-writes.ts';
import { attributesOf, isSortKey, laneOf, windowPk, windowSortKey } from './health-items.ts';
import type { SnapshotWriter } from './snapshot-writer.ts';
import { snapshotCopies, snapshotKey, snapshotOf } from './snapshot-items.ts';

export interface HealthStoreOptions {
  readonly client: DynamoDBClient;
  /** The health table of the function's own region. */
  readonly table: string;
  readonly clock: Clock;
  readonly random: Random;
  /** The provider keys that rest now; goes into every snapshot. */
  readonly rests: () => Promise<readonly KeyRest[]>;
  readonly onProblem: (message: string) => void;
}

const keptAfterS = 3_600;
/** An expression of DynamoDB has 4 KB at most. */
const mostCounters = 150;

interface Pending {
  readonly window: WindowCounts;
  /** By attribute. */
  readonly sums: Map<string, number>;
}

/** Live health in the region's own table: what every function needs of it. The few that publish load the rest. */
export class DynamoHealthStore implements HealthStore {
  readonly #options: HealthStoreOptions;
  readonly #writes: BackgroundWrites;
  #pending = new Map<string, Pending>();
  #flushing: Promise<void> | undefined;
  #writer: SnapshotWriter | undefined;

  constructor(options: HealthStoreOptions) {
    this.#options = options;
    this.#writes = new BackgroundWrites(options.onProblem);
  }

  /**
   * One write for a subject and window; while it is under way others wait and go together, so that a process with many
   * requests writes few times. A subject no key of a table can hold is not shared.
   */
  add(window: WindowCounts): void {
    const counters = attributesOf(window.counts);
    const key = windowSortKey(window);
    if (counters.length === 0 || !isSortKey(key)) return;
    const { sums } = this.#pending.get(key) ?? { sums: new Map<string, number>() };
    for (const [name, count] of counters) sums.set(name, (sums.get(name) ?? 0) + count);
    this.#pending.set(key, { window, sums });
    this.#flushing ??= this.#flush();
  }

  async read(): Promise<StoredSnapshot | undefined> {
    const { client, table, clock, random } = this.#options;
    const copy = Math.min(snapshotCopies - 1, Math.floor(random() * snapshotCopies));
    const { Item: item } = await client.send(
      new GetItemCommand({ TableName: table, Key: snapshotKey(copy) }),
    );
    return snapshotOf(item, clock.nowMs());
  }

  async latest(): Promise<StoredSnapshot | undefined> {
    return (await this.#snapshots()).latest();
  }

  async claim(untilMs: number, nowMs: number, lapsesAfterMs: number): Promise<boolean> {
    return (await this.#snapshots()).claim(untilMs, nowMs, lapsesAfterMs);
  }

  async windows(fromMs: number, untilMs: number): Promise<readonly WindowCounts[]> {
    return (await this.#snapshots()).windows(fromMs, untilMs);
  }

  /** Rejects with what the SDK throws; a snapshot too large for an item is given up, and that is said. */
  async publish(snapshot: Omit<StoredSnapshot, 'rests'>): Promise<void> {
    await (await this.#snapshots()).publish(snapshot);
  }

  /** What was added before it was called, and not what others add meanwhile. */
  async settle(): Promise<void> {
    // What is under way, then what has waited for it.
    await this.#flushing;
    await this.#flushing;
  }

  async #snapshots(): Promise<SnapshotWriter> {
    const { SnapshotWriter } = await import('./snapshot-writer.ts');
    return (this.#writer ??= new SnapshotWriter(this.#options));
  }

  async #flush(): Promise<void> {
    // What is added in the same turn goes along.
    await undefined;
    const batch = this.#pending;
    this.#pending = new Map();
    await Promise.all([...batch.values()].map((each) => this.#write(each)));
    this.#flushing = this.#pending.size === 0 ? undefined : this.#flush();
  }

  async #write({ window, sums }: Pending): Promise<void> {
    const counters = [...sums];
    for (let from = 0; from < counters.length; from += mostCounters) {
      const some = counters.slice(from, from + mostCounters);
      await this.#writes.run('health windows', () => this.#add(window, some));
    }
  }

  async #add(window: WindowCounts, counters: readonly (readonly [string, number])[]): Promise<void> {
    const { client, table } = this.#options;
    const each = (of: (index: number) => string): string => counters.map((_, index) => of(index)).join(', ');
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: windowPk(laneOf(window.subject)) }, sk: { S: windowSortKey(window) } },
        UpdateExpression: `SET expires = :expires ADD ${each((index) => `#${index} :${index}`)}`,
        ExpressionAttributeNames: Object.fromEntries(counters.map(([name], index) => [`#${index}`, name])),
        ExpressionAttributeValues: {
          ':expires': { N: String(Math.ceil(window.startMs / 1000) + keptAfterS) },
          ...Object.fromEntries(counters.map(([, count], index) => [`:${index}`, { N: String(count) }])),
        },
      }),
    );
  }
}
