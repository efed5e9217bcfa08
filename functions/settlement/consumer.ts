import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { QuotaLedger } from '../../lib/accounting/quota/ledger.ts';
import type { Clock, Random } from '../../lib/domain/ports.ts';
import type { Settlement } from '../../lib/domain/quota-ledger.ts';
import type { Site } from '../../lib/domain/quota.ts';
import { QuotaStore } from '../../lib/stores/quota-store.ts';

export interface ConsumerEnvironment {
  readonly region: string;
  readonly sites: readonly Site[];
  readonly site: string;
  /** The quotas table. */
  readonly table: string;
  readonly dynamoOf: (region: string) => DynamoDBClient;
  readonly clock: Clock;
  readonly random: Random;
}

/** Carries a queued settlement out. Rejects with LedgerUnavailable: deliver it again. */
export type Consumer = (settlement: Settlement) => Promise<void>;

export function createConsumer(environment: ConsumerEnvironment): Consumer {
  const { region, sites, site, table, dynamoOf, clock, random } = environment;
  const store = new QuotaStore({ region, table, clientFor: dynamoOf });
  // Nothing is queued from here: what fails stays in the queue it came from.
  const queue = { push: () => Promise.reject(new Error('settlements are delivered again instead')) };
  const ledger = new QuotaLedger({ store, queue, clock, random, onProblem: () => undefined }, sites, site);
  return (settlement) => ledger.apply(settlement);
}
