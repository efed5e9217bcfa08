import * as z from 'zod';
import { workloadNames } from './workload.ts';

/** What the load process is asked, and what it answers. */
const target = z.object({ name: z.string(), port: z.number(), key: z.string().optional() });
export type LoadTarget = z.infer<typeof target>;

export const job = z.object({
  /** Taken in turn, request by request; the order is reversed each time around. */
  targets: z.array(target),
  workloads: z.array(z.enum(workloadNames)),
  count: z.number(),
  pace: z.discriminatedUnion('kind', [
    /** So many requests are always under way. */
    z.object({ kind: z.literal('full'), concurrency: z.number() }),
    /** One begins every `everyMs`, whatever became of those before. */
    z.object({ kind: z.literal('open'), everyMs: z.number() }),
    /** One at a time, `pauseMs` after the last one's end. */
    z.object({ kind: z.literal('serial'), pauseMs: z.number() }),
  ]),
});
export type LoadJob = z.infer<typeof job>;

export const loadResult = z.object({
  /** By target, in milliseconds, one figure a request. */
  firstByteMs: z.record(z.string(), z.array(z.number())),
  durationMs: z.record(z.string(), z.array(z.number())),
  /** Pieces of body a response arrived in, on average. */
  piecesPerResponse: z.number(),
});
export type LoadResult = z.infer<typeof loadResult>;
