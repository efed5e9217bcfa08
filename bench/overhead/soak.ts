import type { Rig } from './rig.ts';
import { linearFit } from './statistics.ts';

/** A leak of one object a request would be more; what caches and compiled code still settle is less. */
const tolerableBytesPerRequest = 8;
const stepsPerSoak = 10;
const warmUpRequests = 5_000;

export interface SoakPoint {
  readonly requests: number;
  /** After a full collection. */
  readonly heapUsedBytes: number;
  readonly rssBytes: number;
}

export interface SoakReport {
  readonly points: readonly SoakPoint[];
  readonly bytesPerRequest: number;
  readonly standardError: number;
  readonly grows: boolean;
}

/**
 * Whole replies and streams through one gateway process, its heap looked at ten times on the way. It grows if the line
 * fitted to the second half rises by more than `tolerableBytesPerRequest` even at the lower end of its 95 % interval.
 * The first half is left out: V8 drops megabytes of code there that only the start needed, which would hide a leak.
 */
export async function soak(
  rig: Rig,
  requests: number,
  onPoint: (point: SoakPoint) => void,
): Promise<SoakReport> {
  const { worker, target } = await rig.place('gateway', ['--expose-gc']);
  const send = (count: number) =>
    rig.send({
      targets: [target],
      workloads: ['json-1k', 'stream-10'],
      count,
      pace: { kind: 'full', concurrency: 32 },
    });
  const points: SoakPoint[] = [];
  const look = async (sent: number): Promise<void> => {
    const { heapUsedBytes, rssBytes } = await worker.figures(true);
    points.push({ requests: sent, heapUsedBytes, rssBytes });
    onPoint({ requests: sent, heapUsedBytes, rssBytes });
  };
  await send(Math.min(warmUpRequests, requests));
  await look(0);
  const step = Math.ceil(requests / stepsPerSoak);
  for (let sent = 0; sent < requests;) {
    const count = Math.min(step, requests - sent);
    await send(count);
    sent += count;
    await look(sent);
  }
  await worker.stop();
  const settled = points.filter((point) => point.requests >= requests / 2);
  const { slope, standardError } = linearFit(settled.map(({ requests: x, heapUsedBytes: y }) => ({ x, y })));
  return {
    points,
    bytesPerRequest: slope,
    standardError,
    grows: slope - 2 * standardError > tolerableBytesPerRequest,
  };
}
