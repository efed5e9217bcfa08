import * as z from 'zod';

/** Environments kept warm: paid for whether they are used or not. */
const provisioned = z
  .strictObject({
    min: z.int().min(1),
    max: z.int().min(1),
    /** Share of them in use at which more are asked for. */
    targetUtilization: z.number().min(0.1).max(0.9).default(0.7),
  })
  .refine(({ min, max }) => min <= max, { path: ['max'], message: 'expected at least `min`' });

/** The least memory Lambda gives for each vCPU of a managed instance; a gateway waits more than it holds. */
export const mbPerVcpu = 2_048;

/**
 * A second gateway function on Lambda managed instances, where one environment serves many requests: for thousands of
 * requests a second that mostly wait. Lambda never removes it from a function again, hence a function of its own.
 */
const managedInstances = z
  .strictObject({
    minEnvironments: z.int().min(3).default(3),
    maxEnvironments: z.int().min(3).default(30),
    /** Of all environments together. Lambda takes no fewer than 12. */
    maxVcpus: z.int().min(12).max(15_000).default(64),
    memoryMb: z.int().min(2_048).max(32_768).default(4_096),
    /** Requests one environment serves at a time. */
    requestsPerEnvironment: z.int().min(1).max(1_600).default(64),
  })
  .refine(({ minEnvironments, maxEnvironments }) => minEnvironments <= maxEnvironments, {
    path: ['maxEnvironments'],
    message: 'expected at least `minEnvironments`',
  })
  .refine(({ minEnvironments, memoryMb, maxVcpus }) => (minEnvironments * memoryMb) / mbPerVcpu <= maxVcpus, {
    path: ['maxVcpus'],
    message: `expected at least one for each ${mbPerVcpu.toLocaleString('en')} MB of \`minEnvironments\``,
  });

export const capacitySchema = z
  .strictObject({
    /** Of the gateway function. Lambda gives one whole vCPU at 1,769 MB, and CPU in proportion. */
    memoryMb: z.int().min(512).max(10_240).default(1769),
    /** The most environments at once, taken out of the account's own limit; absent: whatever that leaves. */
    reservedConcurrency: z.int().min(1).optional(),
    provisioned: provisioned.optional(),
    /** All requests go to it then: nothing is kept warm or reserved of the other. */
    managedInstances: managedInstances.optional(),
    /** DynamoDB serves no more than this of one table: what a runaway loop can cost has an end. */
    tableReadUnitsPerSecond: z.int().min(1).default(20_000),
    tableWriteUnitsPerSecond: z.int().min(1).default(20_000),
  })
  .refine(
    ({ provisioned: warm, reservedConcurrency = Infinity }) => (warm?.max ?? 0) <= reservedConcurrency,
    { path: ['provisioned', 'max'], message: 'expected at most `reservedConcurrency`' },
  )
  .superRefine(({ managedInstances: instances, provisioned: warm, reservedConcurrency }, context) => {
    if (instances === undefined) return;
    for (const [field, value] of Object.entries({ provisioned: warm, reservedConcurrency })) {
      const message = 'has no meaning where `managedInstances` serve';
      if (value !== undefined) context.addIssue({ code: 'custom', path: [field], message });
    }
  });

/** How a new version of the gateway takes over; alarms roll it back. */
export const rolloutSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all-at-once') }),
  z.strictObject({
    kind: z.literal('canary'),
    /** Of the requests: no fewer than what alarms on all of them see fail altogether. */
    percent: z.int().min(10).max(99).default(10),
    minutes: z.int().min(1).max(60).default(10),
  }),
]);
