import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { asObject, parseJson, type JsonObject } from '../domain/json.ts';
import type { Clock } from '../domain/ports.ts';
import { EntryTooLarge, StaleVersion, WriteInProgress } from './governance-errors.ts';
import {
  digestOf,
  ownerItems,
  pointerKey,
  readPointer,
  type Item,
  type Pointer,
  type StorableDocument,
} from './governance-items.ts';
import { readOwners, writeOwners } from './owner-items.ts';
import { deleteParts, readParts, writeParts } from './policy-parts.ts';

/** How long a writer may be silent before another takes over. */
const leaseMs = 60_000;
/** Policies kept beside the current one: for readers in the middle of one, and for going back. */
const keptPolicies = 10;
const entryBytes = 350_000;

export interface GovernanceWriterOptions {
  /** A client of the home region: governance is written at that replica only. */
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Clock;
}

/**
 * Stores the gateway document so that readers see either the old policy or the new one:
 *
 *   lease --- parts of the policy --- customers, teams, keys --- pointer + version, lease dropped --- old parts deleted
 *
 * A writer that stops half-way has changed no policy, but may have changed customers, teams and keys already, which
 * readers take over one by one. Storing the same document again, at once, completes it.
 */
export class GovernanceWriter {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Clock;

  constructor(options: GovernanceWriterOptions) {
    this.#client = options.client;
    this.#table = options.table;
    this.#clock = options.clock;
  }

  /** The version in force; 0 before the first document. */
  async version(): Promise<number> {
    return (await this.#pointer()).pointer?.version ?? 0;
  }

  /** The document in force, put together again; undefined before the first. */
  async read(): Promise<{ readonly version: number; readonly document: JsonObject } | undefined> {
    const { pointer } = await this.#pointer();
    if (pointer === undefined) return undefined;
    const text = await readParts(this.#client, this.#table, pointer);
    if (text === undefined) throw new Error(`policy version ${pointer.version} is not whole`);
    const owners = await readOwners(this.#client, this.#table);
    const inOrder = [...owners.values()].sort((a, b) => (a.pk < b.pk ? -1 : 1));
    const bodies = (sk: string) =>
      inOrder.filter((owner) => owner.sk === sk).map(({ body }) => asObject(parseJson(body)));
    const document = {
      ...asObject(parseJson(text)),
      customers: bodies('customer'),
      teams: bodies('team'),
      virtualKeys: bodies('virtual-key'),
    };
    return { version: pointer.version, document };
  }

  /**
   * Stores a document that parseDocument has accepted, in place of version `expectedVersion` (0: of none), and
   * returns its version. Throws StaleVersion, WriteInProgress or EntryTooLarge, or what the SDK throws.
   */
  async put(document: StorableDocument, expectedVersion: number): Promise<number> {
    const { customers: _customers, teams: _teams, virtualKeys: _virtualKeys, ...policy } = document;
    const wanted = ownerItems(document);
    for (const { sk, body } of wanted) {
      const bytes = Buffer.byteLength(body);
      if (bytes > entryBytes) throw new EntryTooLarge(sk.replace('-', ' '), bytes, entryBytes);
    }
    const lease = digestOf(JSON.stringify(document));
    const before = await this.#takeLease(lease, expectedVersion);
    const reference = await writeParts(this.#client, this.#table, JSON.stringify(policy));
    let leasedAtMs = this.#clock.nowMs();
    await writeOwners(this.#client, this.#table, wanted, async () => {
      if (this.#clock.nowMs() - leasedAtMs <= leaseMs / 3) return;
      await this.#takeLease(lease, expectedVersion);
      leasedAtMs = this.#clock.nowMs();
    });

    const known = before === undefined ? [] : [before, ...before.earlier];
    const others = known.filter(({ digest }) => digest !== reference.digest);
    const earlier = others.slice(0, keptPolicies).map(({ digest, parts }) => ({ digest, parts }));
    const version = expectedVersion + 1;
    await this.#update(expectedVersion, {
      set: 'SET #version = :next, #digest = :digest, #parts = :parts, #earlier = :earlier REMOVE #lease, #until',
      condition: '#lease = :lease',
      names: {
        '#digest': 'digest',
        '#parts': 'parts',
        '#earlier': 'earlier',
        '#lease': 'lease',
        '#until': 'leaseUntilMs',
      },
      values: {
        ':next': { N: String(version) },
        ':digest': { S: reference.digest },
        ':parts': { N: String(reference.parts) },
        ':earlier': { S: JSON.stringify(earlier) },
        ':lease': { S: lease },
      },
    });
    for (const old of others.slice(keptPolicies)) await deleteParts(this.#client, this.#table, old);
    return version;
  }

  async #takeLease(lease: string, expectedVersion: number): Promise<Pointer | undefined> {
    const nowMs = this.#clock.nowMs();
    await this.#update(expectedVersion, {
      set: 'SET #lease = :lease, #until = :until',
      condition: '(attribute_not_exists(#lease) OR #lease = :lease OR #until < :now)',
      names: { '#lease': 'lease', '#until': 'leaseUntilMs' },
      values: {
        ':lease': { S: lease },
        ':until': { N: String(nowMs + leaseMs) },
        ':now': { N: String(nowMs) },
      },
    });
    return (await this.#pointer()).pointer;
  }

  /** One conditional update of the pointer; a condition that fails gets its domain name. */
  async #update(
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
      const { pointer, leaseUntilMs } = await this.#pointer();
      const current = pointer?.version ?? 0;
      if (current !== expectedVersion) throw new StaleVersion(expectedVersion, current);
      throw new WriteInProgress(Math.max(0, leaseUntilMs - this.#clock.nowMs()));
    }
  }

  async #pointer(): Promise<{ readonly pointer: Pointer | undefined; readonly leaseUntilMs: number }> {
    const { Item: item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: pointerKey, ConsistentRead: true }),
    );
    return { pointer: readPointer(item), leaseUntilMs: Number(item?.['leaseUntilMs']?.N ?? 0) };
  }
}
