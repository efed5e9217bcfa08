import { RegionInfo } from 'aws-cdk-lib/region-info';
import * as z from 'zod';
import { didYouMean } from '../../lib/policy/nearest.ts';
import { zones } from '../../lib/policy/zones.ts';

// Texts a configuration consists of, each with what is expected of it.

/** Names of resources begin with it; tables of several deployments in one account are told apart by it. */
export const deploymentName = z
  .string()
  .regex(
    /^(?=.{1,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    'expected 1 to 20 of a-z, 0-9 and single "-" between them, beginning with a letter',
  );

const regionNames = RegionInfo.regions.map(({ name }) => name);

/** Of a region this version of the CDK knows: a misspelt one would fail only when it is deployed to. */
export const regionName = z
  .string()
  .regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, {
    error: 'expected the name of an AWS region, such as "eu-central-1"',
    abort: true,
  })
  .refine((name) => regionNames.includes(name), {
    error: ({ input }) =>
      `there is no AWS region "${String(input)}"${didYouMean(String(input), regionNames)}`,
  });

export const zoneName = z
  .string()
  .refine((zone) => Object.hasOwn(zones, zone), `expected a zone: ${Object.keys(zones).join(', ')}`);

export const siteName = z
  .string()
  .regex(
    /^[a-z]{2}(-[a-z]+)+-\d(\.\d+)?$/,
    'expected the name of a site, such as "eu-central-1" or "eu-central-1.2"',
  );

export const httpsUrl = z
  .string()
  .regex(/^https:\/\/[a-z0-9.-]+(\/[\w./-]*[\w-])?$/, 'expected an https URL without a trailing slash');

export const hostName = z
  .string()
  .max(200)
  .regex(
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    'expected a host name in small letters, such as "llm.example.com"',
  );

/** IPv4 only: API Gateway's resource policies, WAF's sets and VPCs are given the same ranges. */
export const addressRange = z
  .string()
  .regex(
    /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$|\/)|(?=\/))){4}\/(3[0-2]|[12]?\d)$/,
    'expected a range of IPv4 addresses, such as "10.0.0.0/16"',
  );

/** Addresses in a range: the length of what they have in common is left to whoever takes the range. */
export const rangeWithin = (widest: number, narrowest: number): typeof addressRange =>
  addressRange.refine(
    (range) => {
      const length = Number(range.split('/')[1]);
      return length >= widest && length <= narrowest;
    },
    { error: `expected /${widest} to /${narrowest}` },
  );

/** ARN of one service; which region it has to lie in is checked where the region is known. */
export const arnOf = (service: string, resource: RegExp, example: string): z.ZodString =>
  z
    .string()
    .regex(
      new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d{12}:(?:${resource.source})$`),
      `expected an ARN such as "${example}"`,
    );

/** The region an ARN names; empty for services without regions. */
export const regionOfArn = (arn: string): string => arn.split(':')[3] ?? '';
