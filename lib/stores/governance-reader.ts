import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GatewayError } from '../domain/failure.ts';
import type { Policy } from '../domain/policy.ts';
import type { Clock } from '../domain/ports.ts';
import {
  cachedOwner,
  CallerSnapshots,
  type CachedOwner,
  type CompileCaller,
  type KnownCaller,
} from './caller-snapshots.ts';
import { GovernanceCache, mostRemembered } from './governance-cache.ts';
import {
  customerPk,
  itemKey,
  pointerPk,
  readPointer,
  teamPk,
  virtualKeyPk,
  type Item,
  type OwnerItem,
} from './governance-items.ts';
import { Lru } from './lru.ts';
import { nameOf, PolicySnapshot, type CompilePolicy } from './policy-snapshot.ts';

export interface GovernanceReaderOptions {
  /** A client of the function's own region. */
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Clock;
  /** Throws where the stored policy is not one it knows. */
  readonly compilePolicy: CompilePolicy;
  /** Of the JSON of a stored key, its team and its customer; throws like compilePolicy. */
  readonly compileCaller: CompileCaller;
  /** One line for the log: no key, no hash, no document. */
  readonly onProblem: (message: string) => void;
}

/** What a request needs to know before it is decided. */
export interface GovernanceView {
  readonly policy: Policy;
  /** Absent: no virtual key has this hash. */
  readonly known: KnownCaller | undefined;
}

interface RecentView {
  readonly view: GovernanceView;
  readonly madeAtMs: number;
  readonly untilMs: number;
}

const batchAttempts = 3;

/**
 * Policy and virtual keys as one function instance sees them, at most 5 s behind its replica while it serves:
 *
 *   age   0 s ........ 5 s ................. 30 s ...................
 *         use           use, read meanwhile    read first, in one batch
 *
 * Unknown keys are remembered for 5 s. While the store cannot be read, the policy is used at any age, keys and their
 * owners up to 5 minutes; without them the answer is 503, never "unknown key".
 */
export class GovernanceReader {
  readonly #options: GovernanceReaderOptions;
  readonly #cache: GovernanceCache<CachedOwner>;
  readonly #snapshot: PolicySnapshot;
  readonly #callers: CallerSnapshots;
  /** Views all of whose items are fresh: putting one together costs more than the rest of a request's identification. */
  readonly #recent = new Lru<RecentView>(mostRemembered);
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #background = new Set<Promise<void>>();

