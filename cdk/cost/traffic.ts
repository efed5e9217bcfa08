import * as z from 'zod';

const amount = z.number().min(0);
const whole = z.int().min(0);

/**
 * What is asked of a deployment in a month, shared evenly by its regions and by the hours of the month. Every field has a
 * flag of its name, in small letters with hyphens.
 */
export const trafficSchema = z.strictObject({
  /** Of all regions together. */
  requests: amount.default(1_000_000),
  /** Mean, from the request to the last byte. */
  seconds: z.number().positive().default(5),
  inputKb: amount.default(1.5),
  outputKb: amount.default(4),
  /** Targets asked for one request: retries, hedges and fallbacks included. */
  attempts: z.number().min(1).default(1),
  /** Limits counted after the answer, over all owners of a request: one write each. */
  softQuotas: whole.default(1),
  /** Limits reserved first and settled after: two writes each. */
  hardQuotas: whole.default(0),
  /** Owners of a request whose consumption is written down: virtual key, team, customer. */
  owners: whole.default(1),
  /** Providers there is traffic to: each has metrics and health of its own. */
  providers: z.int().min(1).default(3),
  /** Secrets of providers' keys, in each region. */
  secrets: whole.default(3),
  /** Of a stored decision, kept for a week. */
  decisionKb: z.number().positive().default(2),
  /** Of a packed snapshot of health. */
  snapshotKb: z.number().positive().default(2),
  /** Lines of one request: access log, the function's own with its metrics, and Lambda's. */
  logKb: amount.default(3),
  /** Of governance and quotas, at each replica. */
  tableGb: amount.default(0.1),
  /** Share of requests served by managed instances, where a deployment has them. */
  managedShare: amount.max(1).default(0),
});

export type Traffic = z.output<typeof trafficSchema>;
