import { randomBytes } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AdminEnvironment } from '../admin/environment.ts';
import type { AdminGateway } from './admin-gateway.ts';
import type { Database } from './database.ts';
import { localRules } from './governance.ts';

export interface AdministrationOptions extends Pick<
  AdminEnvironment,
  'region' | 'clock' | 'sites' | 'site' | 'settlements' | 'secrets' | 'readEnv' | 'log'
> {
  readonly database: Pick<Database, 'client' | 'tableNames'>;
  /** The first is home. */
  readonly regions: readonly string[];
  /** A client of another region's replica, as seen from this one. */
  readonly dynamoOf: (region: string) => DynamoDBClient;
}

/** The admin function of one region, as it is deployed, behind the signatures of this machine's own administrators. */
export async function startAdministration(
  options: AdministrationOptions,
  secret: string,
  onFailure: (requestId: string, error: unknown) => void,
): Promise<AdminGateway> {
  const { region, regions, database, dynamoOf, clock } = options;
  const [{ createAdminHandler }, { createAdministration }, { createAdminGateway }] = await Promise.all([
    import('../admin/create-handler.ts'),
    import('../admin/administration.ts'),
    import('./admin-gateway.ts'),
  ]);
  const handler = createAdminHandler(
    createAdministration({
      ...options,
      dynamo: database.client,
      homeDynamo: dynamoOf(regions[0] ?? region),
      tableNames: database.tableNames,
      rules: localRules,
      randomBytes,
    }),
  );
  return createAdminGateway({ handler, region, secret, clock, onFailure });
}
