import * as z from 'zod';

/** What the admin API answers about settlements and sites, as far as the command line shows it. */

export const settlements = z.object({
  region: z.string(),
  waiting: z.number(),
  dead: z.number(),
  deadSince: z.string().optional(),
  lastReplay: z.object({ state: z.string(), moved: z.number(), startedAt: z.string() }).optional(),
});
export const replayedSettlements = settlements.extend({ begun: z.boolean() });

const remainder = z.object({ reason: z.string(), amount: z.number(), attempts: z.number().optional() });
export type Remainder = z.infer<typeof remainder>;

export const leftRegion = z.object({
  site: z.string(),
  heirs: z.array(z.string()),
  looked: z.number(),
  quotas: z.array(
    z.object({
      owner: z.string(),
      quota: z.string(),
      unit: z.string(),
      until: z.string(),
      handedOver: z.record(z.string(), z.number()),
      remains: z.array(remainder),
    }),
  ),
  unreadable: z.array(z.string()).optional(),
  next: z.string().optional(),
});
