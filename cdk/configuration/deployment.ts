import * as z from 'zod';
import { administratorsSchema, apiSchema, domainSchema, firewallSchema } from './access.ts';
import { capacitySchema, rolloutSchema } from './capacity.ts';
import { checkNetwork, checkRegions, checkTogether } from './consistency.ts';
import { arnOf, deploymentName, httpsUrl, regionName, siteName, zoneName } from './names.ts';
import { networkSchema } from './network.ts';
import { alarmsSchema, promptsSchema, retentionSchema } from './operations.ts';
import { regionSchema } from './region.ts';

export const deploymentSchema = z
  .strictObject({
    name: deploymentName,
    /** Twelve digits. Absent: the account of the credentials in use (CDK_DEFAULT_ACCOUNT), or any account. */
    account: z
      .string()
      .regex(/^\d{12}$/, 'expected the 12 digits of an AWS account, as a string')
      .optional(),
    /** Where the governance table is written; it must never change once deployed. */
    homeRegion: regionName,
    /** One gateway in each. Replicas come and go one per deployment (DynamoDB's rule for global tables). */
    regions: z.array(regionSchema).min(1),
    /** Sites that have left while windows they spent in are still running: what they spent still counts. */
    formerSites: z.array(siteName).default([]),
    network: networkSchema.default({ mode: 'public' }),
    domain: domainSchema.optional(),
    administrators: administratorsSchema.prefault({}),
    /** A managed policy every role is bound by, where the account demands one. */
    permissionsBoundaryArn: arnOf(
      'iam',
      /policy\/[\w+=,.@/-]+/,
      'arn:aws:iam::111111111111:policy/boundary',
    ).optional(),
    api: apiSchema.prefault({}),
    firewall: firewallSchema.optional(),
    capacity: capacitySchema.prefault({}),
    rollout: rolloutSchema.default({ kind: 'canary', percent: 10, minutes: 10 }),
    alarms: alarmsSchema.prefault({}),
    retention: retentionSchema.prefault({}),
    /** `xray`: a trace of every request API Gateway samples, with a span for each attempt. */
    tracing: z.enum(['off', 'xray']).default('off'),
    prompts: promptsSchema.optional(),
    /** Zone -> the endpoint a request for that zone is pointed to when it arrives elsewhere; a domain's hosts by default. */
    zoneEndpoints: z.record(zoneName, httpsUrl).default({}),
    /**
     * API Gateway writes access logs with one role per account and region. `create` sets it up; `existing` leaves it
     * to whoever owns that setting in the account.
     */
    apiGatewayLogRole: z.enum(['create', 'existing']).default('create'),
    /** What secrets of provider keys lie under; a deployment reads no other's. */
    secretPrefix: z
      .string()
      .regex(/^[\w-]{1,60}\/$/, 'expected letters, digits, "_" and "-", and a slash at the end')
      .optional(),
    tags: z.record(z.string().regex(/^(?!aws:).{1,128}$/), z.string().max(256)).default({}),
  })
  .transform(({ secretPrefix, zoneEndpoints, ...rest }) => ({
    ...rest,
    secretPrefix: secretPrefix ?? `${rest.name}/`,
    zoneEndpoints: { ...zoneHosts(rest), ...zoneEndpoints },
  }))
  // After the defaults are filled in, and only then: nothing is compared with what is wrong already.
  .superRefine((deployment, context) => {
    checkRegions(deployment, context);
    checkNetwork(deployment, context);
  });

export const deploymentsSchema = z
  .array(deploymentSchema)
  // As above: a transformation is not reached by what has failed, and neither are the checks behind it.
  .transform((deployments) => deployments)
  .superRefine(checkTogether);

/** The hosts of zones this deployment has regions in. */
function zoneHosts({
  domain,
  regions,
}: {
  readonly domain?: { readonly name: string } | undefined;
  readonly regions: readonly { readonly zones: readonly string[] }[];
}): Readonly<Record<string, string>> {
  if (domain === undefined) return {};
  const served = new Set(regions.flatMap(({ zones }) => zones));
  return Object.fromEntries([...served].map((zone) => [zone, `https://${zone}.${domain.name}`]));
}
