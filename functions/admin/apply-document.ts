import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../lib/domain/ports.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import { deployedRules, parseDocument } from '../../lib/policy/document.ts';
import { GovernanceWriter } from '../../lib/stores/governance-writer.ts';
import { providerSecretPrefix } from '../../lib/stores/schema.ts';
import { readConfigFile } from '../local/config-file.ts';

export interface Applied {
  /** 0 stored (or fit to be stored, on a dry run), 1 the store refused, 2 the document is wrong. */
  readonly exitCode: 0 | 1 | 2;
  readonly lines: readonly string[];
}

/**
 * Checks a gateway document by the rules of a deployment and stores it as the next version. Virtual keys written in
 * clear are hashed here and go no further. Never rejects.
 * @param options.client of the home region: governance is written at that replica only.
 */
export async function applyDocument(options: {
  readonly file: string;
  readonly table: string;
  readonly client: DynamoDBClient;
  readonly clock: Clock;
  readonly dryRun: boolean;
}): Promise<Applied> {
  const file = readConfigFile(options.file);
  if (!file.ok) return { exitCode: 2, lines: [file.message] };
  const parsed = parseDocument(file.value, {
    ...deployedRules,
    secretPrefix: providerSecretPrefix,
    hashKey: hashVirtualKey,
  });
  if (!parsed.ok) {
    return { exitCode: 2, lines: parsed.problems.map(({ path, message }) => `${path}: ${message}`) };
  }
  const warnings = parsed.warnings.map((warning) => `warning: ${warning}`);
  if (options.dryRun)
    return { exitCode: 0, lines: [...warnings, 'the document is valid; nothing was stored'] };
  try {
    const writer = new GovernanceWriter(options);
    const version = await writer.put(parsed.document, await writer.version());
    return { exitCode: 0, lines: [...warnings, `stored as version ${version}`] };
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
    return { exitCode: 1, lines: [`not stored: ${reason}`] };
  }
}
