import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readSites } from '../../lib/accounting/quota/sites.ts';
import { regionOfSite } from '../../lib/domain/quota.ts';
import { globalTableState } from '../../lib/stores/replica-states.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { printLine } from '../../lib/telemetry/print-line.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { maintain } from './maintain.ts';

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
};

const region = required('AWS_REGION');
const client = new DynamoDBClient({
  region,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});
const { sites } = readSites(required(environmentNames.sites), required(environmentNames.site));

const environment = {
  region,
  deployment: required(environmentNames.deployment),
  regions: sites.filter(({ left }) => left !== true).map(({ site }) => regionOfSite(site)),
  tables: [required(environmentNames.governanceTable), required(environmentNames.quotasTable)],
  stateOf: (table: string) => globalTableState({ client, region }, table),
  clock: systemClock,
  log: printLine,
};

/** Called every few minutes; what comes with the call says nothing. */
export const handler = (): Promise<void> => maintain(environment);
