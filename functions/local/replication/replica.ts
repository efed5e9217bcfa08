import type { IncomingHttpHeaders } from 'node:http';
import { asArray, asObject, isObject, type JsonObject, parseJson } from '../../../lib/domain/json.ts';
import type { Clock } from '../../../lib/domain/ports.ts';
import { addressOf, type GlobalTables, type ItemAddress, writtenItems } from './item-address.ts';
import { ItemLocks } from './item-locks.ts';
import { isLater, nextVersion, type Version } from './version.ts';
import { imageDigest, type Versions } from './versions.ts';
import type { Wire, WireAnswer } from './wire.ts';

/** A write as it travels to other regions: the whole new item. */
export interface ReplicatedWrite {
  readonly item: ItemAddress;
  readonly version: Version;
  /** As DynamoDB JSON; absent: deleted. */
  readonly image: JsonObject | undefined;
}

export interface ReplicaOptions {
  readonly region: string;
  readonly wire: Pick<Wire, 'send' | 'call'>;
  readonly versions: Versions;
  readonly global: GlobalTables;
  readonly clock: Clock;
  /** Called for each item written here, in the item's order. */
  readonly onWrite: (write: ReplicatedWrite) => void;
}

/** One region's copy of the global tables, in its embedded database. */
export class Replica {
  readonly region: string;
  readonly #options: ReplicaOptions;
  readonly #locks = new ItemLocks();

  constructor(options: ReplicaOptions) {
    this.region = options.region;
    this.#options = options;
  }

  /**
   * Hands a writing request to the database. When it succeeds, the new image of each item is read before anything else
   * can write the item, and is passed on. The database itself judges conditions, so they are atomic here.
   */
  write(operation: string, headers: IncomingHttpHeaders, body: Buffer): Promise<WireAnswer> {
    const { wire, global } = this.#options;
    const items = writtenItems(global, operation, asObject(parseJson(body.toString('utf8'))));
    if (items.length === 0) return wire.send(headers, body);
    return this.#locks.hold(
      items.map(({ id }) => id),
      async () => {
        const answer = await wire.send(headers, body);
        if (answer.status === 200) await Promise.all(items.map((item) => this.#passOn(item)));
        return answer;
      },
    );
  }

  /** Applies a write of another region, unless what is here was written later. */
  apply(write: ReplicatedWrite): Promise<void> {
    const { item, version, image } = write;
    const { wire, versions } = this.#options;
    return this.#locks.hold([item.id], async () => {
      if (!this.lacks(write)) return;
      if (image === undefined) await wire.call('DeleteItem', { TableName: item.table, Key: item.key });
      else await wire.call('PutItem', { TableName: item.table, Item: image });
      versions.set(item.id, version, image);
    });
  }

  /**
   * Compares the database with the versions known of it and returns every item with its version. What changed without
   * us (a run with this region alone, a process killed between a write and its note) counts as written now.
   */
  async takeStock(): Promise<readonly ReplicatedWrite[]> {
    const { versions } = this.#options;
    const stock: ReplicatedWrite[] = [];
    const found = new Set<string>();
    for (const { item, image } of await this.#scan()) {
      found.add(item.id);
      const held = versions.get(item.id);
      const unchanged = held?.image !== undefined && held.image === imageDigest(image);
      stock.push({ item, image, version: unchanged ? held.version : this.#stamp(item, image) });
    }
    for (const [id, held] of versions.entries()) {
      const item = found.has(id) ? undefined : this.#addressOf(id);
      if (item === undefined) continue;
      const version = held.image === undefined ? held.version : this.#stamp(item, undefined);
      stock.push({ item, version, image: undefined });
    }
    return stock;
  }

  /** Whether what is here of the item is older than this write. */
  lacks({ item, version }: ReplicatedWrite): boolean {
    const held = this.#options.versions.get(item.id);
    return held === undefined || isLater(version, held.version);
  }

  async #passOn(item: ItemAddress): Promise<void> {
    const { Item: read } = await this.#options.wire.call('GetItem', {
      TableName: item.table,
      Key: item.key,
      ConsistentRead: true,
    });
    const image = isObject(read) ? read : undefined;
    this.#options.onWrite({ item, version: this.#stamp(item, image), image });
  }

  #stamp(item: ItemAddress, image: JsonObject | undefined): Version {
    const { versions, clock } = this.#options;
    const version = nextVersion(clock.nowMs(), this.region, versions.get(item.id)?.version);
    versions.set(item.id, version, image);
    return version;
  }

  #addressOf(id: string): ItemAddress | undefined {
    const { global } = this.#options;
    const [table, ...values] = asArray(parseJson(id));
    const attributes = global.get(String(table)) ?? [];
    const key = Object.fromEntries(attributes.map((attribute, index) => [attribute, { S: values[index] }]));
    return addressOf(global, String(table), key);
  }

  async #scan(): Promise<{ readonly item: ItemAddress; readonly image: JsonObject }[]> {
    const { global, wire } = this.#options;
    const found: { item: ItemAddress; image: JsonObject }[] = [];
    for (const table of global.keys()) {
      let from: object | undefined;
      do {
        const page = await wire.call('Scan', {
          TableName: table,
          ConsistentRead: true,
          ...(from !== undefined && { ExclusiveStartKey: from }),
        });
        for (const image of asArray(page['Items']).map(asObject)) {
          const item = addressOf(global, table, image);
          if (item !== undefined) found.push({ item, image });
        }
        from = isObject(page['LastEvaluatedKey']) ? page['LastEvaluatedKey'] : undefined;
      } while (from !== undefined);
    }
    return found;
  }
}
