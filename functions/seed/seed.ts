import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../lib/domain/ports.ts';
import { deployedRules, parseDocument } from '../../lib/policy/document.ts';
import { StaleVersion, WriteInProgress } from '../../lib/stores/governance-errors.ts';
import { GovernanceWriter } from '../../lib/stores/governance-writer.ts';

/** What stands in the record of changes as the author. */
const actor = { arn: 'deployment' };

/**
 * Stores a first document that opens nothing, where there is none: a gateway that has a policy knows that it knows nobody
 * (401), one that has none can only be out of order (503). A document that is there stays as it is.
 *
 * @param client of the home region
 * @returns whether there was none
 */
export async function seed(
  client: DynamoDBClient,
  table: string,
  clock: Clock,
  requestId: string,
): Promise<boolean> {
  const empty = parseDocument({ providers: {}, virtualKeys: [] }, deployedRules);
  if (!empty.ok) throw new Error('the empty document is not valid');
  const writer = new GovernanceWriter({ client, table, clock });
  try {
    await writer.put(empty.document, 0, {
      note: { action: 'document.replace', actor, requestId, changes: [] },
    });
    return true;
  } catch (error) {
    // Somebody else's document is there, or on its way.
    if (error instanceof StaleVersion || error instanceof WriteInProgress) return false;
    throw error;
  }
}
