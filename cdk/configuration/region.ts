import * as z from 'zod';
import { zones, zonesOfRegion } from '../../lib/policy/zones.ts';
import { addressRange, arnOf, httpsUrl, regionName, regionOfArn, siteName, zoneName } from './names.ts';

/** Less would be written with an exponent, and is no share of anything anyway. */
const leastShare = 1e-6;

const share = z
  .number()
  .min(0)
  .max(1)
  .refine((value) => value === 0 || value >= leastShare, `expected 0, or at least ${leastShare.toFixed(6)}`);

const awsId = (kind: string): z.ZodString =>
  z.string().regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `expected an id such as "${kind}-0a1b2c3d"`);

const keyArn = arnOf('kms', /key\/[\w-]+/, 'arn:aws:kms:eu-central-1:111111111111:key/…');

/** A VPC that exists. Nothing is looked up, so that a template depends on the configuration alone. */
const ownVpc = z
  .strictObject({
    id: awsId('vpc'),
    addressRange,
    /** In the order of their subnets. */
    availabilityZones: z.array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/)).min(2),
    privateSubnetIds: z.array(awsId('subnet')).min(2),
    /** Of those subnets, in their order: the gateway endpoint of DynamoDB is entered there. */
    routeTableIds: z.array(awsId('rtb')).min(2),
    /** `existing`: the VPC has every interface endpoint already, and only a security group is made. */
    endpoints: z.enum(['create', 'existing']).default('create'),
  })
  .superRefine(({ availabilityZones, privateSubnetIds, routeTableIds }, context) => {
    for (const [field, ids] of Object.entries({ privateSubnetIds, routeTableIds })) {
      if (ids.length === availabilityZones.length) continue;
      const message = `expected one for each of the ${availabilityZones.length} availability zones`;
      context.addIssue({ code: 'custom', path: [field], message });
    }
  });

export const regionSchema = z
  .strictObject({
    region: regionName,
    /** Residency zones this region serves; absent: every zone it lies in. May be fewer, never others. */
    zones: z.array(zoneName).optional(),
    /** Part of every limit this region may spend by itself; absent for all: equal parts. One that joins declares 0. */
    share: share.optional(),
    /** Its name in the quota ledger: `<region>.2` for a region that joins for the second time. */
    site: siteName.optional(),
    /** Bring your own VPC; absent: one is made, where the network's mode asks for one. */
    vpc: ownVpc.optional(),
    /**
     * VPC endpoints of execute-api, beside the deployment's own, whose callers may reach a private API. With a domain they
     * have to be of the same account: only an endpoint's owner can associate it with a private host.
     */
    callerEndpointIds: z.array(awsId('vpce')).default([]),
    /**
     * Bring your own KMS keys: of tables, queue and secrets; of logs and alarms. The policy of the latter has to let
     * `logs.<region>.amazonaws.com` and `cloudwatch.amazonaws.com` use it, as `constructs/state/region-keys.ts` writes it.
     * Absent: keys are made.
     */
    keyArns: z.strictObject({ data: keyArn, operations: keyArn }).optional(),
    /** Bring your own certificate for the domain's hosts; absent: one is made, validated in the hosted zone. */
    certificateArn: arnOf(
      'acm',
      /certificate\/[\w-]+/,
      'arn:aws:acm:eu-central-1:111111111111:certificate/…',
    ).optional(),
    /** Bring your own SNS topic for alarms; absent: one is made, where anybody is to be told. */
    alarmTopicArn: arnOf('sns', /[\w-]+/, 'arn:aws:sns:eu-central-1:111111111111:alarms').optional(),
    /** Region -> URL of its DynamoDB as it is reached over a private way (an interface endpoint, by peering). */
    replicaEndpoints: z.record(regionName, httpsUrl).default({}),
  })
  .superRefine(({ region, zones: chosen = [], site = region, ...rest }, context) => {
    const say = (path: PropertyKey[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    if (site.replace(/\.\d+$/, '') !== region) {
      const message = `expected "${region}", or "${region}.<n>" for a region that has been there before`;
      say(['site'], message);
    }
    const lawful = zonesOfRegion(region);
    chosen.forEach((zone, index) => {
      if (Object.hasOwn(zones, zone) && !lawful.includes(zone)) {
        const reason = `${region} lies in ${lawful.join(', ') || 'no zone'}; a region cannot serve another zone`;
        say(['zones', index], reason);
      }
    });
    const { keyArns, certificateArn, alarmTopicArn, vpc } = rest;
    const arns: readonly (readonly [path: readonly string[], arn: string | undefined])[] = [
      [['keyArns', 'data'], keyArns?.data],
      [['keyArns', 'operations'], keyArns?.operations],
      [['certificateArn'], certificateArn],
      [['alarmTopicArn'], alarmTopicArn],
    ];
    for (const [path, arn] of arns) {
      if (arn === undefined || regionOfArn(arn) === region) continue;
      say([...path], `expected one of ${region}`);
    }
    vpc?.availabilityZones.forEach((zone, index) => {
      if (zone.startsWith(region)) return;
      say(['vpc', 'availabilityZones', index], `expected one of ${region}`);
    });
  })
  .transform(({ region, zones: chosen, site, ...rest }) => ({
    ...rest,
    region,
    zones: chosen ?? zonesOfRegion(region),
    site: site ?? region,
  }));
