import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ChangeNote } from '../domain/administration.ts';
import { asObject, parseJson, type JsonObject } from '../domain/json.ts';
import type { Clock } from '../domain/ports.ts';
import { auditText, readAudit, writeAudit, writeDeed, type AuditPage } from './audit-items.ts';
import { assembled, refuseTooLarge, withoutPast } from './document-items.ts';
import {
  digestOf,
  ownerItems,
  type Pointer,
  type PolicyReference,
  type StorableDocument,
} from './governance-items.ts';
import { GovernancePointer } from './governance-pointer.ts';
import { readOwners, writeOwners } from './owner-items.ts';
import { deleteParts, readParts, writeParts } from './policy-parts.ts';
import { markDocument, storedMarks, type OwnedTopUp } from './quota-marks.ts';

/** How long a writer may be silent before another takes over. */
const leaseMs = 60_000;
/** Policies kept beside the current one: for readers in the middle of one, and for going back. */
const keptPolicies = 10;

/** What a change is recorded with, and what it adds to limits. */
export interface Change {
  readonly note?: ChangeNote;
  readonly topUps?: readonly OwnedTopUp[];
}

/** Who stores a document without saying so: the local runner, for itself. */
const unattributed: ChangeNote = {
  action: 'document.replace',
  actor: { arn: 'unattributed' },
  requestId: '',
  changes: [],
};

export interface GovernanceWriterOptions {
  /** A client of the home region: governance is written at that replica only. */
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Clock;
}

/**
 * Stores the gateway document so that readers see either the old policy or the new one:
 *
 *   lease --- parts of the policy --- customers, teams, keys --- pointer + version + what was changed, lease dropped ---
 *   record of the change --- old parts deleted
 *
 * A writer that stops half-way has changed no policy, but may have changed customers, teams and keys already, which
 * readers take over one by one. Storing the same document again, at once, completes it.
 */
export class GovernanceWriter {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Clock;
  readonly #pointer: GovernancePointer;

  constructor(options: GovernanceWriterOptions) {
    this.#client = options.client;
    this.#table = options.table;
    this.#clock = options.clock;
    this.#pointer = new GovernancePointer(options);
  }

