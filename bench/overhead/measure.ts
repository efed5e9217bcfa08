import { between, type Between, type Rig, type Stand } from './rig.ts';
import { quantile } from './statistics.ts';
import type { WorkloadName } from './workload.ts';

/**
 * How much is sent. For 25,000 requests V8 still compiles, which costs the larger program more; the short run stops
 * before that and is for a look, not for quoting.
 */
export interface Effort {
  readonly rounds: number;
  readonly warmUp: Readonly<Record<CpuWorkload, number>>;
  readonly counts: Readonly<Record<CpuWorkload, number>>;
  /** Requests to each, one at a time. */
  readonly lowRate: number;
  /** Streams to each, at `streamsPerSecond`. */
  readonly streams: number;
}

export const cpuWorkloads = [
  'json-1k',
  'json-50k',
  'stream-1',
  'stream-100',
] as const satisfies WorkloadName[];
export type CpuWorkload = (typeof cpuWorkloads)[number];

export const efforts: Readonly<Record<'full' | 'quick', Effort>> = {
  full: {
    rounds: 5,
    warmUp: { 'json-1k': 25_000, 'json-50k': 2_000, 'stream-1': 8_000, 'stream-100': 500 },
    counts: { 'json-1k': 8_000, 'json-50k': 2_000, 'stream-1': 4_000, 'stream-100': 800 },
    lowRate: 200,
    streams: 400,
  },
  quick: {
    rounds: 3,
    warmUp: { 'json-1k': 10_000, 'json-50k': 500, 'stream-1': 3_000, 'stream-100': 200 },
    counts: { 'json-1k': 4_000, 'json-50k': 1_000, 'stream-1': 1_500, 'stream-100': 300 },
    lowRate: 80,
    streams: 200,
  },
};

/** To each; of ten chunks, so that a stream waits for the gateway and not for its turn on the processor. */
export const streamsPerSecond = 200;
/** A pause after each request at low rate: everything a request left to do is done before the next. */
const pauseMs = 5;
const concurrency = 32;

export type Variant = 'direct' | Between;

export interface CpuSample {
  readonly round: number;
  readonly variant: Between;
  readonly workload: CpuWorkload;
  /** CPU time of its process a request, user and system. */
  readonly cpuUs: number;
  /** Pieces a client got per answer: were they fewer, chunks would have melted together and cost less. */
  readonly pieces: number;
}

export interface WaitSample {
  readonly round: number;
  readonly variant: Variant;
  /** A whole 1 KB answer, one at a time; or a stream's first token, at `streamsPerSecond`. */
  readonly what: 'answer' | 'firstToken';
  readonly medianMs: number;
  readonly p99Ms: number;
}

export interface MemorySample {
  readonly round: number;
  readonly variant: Between;
  readonly rssBytes: number;
}

export interface Samples {
  readonly cpu: readonly CpuSample[];
  readonly waits: readonly WaitSample[];
  readonly memory: readonly MemorySample[];
}

/** Everything once, on fresh processes; every other round takes them in the opposite order. */
export async function measureRound(rig: Rig, effort: Effort, round: number): Promise<Samples> {
  const turned = <T>(items: readonly T[]): readonly T[] => (round % 2 === 0 ? items : items.toReversed());
  const stands: Stand[] = [];
  for (const name of between) stands.push(await rig.place(name));
  for (const stand of turned(stands)) await warmUp(rig, effort, stand);

  const cpu: CpuSample[] = [];
  for (const workload of cpuWorkloads) {
    for (const stand of turned(stands)) {
      cpu.push({ round, ...(await measureCpu(rig, stand, workload, effort.counts[workload])) });
    }
  }
  const memory: MemorySample[] = [];
  for (const { name, worker } of stands) {
    memory.push({ round, variant: name, rssBytes: (await worker.figures()).rssBytes });
  }
  const waits = (await measureWaits(rig, effort, turned(stands), turned)).map((each) => ({ round, ...each }));
  await Promise.all(stands.map(({ worker }) => worker.stop()));
  return { cpu, waits, memory };
}

async function warmUp(rig: Rig, effort: Effort, { target }: Stand): Promise<void> {
  for (const workload of cpuWorkloads) {
    const count = effort.warmUp[workload];
    await rig.send({ targets: [target], workloads: [workload], count, pace: { kind: 'full', concurrency } });
  }
}

async function measureCpu(rig: Rig, { name, worker, target }: Stand, workload: CpuWorkload, count: number) {
  const before = await worker.figures();
  const { piecesPerResponse: pieces } = await rig.send({
    targets: [target],
    workloads: [workload],
    count,
    pace: { kind: 'full', concurrency },
  });
  const after = await worker.figures();
  return { variant: name, workload, cpuUs: (after.cpuUs - before.cpuUs) / count, pieces };
}

async function measureWaits(
  rig: Rig,
  effort: Effort,
  stands: readonly Stand[],
  turned: <T>(items: readonly T[]) => readonly T[],
): Promise<readonly Omit<WaitSample, 'round'>[]> {
  const targets = turned([rig.direct, ...stands.map(({ target }) => target)]);
  const waits: Omit<WaitSample, 'round'>[] = [];
  const note = (what: WaitSample['what'], byTarget: Readonly<Record<string, readonly number[]>>): void => {
    for (const variant of ['direct', ...between] as const) {
      const ms = byTarget[variant];
      if (ms !== undefined) {
        waits.push({ variant, what, medianMs: quantile(ms, 0.5), p99Ms: quantile(ms, 0.99) });
      }
    }
  };
  const serial = await rig.send({
    targets: [...targets],
    workloads: ['json-1k'],
    count: effort.lowRate * targets.length,
    pace: { kind: 'serial', pauseMs },
  });
  note('answer', serial.durationMs);
  // All at the same time, so that whatever else the machine does falls on each alike.
  const streams = await rig.send({
    targets: [...targets],
    workloads: ['stream-10'],
    count: effort.streams * targets.length,
    pace: { kind: 'open', everyMs: 1_000 / streamsPerSecond / targets.length },
  });
  note('firstToken', streams.firstByteMs);
  return waits;
}
