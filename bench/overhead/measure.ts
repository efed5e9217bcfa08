import * as z from 'zod';
import { Worker } from './ipc.ts';
import { type LoadJob, type LoadResult, loadResult, type LoadTarget } from './job.ts';
import { quantile } from './statistics.ts';
import type { WorkloadName } from './workload.ts';

/** How much is sent; the short run is for a look, not for quoting. */
export interface Effort {
  readonly rounds: number;
  readonly warmUp: Readonly<Record<CpuWorkload, number>>;
  readonly counts: Readonly<Record<CpuWorkload, number>>;
  /** Requests to each target, one at a time. */
  readonly lowRate: number;
  /** Streams to each target, at `streamsPerSecond`. */
  readonly streams: number;
}

export const cpuWorkloads = ['json-1k', 'json-50k', 'stream-1', 'stream-100'] as const satisfies WorkloadName[];
export type CpuWorkload = (typeof cpuWorkloads)[number];

export const streamsPerSecond = 200;
const concurrency = 32;

export const efforts: Readonly<Record<'full' | 'quick', Effort>> = {
  full: {
    rounds: 7,
    warmUp: { 'json-1k': 4_000, 'json-50k': 1_000, 'stream-1': 1_000, 'stream-100': 300 },
    counts: { 'json-1k': 8_000, 'json-50k': 3_000, 'stream-1': 4_000, 'stream-100': 1_000 },
    lowRate: 200,
    streams: 400,
  },
  quick: {
    rounds: 3,
    warmUp: { 'json-1k': 2_000, 'json-50k': 400, 'stream-1': 500, 'stream-100': 150 },
    counts: { 'json-1k': 3_000, 'json-50k': 1_000, 'stream-1': 1_500, 'stream-100': 300 },
    lowRate: 80,
    streams: 200,
  },
};

/** Who stands between client and upstream; each in a process of its own, fresh in every round. */
const between = ['proxy', 'gateway'] as const;
export type Between = (typeof between)[number];
export type Variant = 'direct' | Between;

export interface Round {
  /** CPU time of the process a request, in microseconds, user and system. */
  readonly cpuUs: Readonly<Record<Between, Readonly<Record<CpuWorkload, number>>>>;
  /** Pieces a client got of a stream of 100 chunks: equal, or the chunks melted together in one of them. */
  readonly piecesPerStream: Readonly<Record<Between, number>>;
  readonly lowRateMs: Readonly<Record<Variant, Quantiles>>;
  readonly firstTokenMs: Readonly<Record<Variant, Quantiles>>;
  readonly rssBytes: Readonly<Record<Between, number>>;
}

interface Quantiles {
  readonly median: number;
  readonly p99: number;
}

const address = z.object({ port: z.number(), key: z.string().optional() });

export class Bench {
  readonly #effort: Effort;
  readonly #upstream: Worker;
  readonly #load: Worker;
  readonly #direct: LoadTarget;

  private constructor(effort: Effort, upstream: Worker, load: Worker, direct: LoadTarget) {
    this.#effort = effort;
    this.#upstream = upstream;
    this.#load = load;
    this.#direct = direct;
  }

  static async start(effort: Effort): Promise<Bench> {
    const upstream = await Worker.start('./upstream.ts');
    const load = await Worker.start('./load.ts');
    const { port } = await upstream.ask(address, 'address');
    return new Bench(effort, upstream, load, { name: 'direct', port });
  }

  async stop(): Promise<void> {
    await Promise.all([this.#load.stop(), this.#upstream.stop()]);
  }

  /** Everything once; every other round takes the variants in the opposite order. */
  async round(index: number): Promise<Round> {
    const turned = <T>(items: readonly T[]): readonly T[] => (index % 2 === 0 ? items : items.toReversed());
    const stands: Stand[] = [];
    for (const name of turned(between)) stands.push(await this.#stand(name));
    for (const stand of stands) await this.#warmUp(stand);
    const cpu: Partial<Record<Between, Round['cpuUs'][Between]>> = {};
    const pieces: Partial<Record<Between, number>> = {};
    for (const workload of cpuWorkloads) {
      for (const stand of turned(stands)) {
      }
    }
    return { };
  }
}