  constructor(options: GovernanceReaderOptions) {
    this.#options = options;
    this.#cache = new GovernanceCache(options.clock);
    this.#callers = new CallerSnapshots(options.compileCaller);
    this.#snapshot = new PolicySnapshot(
      options.client,
      options.table,
      options.compilePolicy,
      options.onProblem,
    );
  }

  /**
   * The view for a key's hash ("sha256:<hex>") without waiting, or undefined where something has to be read first.
   * What is over 5 s old is read again in the background; see settle. Throws GatewayError `unavailable`.
   */
  peek(hash: string): GovernanceView | undefined {
    const nowMs = this.#options.clock.nowMs();
    const recent = this.#recent.get(hash);
    if (recent !== undefined && nowMs >= recent.madeAtMs && nowMs < recent.untilMs) return recent.view;
    const pks = this.#chain(hash);
    const ages = pks.map((pk) => this.#cache.freshness(pk));
    if (ages.includes('unusable')) return undefined;
    const aged = pks.filter((_, index) => ages[index] === 'usable');
    if (aged.length > 0 && !this.#cache.paused) this.#readInBackground(aged);
    const view = this.#assemble(hash);
    if (view.known !== undefined && !ages.includes('usable')) {
      this.#recent.set(hash, { view, madeAtMs: nowMs, untilMs: this.#cache.freshUntilMs(pks) });
    }
    return view;
  }

  /** As peek, but reads first what has to be read. Rejects with GatewayError `unavailable` only. */
  async view(hash: string): Promise<GovernanceView> {
    // Each round can name the next owner: key, team, customer.
    for (let round = 0; round < 4; round++) {
      const seen = this.peek(hash);
      if (seen !== undefined) return seen;
      if (this.#cache.paused) break;
      const wanted = this.#chain(hash).filter((pk) => this.#cache.freshness(pk) !== 'fresh');
      try {
        await this.#read(wanted);
      } catch {
        // Noted by the read; what is known has to do.
      }
    }
    const known = this.peek(hash);
    if (known === undefined) throw unavailable();
    return known;
  }

  /** Reads the policy ahead of the first request. Never rejects. */
  async warm(): Promise<void> {
    await this.#read([pointerPk]).catch(() => undefined);
  }

  /** Waits for what requests have set going in the background, so that nothing outlives the invocation. Never rejects. */
  async settle(): Promise<void> {
    await Promise.all(this.#background);
  }

  /** What a view of this key is made of, as far as is known. */
  #chain(hash: string): readonly string[] {
    const keyPk = virtualKeyPk(hash);
    const key = this.#cache.get(keyPk)?.item?.owner;
    const pks = [pointerPk, keyPk];
    if (key?.team !== undefined) pks.push(teamPk(key.team));
    const customer = this.#customerOf(key);
    if (customer !== undefined) pks.push(customerPk(customer));
    return pks;
  }

  #customerOf(key: OwnerItem | undefined): string | undefined {
    const team = key?.team === undefined ? undefined : this.#cache.get(teamPk(key.team))?.item?.owner;
    return team?.customer ?? key?.customer;
  }

  #assemble(hash: string): GovernanceView {
    const { policy } = this.#snapshot;
    if (policy === undefined) throw unavailable();
    const item = this.#cache.get(virtualKeyPk(hash))?.item;
    if (item?.owner === undefined) return { policy, known: undefined };
    const teamId = item.owner.team;
    const customerId = this.#customerOf(item.owner);
    const team = teamId === undefined ? undefined : this.#cache.get(teamPk(teamId))?.item;
    const customer = customerId === undefined ? undefined : this.#cache.get(customerPk(customerId))?.item;
    // An owner that is missing here would widen the key: its limits are not known.
    if (teamId !== undefined && team === undefined) throw unavailable();
    if (customerId !== undefined && customer === undefined) throw unavailable();
    return { policy, known: this.#known(item, team, customer) };
  }

  #known(key: CachedOwner, team: CachedOwner | undefined, customer: CachedOwner | undefined): KnownCaller {
    try {
      return this.#callers.of(key, team, customer);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown error';
      this.#options.onProblem(`a virtual key is refused: ${reason}`);
      throw unavailable();
    }
  }

  #readInBackground(pks: readonly string[]): void {
    const reading = this.#read(pks)
      .catch(() => undefined)
      .finally(() => this.#background.delete(reading));
    this.#background.add(reading);
  }

  /** Reads items once, however many ask at the same time. Rejects when the store fails. */
  async #read(pks: readonly string[]): Promise<void> {
    const own = pks.filter((pk) => !this.#inFlight.has(pk));
    const others = new Set(pks.map((pk) => this.#inFlight.get(pk)).filter((each) => each !== undefined));
    if (own.length > 0) {
      const reading = this.#fetch(own).finally(() => own.forEach((pk) => this.#inFlight.delete(pk)));
      own.forEach((pk) => this.#inFlight.set(pk, reading));
      others.add(reading);
    }
    await Promise.all(others);
  }

  async #fetch(pks: readonly string[]): Promise<void> {
    try {
      const items = await this.#batchGet(pks);
      // The pointer last: it counts as read when the policy it names has been looked at.
      for (const pk of pks) if (pk !== pointerPk) this.#remember(pk, items.get(pk));
      if (!pks.includes(pointerPk)) return;
      const pointer = readPointer(items.get(pointerPk));
      if (pointer === undefined) this.#options.onProblem('no gateway document is stored yet');
      else await this.#snapshot.follow(pointer);
      this.#remember(pointerPk, this.#snapshot.policy === undefined ? undefined : items.get(pointerPk));
    } catch (error) {
      this.#cache.pause();
      this.#options.onProblem(`the governance table cannot be read (${nameOf(error)})`);
      throw error;
    }
  }

  #remember(pk: string, item: Item | undefined): void {
    const before = this.#cache.get(pk)?.item;
    this.#cache.set(pk, item === undefined ? undefined : cachedOwner(item, before));
  }

  async #batchGet(pks: readonly string[]): Promise<ReadonlyMap<string, Item>> {
    const { client, table } = this.#options;
    const items = new Map<string, Item>();
    let keys: Item[] = pks.map(itemKey);
    for (let attempt = 0; attempt < batchAttempts; attempt++) {
      const answer = await client.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
      );
      for (const item of answer.Responses?.[table] ?? []) {
        const pk = item['pk']?.S;
        if (pk !== undefined) items.set(pk, item);
      }
      keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      if (keys.length === 0) return items;
    }
    throw new Error('DynamoDB left keys of a batch unread');
  }
}

/** 503 with a second's patience: an authentication that cannot be checked is never a 401. */
const unavailable = (): GatewayError =>
  new GatewayError('unavailable', 'the gateway cannot read its configuration at the moment', {
    retryAfterMs: 1_000,
  });
