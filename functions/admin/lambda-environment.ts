import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DeadSettlements } from '../../lib/domain/dead-settlements.ts';
import { readSites, regionsOf } from '../../lib/accounting/quota/sites.ts';
import { deployedRules } from '../../lib/policy/document.ts';
import { listIn, requiredOf, urlPairsIn, type Variables } from '../../lib/stores/environment-values.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { unhurriedClient } from '../../lib/transport/unhurried-client.ts';
import { catalogServes } from './catalog-serves.ts';
import type { AdminEnvironment } from './environment.ts';
import { sqsSettlements } from './sqs-settlements.ts';

/**
 * The environment of a function on AWS.
 * @throws Error naming the variable that is missing or wrong: a deployment without it could not serve.
 */
export function lambdaEnvironment(variables: Variables): AdminEnvironment {
  const required = requiredOf(variables);
  const names = environmentNames;
  const region = required('AWS_REGION');
  const homeRegion = required(names.homeRegion);
  const dynamo = new DynamoDBClient({ region, ...unhurriedClient });
  const { sites, site } = readSites(required(names.sites), required(names.site));
  const queues = {
    queueUrl: required(names.settlementQueueUrl),
    deadQueueUrl: required(names.deadSettlementQueueUrl),
  };
  const endpoint = urlPairsIn(variables[names.replicaEndpoints], names.replicaEndpoints).get(homeRegion);
  const regions = regionsOf(sites);
  const airgapped = variables[names.networkMode] === 'airgapped';
  let secrets: Promise<SecretsManagerClient> | undefined;
  let settlements: Promise<DeadSettlements> | undefined;
  return {
    region,
    clock: systemClock,
    dynamo,
    homeDynamo:
      homeRegion === region
        ? dynamo
        : new DynamoDBClient({
            region: homeRegion,
            ...unhurriedClient,
            ...(endpoint !== undefined && { endpoint }),
          }),
    tableNames: {
      governance: required(names.governanceTable),
      quotas: required(names.quotasTable),
      health: required(names.healthTable),
      decisions: required(names.decisionsTable),
    },
    sites,
    site,
    settlements: () =>
      (settlements ??= sqsSettlements({
        ...queues,
        region,
        credentials: () => dynamo.config.credentials(),
      })),
    // Keys in clear are hashed before they are sent: none travels through a deployment's API.
    rules: {
      ...deployedRules,
      secretPrefix: required(names.secretPrefix),
      serves: catalogServes,
      ...(airgapped && { inHouse: { regions, domains: listIn(variables[names.inHouseDomains]) } }),
    },
    secrets: () => (secrets ??= secretsManager(region)),
    randomBytes,
    log: (record) => console.log(JSON.stringify(record)),
  };
}

async function secretsManager(region: string): Promise<SecretsManagerClient> {
  const sdk = await import('@aws-sdk/client-secrets-manager');
  return new sdk.SecretsManagerClient({ region, ...unhurriedClient });
}
