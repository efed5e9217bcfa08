import { UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ConsumedAttempt, ConsumptionLog } from '../domain/consumption.ts';
import type { Clock, Random } from '../domain/ports.ts';
import type { Owner } from '../domain/quota.ts';
import { BackgroundWrites } from './background-writes.ts';
import {
  attributeOf,
  consumptionLanes,
  consumptionPk,
  dayOf,
  measures,
  type Measure,
} from './consumption-items.ts';

export interface ConsumptionStoreOptions {
  /** Of the function's own region. */
  readonly client: DynamoDBClient;
  /** The quotas table. */
  readonly table: string;
  readonly site: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly onProblem: (message: string) => void;
}

const keptDays = 400;
/** Models of one owner and day that this process names; callers choose models, and an item must stay small. */
const mostModels = 100;
/** Owner-days that wait for a store that is away; more are given up, and said. */
const mostPending = 1_000;

type Sums = Map<string, number>;
interface Pending {
  readonly owner: Owner;
  readonly day: string;
  readonly sums: Sums;
}

/**
 * Adds up what owners consume, for people to read. One write for each owner when a request has ended; while one is
 * under way others wait and go together, so that a process with many requests writes few times.
 *
 * A write whose answer was lost is made again and may count twice; a process that dies loses what was under way. Limits
 * are not kept by these figures but by the ledger.
 */
export class ConsumptionStore implements ConsumptionLog {
  readonly #options: ConsumptionStoreOptions;
  readonly #writes: BackgroundWrites;
  readonly #named = new Map<string, Set<string>>();
  #pending = new Map<string, Pending>();
  #flushing = false;

  constructor(options: ConsumptionStoreOptions) {
    this.#options = options;
    this.#writes = new BackgroundWrites(options.onProblem);
  }

  record(attempt: ConsumedAttempt): void {
    for (const owner of attempt.owners) this.#add(owner, attempt);
    this.#flush();
  }

  /** What was recorded before it was called, and not what others record meanwhile. */
  async settle(): Promise<void> {
    this.#flush();
    // What is under way, then what has waited for it.
    await this.#writes.settle();
    await this.#writes.settle();
  }

  #add(owner: Owner, { provider, model, atMs, ...amounts }: ConsumedAttempt): void {
    const day = dayOf(atMs);
    const pending = this.#pendingOf(owner, day);
    if (pending === undefined) return;
    const name = this.#nameOf(owner, day, provider, model);
    const add = (measure: Measure, amount: number): void => {
      const attribute = attributeOf(measure, provider, name);
      pending.set(attribute, (pending.get(attribute) ?? 0) + amount);
    };
    add('requests', 1);
    for (const measure of measures) if (measure !== 'requests') add(measure, amounts[measure]);
  }

  #pendingOf(owner: Owner, day: string): Sums | undefined {
    const id = `${owner.kind}/${owner.id}#${day}`;
    const known = this.#pending.get(id);
    if (known !== undefined) return known.sums;
    if (this.#pending.size >= mostPending) {
      this.#options.onProblem('consumption figures are given up: too many wait for the quota table');
      return undefined;
    }
    const sums: Sums = new Map();
    this.#pending.set(id, { owner, day, sums });
    return sums;
  }

  #nameOf(owner: Owner, day: string, provider: string, model: string): string {
    const id = `${owner.kind}/${owner.id}#${day}`;
    const named = this.#named.get(id) ?? new Set();
    if (this.#named.size >= mostPending && !this.#named.has(id)) this.#named.clear();
    this.#named.set(id, named);
    const name = `${provider}/${model}`;
    if (!named.has(name) && named.size >= mostModels) return 'other';
    named.add(name);
    return model;
  }

  #flush(): void {
    if (this.#flushing || this.#pending.size === 0) return;
    this.#flushing = true;
    const batch = this.#pending;
    this.#pending = new Map();
    void this.#writes.run('consumption', async () => {
      const failed: unknown[] = [];
      await Promise.all(
        [...batch.values()].map((each) =>
          this.#write(each).catch((error: unknown) => {
            failed.push(error);
            this.#keep(each);
          }),
        ),
      );
      this.#flushing = false;
      if (failed.length > 0) throw failed[0];
      this.#flush();
    });
  }

  /** For the next flush. */
  #keep({ owner, day, sums }: Pending): void {
    const pending = this.#pendingOf(owner, day);
    for (const [name, amount] of sums) pending?.set(name, (pending.get(name) ?? 0) + amount);
  }

  async #write({ owner, day, sums }: Pending): Promise<void> {
    const { client, table, site, random } = this.#options;
    const lane = Math.floor(random() * consumptionLanes);
    const entries = [...sums].filter(([, amount]) => amount !== 0);
    const expiresS = Date.parse(day) / 1000 + keptDays * 86_400;
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: consumptionPk(owner, day, lane, site) } },
        UpdateExpression: `SET #expires = if_not_exists(#expires, :expires) ADD ${entries.map((_, index) => `#a${index} :a${index}`).join(', ')}`,
        ExpressionAttributeNames: {
          '#expires': 'expires',
          ...Object.fromEntries(entries.map(([name], index) => [`#a${index}`, name])),
        },
        ExpressionAttributeValues: {
          ':expires': { N: String(expiresS) },
          ...Object.fromEntries(entries.map(([, amount], index) => [`:a${index}`, { N: String(amount) }])),
        },
      }),
    );
  }
}
