import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readSites } from '../../lib/accounting/quota/sites.ts';
import { deployedRules } from '../../lib/policy/document.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { catalogServes } from './catalog-serves.ts';
import type { AdminEnvironment } from './environment.ts';

/** People wait for these: longer than requests do, as whole documents are read and stored. */
const awsClient = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};

/**
 * The environment of a function on AWS.
 * @throws Error naming the variable that is missing or wrong: a deployment without it could not serve.
 */
export function lambdaEnvironment(variables: Readonly<Record<string, string | undefined>>): AdminEnvironment {
  const required = (name: string): string => {
    const value = variables[name];
    if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
    return value;
  };
  const region = required('AWS_REGION');
  const homeRegion = required(environmentNames.homeRegion);
  const dynamo = new DynamoDBClient({ region, ...awsClient });
  let secrets: Promise<SecretsManagerClient> | undefined;
  return {
    region,
    clock: systemClock,
    dynamo,
    homeDynamo: homeRegion === region ? dynamo : new DynamoDBClient({ region: homeRegion, ...awsClient }),
    tableNames: {
      governance: required(environmentNames.governanceTable),
      quotas: required(environmentNames.quotasTable),
      health: required(environmentNames.healthTable),
      decisions: required(environmentNames.decisionsTable),
    },
    sites: readSites(required(environmentNames.sites), required(environmentNames.site)).sites,
    // Keys in clear are hashed before they are sent: none travels through a deployment's API.
    rules: { ...deployedRules, secretPrefix: required(environmentNames.secretPrefix), serves: catalogServes },
    secrets: () => (secrets ??= secretsManager(region)),
    randomBytes,
    log: (record) => console.log(JSON.stringify(record)),
  };
}

async function secretsManager(region: string): Promise<SecretsManagerClient> {
  const sdk = await import('@aws-sdk/client-secrets-manager');
  return new sdk.SecretsManagerClient({ region, ...awsClient });
}
