import * as z from 'zod';
import { adminRoles } from '../../lib/admin/routes.ts';
import { addressRange, arnOf, hostName, rangeWithin } from './names.ts';

/**
 * Hosts of the gateway: `<region>.<name>` of a region, `<zone>.<name>` of a residency zone, which never resolves outside
 * it, and `<name>` itself where `globalHost` asks for it.
 */
export const domainSchema = z.strictObject({
  name: hostName,
  /**
   * The Route 53 zone that has the name, or a parent of it. Absent (private APIs only): every region has a private zone
   * of its own for its VPC.
   */
  hostedZone: z
    .strictObject({
      id: z.string().regex(/^Z[A-Z0-9]{5,31}$/, 'expected the id of a hosted zone, such as "Z0123456789ABC"'),
      name: hostName,
    })
    .optional(),
  /** The nearest healthy region for whoever does not mind which; never for virtual keys with zones. */
  globalHost: z.boolean().default(false),
});

const principal = arnOf('iam', /(?:role|user)\/[\w+=,.@/-]+|root/, 'arn:aws:iam::111111111111:role/platform');

/** Who may assume which of the administration's roles. Empty: nobody; the policies are there to attach. */
export const administratorsSchema = z.strictObject({
  viewer: z.array(principal).default([]),
  operator: z.array(principal).default([]),
  owner: z.array(principal).default([]),
} satisfies Record<(typeof adminRoles)[number], unknown>);

/** Limits in front of the gateway, each answered before a function is paid for. */
export const apiSchema = z.strictObject({
  /** Of the stage: what the account's own quota (10,000 by default) leaves to this API. */
  requestsPerSecond: z.int().min(1).default(10_000),
  burst: z.int().min(1).default(5_000),
  /** Who may call at all, by resource policy; absent: everybody with a virtual key. */
  allowedRanges: z.array(addressRange).min(1).optional(),
});

/** WAF takes no set of all addresses. */
const firewallRange = rangeWithin(1, 32);

/**
 * AWS WAF in front of a regional API; about 5 $ a month and 0.60 $ a million requests. Its log `aws-waf-logs-<name>` stays
 * when it is taken away, and is deleted by hand before there can be another.
 */
export const firewallSchema = z.strictObject({
  /** Of one address in five minutes. */
  requestsPerAddress: z.int().min(10).max(2_000_000_000).default(10_000),
  /** Absent: every address that is not blocked. */
  allowedRanges: z.array(firewallRange).min(1).optional(),
  blockedRanges: z.array(firewallRange).min(1).optional(),
  /** WAF looks at the first 64 KB of a body at most: a larger limit is the gateway's own, 5 MB. */
  mostBodyKb: z.int().min(1).max(64).optional(),
});
