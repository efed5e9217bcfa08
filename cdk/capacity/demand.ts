import * as z from 'zod';

const amount = z.number().min(0);

/**
 * What is asked of a deployment at its busiest. Every field has a flag of its name, in small letters with hyphens.
 */
export const demandSchema = z.strictObject({
  /** At peak, of all regions together. */
  requestsPerSecond: z.number().positive(),
  /** Mean, from the request to the last byte. */
  seconds: z.number().positive(),
  /** Of the slowest in a hundred; absent: it is not known, and nothing is said of it. */
  p99Seconds: z.number().positive().optional(),
  /** Mean traffic of a month as a share of the peak: what is paid for by use follows the mean. */
  meanShare: z.number().gt(0).max(1).default(0.5),
  /** Regions that share the traffic evenly. */
  regions: z.int().min(1).default(1),
  /** Whose quotas and prices are taken. */
  region: z.string().default('us-east-1'),
  inputTokens: amount.default(1_000),
  outputTokens: amount.default(500),
  /** Share of requests that are streamed. */
  streamShare: amount.max(1).default(1),
  /** Targets asked for one request: retries, hedges and fallbacks included. */
  attempts: z.number().min(1).default(1),
  softQuotas: z.int().min(0).default(1),
  hardQuotas: z.int().min(0).default(0),
  owners: z.int().min(0).default(1),
  /** Share of requests that count against the busiest owner's quota. */
  busiestShare: z.number().gt(0).max(1).default(1),
  /** Of the busiest owner's quota. */
  lanes: z.int().min(1).max(16).default(1),
  providers: z.int().min(1).default(3),
  secrets: z.int().min(0).default(3),
  decisionKb: z.number().positive().default(2),
  snapshotKb: z.number().positive().default(2),
  /** Of the gateway function. */
  memoryMb: z.int().min(128).max(10_240).default(1_769),
  /** What the deployment lets one table take a second, reads and writes each. */
  tableUnitsPerSecond: z.int().min(1).default(20_000),
  /** Of a managed instance's environment, as `capacity.managedInstances` has them. */
  requestsPerEnvironment: z.int().min(1).default(64),
  environmentMemoryMb: z.int().min(2_048).default(4_096),
  /** GiB of memory for each vCPU of managed instances. */
  memoryGibPerVcpu: z.union([z.literal(2), z.literal(4), z.literal(8)]).default(2),
});

export type Demand = z.output<typeof demandSchema>;

/** Of one region. */
export const regionalRate = ({ requestsPerSecond, regions }: Demand): number => requestsPerSecond / regions;
