import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readSites, regionsOf } from '../../lib/accounting/quota/sites.ts';
import { requiredOf } from '../../lib/stores/environment-values.ts';
import { globalTableState } from '../../lib/stores/replica-states.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { printLine } from '../../lib/telemetry/print-line.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { unhurriedClient } from '../../lib/transport/unhurried-client.ts';
import { maintain } from './maintain.ts';

const required = requiredOf(process.env);

const region = required('AWS_REGION');
const client = new DynamoDBClient({ region, ...unhurriedClient });
const { sites } = readSites(required(environmentNames.sites), required(environmentNames.site));

const environment = {
  region,
  deployment: required(environmentNames.deployment),
  regions: regionsOf(sites),
  tables: [required(environmentNames.governanceTable), required(environmentNames.quotasTable)],
  stateOf: (table: string) => globalTableState({ client, region }, table),
  clock: systemClock,
  log: printLine,
};

/** Called every few minutes; what comes with the call says nothing. */
export const handler = (): Promise<void> => maintain(environment);