  /** The version in force; 0 before the first document. */
  async version(): Promise<number> {
    return (await this.#pointer.read()).pointer?.version ?? 0;
  }

  /** The document in force, put together again; undefined before the first. */
  async read(): Promise<{ readonly version: number; readonly document: JsonObject } | undefined> {
    const { pointer } = await this.#pointer.read();
    if (pointer === undefined) return undefined;
    const text = await readParts(this.#client, this.#table, pointer);
    if (text === undefined) throw new Error(`policy version ${pointer.version} is not whole`);
    const owners = await readOwners(this.#client, this.#table);
    return { version: pointer.version, document: assembled(text, owners.values()) };
  }

  /**
   * Stores a document that parseDocument has accepted, in place of version `expectedVersion` (0: of none), and
   * returns its version. Quotas keep what was spent of them; expired hashes of rotated keys are dropped. What was
   * changed, by whom, is written down with it. Throws StaleVersion, WriteInProgress or EntryTooLarge, or what the SDK
   * throws.
   */
  async put(document: StorableDocument, expectedVersion: number, how: Change = {}): Promise<number> {
    const version = expectedVersion + 1;
    const lease = digestOf(JSON.stringify([document, how.topUps ?? []]));
    refuseTooLarge(ownerItems(document));
    const before = await this.#takeLease(lease, expectedVersion);
    const stored = await readOwners(this.#client, this.#table);
    const marks = storedMarks(await this.#policyOf(before), stored.values());
    const nowMs = this.#clock.nowMs();
    const marked = markDocument(withoutPast(document, nowMs), marks, {
      version,
      nowS: Math.floor(nowMs / 1000),
      topUps: how.topUps ?? [],
    });
    const { customers: _customers, teams: _teams, virtualKeys: _virtualKeys, ...policy } = marked;
    const wanted = ownerItems(marked);
    refuseTooLarge(wanted);
    const reference = await writeParts(this.#client, this.#table, JSON.stringify(policy));
    let leasedAtMs = this.#clock.nowMs();
    await writeOwners(this.#client, this.#table, stored, wanted, async () => {
      if (this.#clock.nowMs() - leasedAtMs <= leaseMs / 3) return;
      await this.#takeLease(lease, expectedVersion);
      leasedAtMs = this.#clock.nowMs();
    });

    const known = before === undefined ? [] : [before, ...before.earlier];
    const others = known.filter(({ digest }) => digest !== reference.digest);
    const earlier = others.slice(0, keptPolicies).map(({ digest, parts }) => ({ digest, parts }));
    const change = auditText({
      ...(how.note ?? unattributed),
      version,
      atMs: nowMs,
      ...(before !== undefined && { digestBefore: before.digest }),
      digestAfter: reference.digest,
    });
    await this.#pointer.update(expectedVersion, {
      set: 'SET #version = :next, #digest = :digest, #parts = :parts, #earlier = :earlier, #change = :change REMOVE #lease, #until',
      condition: '#lease = :lease',
      names: {
        '#digest': 'digest',
        '#parts': 'parts',
        '#earlier': 'earlier',
        '#change': 'change',
        '#lease': 'lease',
        '#until': 'leaseUntilMs',
      },
      values: {
        ':next': { N: String(version) },
        ':digest': { S: reference.digest },
        ':parts': { N: String(reference.parts) },
        ':earlier': { S: JSON.stringify(earlier) },
        ':change': { S: change },
        ':lease': { S: lease },
      },
    });
    await this.#tidy(change, version, others.slice(keptPolicies));
    return version;
  }

  /** The version is in force whatever becomes of this: a record that is missing is written by whoever comes next. */
  async #tidy(change: string, version: number, old: readonly PolicyReference[]): Promise<void> {
    try {
      await writeAudit(this.#client, this.#table, change);
      await this.#pointer.dropChange(version);
      for (const reference of old) await deleteParts(this.#client, this.#table, reference);
    } catch {
      // Said as a failure, it would be tried again, and refused as stale.
    }
  }

  /** What was changed in a month (`yyyy-mm`, UTC), newest first. */
  async audit(
    month: string,
    page: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<AuditPage> {
    await this.#completeAudit((await this.#pointer.read()).change);
    return readAudit(this.#client, this.#table, month, page);
  }

  /** Writes down what is done without a change of the document. Rejects with what the SDK throws. */
  async record(note: ChangeNote): Promise<void> {
    const { pointer } = await this.#pointer.read();
    const { version = 0, digest = '' } = pointer ?? {};
    const atMs = this.#clock.nowMs();
    await writeDeed(this.#client, this.#table, { ...note, version, atMs, digestAfter: digest });
  }

  /** A writer may have stopped between the pointer, which says what it changed, and the record of that. */
  async #completeAudit(change: string | undefined): Promise<void> {
    if (change !== undefined) await writeAudit(this.#client, this.#table, change);
  }

  async #policyOf(pointer: Pointer | undefined): Promise<JsonObject> {
    const text = pointer === undefined ? '' : await readParts(this.#client, this.#table, pointer);
    return asObject(parseJson(text ?? ''));
  }

  async #takeLease(lease: string, expectedVersion: number): Promise<Pointer | undefined> {
    const nowMs = this.#clock.nowMs();
    await this.#pointer.update(expectedVersion, {
      set: 'SET #lease = :lease, #until = :until',
      condition: '(attribute_not_exists(#lease) OR #lease = :lease OR #until < :now)',
      names: { '#lease': 'lease', '#until': 'leaseUntilMs' },
      values: {
        ':lease': { S: lease },
        ':until': { N: String(nowMs + leaseMs) },
        ':now': { N: String(nowMs) },
      },
    });
    const { pointer, change } = await this.#pointer.read();
    await this.#completeAudit(change);
    return pointer;
  }
}
