import * as z from 'zod';
import { hostName, rangeWithin } from './names.ts';

/** Of a VPC that is made; regions that are to be peered need ranges of their own VPCs instead. */
const madeVpc = {
  addressRange: rangeWithin(16, 24).default('10.64.0.0/20'),
  availabilityZones: z.int().min(2).max(3).default(2),
};

/** How functions reach the world, and how the world reaches the API. */
export const networkSchema = z.discriminatedUnion('mode', [
  /** No VPC: functions call providers from Lambda's own network. Costs nothing when idle. */
  z.strictObject({ mode: z.literal('public') }),
  z.strictObject({
    mode: z.literal('vpc'),
    ...madeVpc,
    /** `nat` where a provider on the internet is configured, or rights are to be lent; `none`: endpoints only. */
    egress: z.enum(['nat', 'none']).default('nat'),
    /** One for each availability zone is what outlives the loss of one; one alone is what costs least. */
    natGateways: z.int().min(1).max(3).optional(),
    /** `private`: the API answers through VPC endpoints only. */
    api: z.enum(['regional', 'private']).default('regional'),
  }),
  /** No way to the internet, neither in nor out: private API, Bedrock and in-house providers. */
  z.strictObject({
    mode: z.literal('airgapped'),
    ...madeVpc,
    /** Names of in-house providers end in one of these, or in one that is reserved for private use (`internal`, ...). */
    inHouseDomains: z.array(hostName).default([]),
  }),
]);

export type Network = z.output<typeof networkSchema>;

/** Whether the API is reached through VPC endpoints only. */
export const isPrivate = (network: Network): boolean =>
  network.mode === 'airgapped' || (network.mode === 'vpc' && network.api === 'private');

/** Whether functions have a way to the internet, and so to providers and to DynamoDB of other regions. */
export const hasEgress = (network: Network): boolean =>
  network.mode === 'public' || (network.mode === 'vpc' && network.egress === 'nat');
