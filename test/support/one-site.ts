import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Environment } from '../../functions/gateway/environment.ts';
import type { Settlement } from '../../lib/domain/quota-ledger.ts';

/** The environment of a deployment in one region; settlements the ledger does not take are kept in `queued`. */
export const oneSite = (
  region: string,
  dynamo: DynamoDBClient,
  queued: Settlement[] = [],
): Pick<Environment, 'sites' | 'site' | 'dynamoOf' | 'settlementQueue'> => ({
  sites: [{ site: region, share: 1 }],
  site: region,
  dynamoOf: () => dynamo,
  settlementQueue: () => ({
    push: async (settlement) => void queued.push(settlement),
  }),
});
