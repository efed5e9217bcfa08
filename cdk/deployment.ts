import * as logs from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { zones, zonesOfRegion } from '../lib/policy/zones.ts';

/** Names of resources begin with it; tables of several deployments in one account are told apart by it. */
const deploymentName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,19}$/, 'expected 1 to 20 of a-z, 0-9 and "-", beginning with a letter');

const regionName = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected the name of an AWS region, such as "eu-central-1"');

const zoneName = z
  .string()
  .refine((zone) => Object.hasOwn(zones, zone), `expected a zone: ${Object.keys(zones).join(', ')}`);

const siteName = z
  .string()
  .regex(
    /^[a-z]{2}(-[a-z]+)+-\d(\.\d+)?$/,
    'expected the name of a site, such as "eu-central-1" or "eu-central-1.2"',
  );

const httpsUrl = z
  .string()
  .regex(/^https:\/\/[a-z0-9.-]+(\/[\w./-]*[\w-])?$/, 'expected an https URL without a trailing slash');

/** Less would be written with an exponent, and is no share of anything anyway. */
const leastShare = 1e-6;

const regionSchema = z
  .strictObject({
    region: regionName,
    /** Residency zones this region serves; absent: every zone it lies in. May be fewer, never others. */
    zones: z.array(zoneName).optional(),
    /** Part of every limit this region may spend by itself; absent for all: equal parts. One that joins declares 0. */
    share: z
      .number()
      .min(0)
      .max(1)
      .refine(
        (share) => share === 0 || share >= leastShare,
        `expected 0, or at least ${leastShare.toFixed(6)}`,
      )
      .optional(),
    /** Its name in the quota ledger: `<region>.2` for a region that joins for the second time. */
    site: siteName.optional(),
  })
  .superRefine(({ region, zones: chosen = [], site = region }, context) => {
    if (site.replace(/\.\d+$/, '') !== region) {
      const message = `expected "${region}", or "${region}.<n>" for a region that has been there before`;
      context.addIssue({ code: 'custom', path: ['site'], message });
    }
    const lawful = zonesOfRegion(region);
    chosen.forEach((zone, index) => {
      if (Object.hasOwn(zones, zone) && !lawful.includes(zone)) {
        const reason = `${region} lies in ${lawful.join(', ') || 'no zone'}; a region cannot serve another zone`;
        context.addIssue({ code: 'custom', path: ['zones', index], message: reason });
      }
    });
  })
  .transform(({ region, zones: chosen, share, site }) => ({
    region,
    zones: chosen ?? zonesOfRegion(region),
    site: site ?? region,
    ...(share !== undefined && { share }),
  }));

const deploymentSchema = z
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
    /** Of the gateway function. Lambda gives one whole vCPU at 1,769 MB, and CPU in proportion. */
    memoryMb: z.int().min(512).max(10_240).default(1769),
    logRetentionDays: z.enum(logs.RetentionDays).exclude(['INFINITE']).default(logs.RetentionDays.ONE_MONTH),
    /** Zone -> the endpoint a request for that zone is pointed to when it arrives elsewhere. */
    zoneEndpoints: z.record(zoneName, httpsUrl).default({}),
    /**
     * API Gateway writes access logs with one role per account and region. `create` sets it up; `existing` leaves it
     * to whoever owns that setting in the account.
     */
    apiGatewayLogRole: z.enum(['create', 'existing']).default('create'),
    tags: z.record(z.string().regex(/^(?!aws:).{1,128}$/), z.string().max(256)).default({}),
  })
  .superRefine(({ homeRegion, regions, formerSites }, context) => {
    const names = regions.map(({ region }) => region);
    if (!names.includes(homeRegion)) {
      const message = `expected one of the deployment's own regions: ${names.join(', ')}`;
      context.addIssue({ code: 'custom', path: ['homeRegion'], message });
    }
    reportRepeated(names, (index) => ['regions', index, 'region'], context);
    reportRepeated(
      [...regions.map(({ site }) => site), ...formerSites],
      (index) =>
        index < regions.length ? ['regions', index, 'site'] : ['formerSites', index - regions.length],
      context,
    );
    const shares = regions.flatMap(({ share }) => (share === undefined ? [] : [share]));
    if (shares.length > 0 && shares.length < regions.length) {
      const message = 'expected a share for every region, or for none (equal parts)';
      context.addIssue({ code: 'custom', path: ['regions'], message });
    }
    const sum = shares.reduce((total, share) => total + share, 0);
    if (sum > 1 + 1e-9) {
      const message = `expected shares that sum to at most 1, not to ${sum}`;
      context.addIssue({ code: 'custom', path: ['regions'], message });
    }
  });

const deploymentsSchema = z.array(deploymentSchema).superRefine((deployments, context) =>
  reportRepeated(
    deployments.map(({ name }) => name),
    (index) => [index, 'name'],
    context,
  ),
);

export type Deployment = z.output<typeof deploymentSchema>;
export type DeploymentRegion = Deployment['regions'][number];
export type DeploymentInput = z.input<typeof deploymentSchema>;

/** A configuration that cannot be deployed: the message names every wrong field and the value it had. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Checks deployments and fills in what they leave out.
 * @throws ConfigurationError naming each wrong field, what was expected and what was received.
 */
export function readDeployments(value: unknown): readonly Deployment[] {
  const result = deploymentsSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => describe(value, [...issue.path, key], 'there is no such field'))
      : [describe(value, issue.path, issue.message)],
  );
  throw new ConfigurationError(`cdk/config.ts is not valid:\n${problems.join('\n')}`);
}

function describe(root: unknown, path: readonly PropertyKey[], reason: string): string {
  const field = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const received = path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    root,
  );
  return `  deployments${field}: ${reason}; received ${JSON.stringify(received) ?? 'nothing'}`;
}

function reportRepeated(
  names: readonly string[],
  pathOf: (index: number) => PropertyKey[],
  context: z.RefinementCtx,
): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) {
      context.addIssue({ code: 'custom', path: pathOf(index), message: `"${name}" is there twice` });
    }
  });
}
