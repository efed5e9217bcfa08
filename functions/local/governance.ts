import { randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/domain/ports.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import { type DocumentRules, parseDocument } from '../../lib/policy/document.ts';
import { GovernanceWriter } from '../../lib/stores/governance-writer.ts';
import { catalogServes } from '../admin/catalog-serves.ts';
import type { Database } from './database.ts';
import { InvalidDocument } from './invalid-document.ts';
import { exampleModel, missingVariables, withReadyKey } from './ready-key.ts';

/** A gateway document that is fit to be stored, and what to tell about it. */
export interface ReadyDocument {
  /** As given, with the ready key where one was added. */
  readonly source: unknown;
  readonly document: Parameters<GovernanceWriter['put']>[0];
  /** A virtual key in clear, where the document has one or one was added. */
  readonly key?: string;
  readonly keyAdded: boolean;
  /** A model to try. */
  readonly model: string;
  readonly warnings: readonly string[];
}

/** What a document may say on a laptop: keys from the environment and in clear, plain http to this machine. */
export const localRules: DocumentRules = {
  envSecrets: true,
  loopbackHttp: true,
  hashKey: hashVirtualKey,
  serves: catalogServes,
};

/** Checks a document by the rules of a laptop. Throws `InvalidDocument`. */
export function readyDocument(given: unknown, readEnv: (name: string) => string | undefined): ReadyDocument {
  const ready = withReadyKey(given, () => `fl-local-${randomBytes(16).toString('hex')}`);
  const parsed = parseDocument(ready.document, localRules);
  if (!parsed.ok) throw new InvalidDocument(parsed.problems);
  return {
    source: ready.document,
    document: parsed.document,
    ...(ready.key !== undefined && { key: ready.key }),
    keyAdded: ready.added,
    model: exampleModel(ready.document),
    warnings: [...parsed.warnings, ...missingVariables(ready.document, readEnv)],
  };
}

/** Stores the document in place of whatever is in force. */
export async function storeDocument(
  { client, tableNames }: Pick<Database, 'client' | 'tableNames'>,
  { document }: ReadyDocument,
  clock: Clock,
): Promise<void> {
  const writer = new GovernanceWriter({ client, table: tableNames.governance, clock });
  await writer.put(document, await writer.version());
}
