import { Agent, request } from 'node:http';
import { answerParent } from './ipc.ts';
import { job, type LoadResult, type LoadTarget } from './job.ts';
import { path, replyBytes, terminator, type WorkloadName, workloadNames, workloads } from './workload.ts';

/**
 * The client of the bench, in a process of its own. Every answer is checked: status, length, and a stream's last words.
 */
const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });

const ready = new Map(
  workloadNames.map((name) => {
    const workload = workloads[name];
    return [
      name,
      {
        body: Buffer.from(workload.requestBody),
        expectedBytes: replyBytes(workload),
        ending: Buffer.from(workload.reply.kind === 'stream' ? terminator : ''),
      },
    ];
  }),
);

interface Timing {
  readonly firstByteMs: number;
  readonly durationMs: number;
  readonly pieces: number;
}

function send(to: LoadTarget, name: WorkloadName): Promise<Timing> {
  const { body, expectedBytes, ending } = ready.get(name) ?? missing(name);
  return new Promise((resolve, reject) => {
    const wrong = (what: string): void => reject(new Error(`${to.name}, ${name}: ${what}`));
    const outgoing = request({
      agent,
      host: '127.0.0.1',
      port: to.port,
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        ...(to.key === undefined ? {} : { authorization: `Bearer ${to.key}` }),
      },
    });
    const startedMs = performance.now();
    outgoing.on('error', (error) => wrong(error.message));
    outgoing.on('response', (response) => {
      let firstByteMs = 0;
      let bytes = 0;
      let pieces = 0;
      let last: Buffer = body;
      response.on('data', (piece: Buffer) => {
        if (pieces === 0) firstByteMs = performance.now() - startedMs;
        pieces += 1;
        bytes += piece.length;
        last = piece;
      });
      response.on('end', () => {
        if (response.statusCode !== 200) return wrong(`status ${response.statusCode}`);
        if (bytes !== expectedBytes) return wrong(`${bytes} bytes instead of ${expectedBytes}`);
        if (!last.subarray(last.length - ending.length).equals(ending)) return wrong('another last chunk');
        resolve({ firstByteMs, durationMs: performance.now() - startedMs, pieces });
      });
      response.on('error', (error) => wrong(error.message));
    });
    outgoing.end(body);
  });
}

const missing = (what: string): never => {
  throw new Error(`nothing to send: ${what}`);
};

async function run(params: unknown): Promise<LoadResult> {
  const { targets, workloads: names, count, pace } = job.parse(params);
  const firstByteMs: Record<string, number[]> = {};
  const durationMs: Record<string, number[]> = {};
  let pieces = 0;
  const one = async (index: number): Promise<void> => {
    const round = Math.floor(index / targets.length);
    const turn = index % targets.length;
    const to = targets[round % 2 === 0 ? turn : targets.length - 1 - turn] ?? missing('no target');
    const timing = await send(to, names[index % names.length] ?? missing('no workload'));
    (firstByteMs[to.name] ??= []).push(timing.firstByteMs);
    (durationMs[to.name] ??= []).push(timing.durationMs);
    pieces += timing.pieces;
  };
  if (pace.kind === 'open') await openLoop(one, count, pace.everyMs);
  else {
    const concurrency = pace.kind === 'full' ? pace.concurrency : 1;
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < count) {
        await one(next++);
        if (pace.kind === 'serial') await after(pace.pauseMs);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
  }
  return { firstByteMs, durationMs, piecesPerResponse: pieces / count };
}

/** By the clock, so that a late start does not shift those after it. */
async function openLoop(
  one: (index: number) => Promise<void>,
  count: number,
  everyMs: number,
): Promise<void> {
  const under: Promise<void>[] = [];
  let failure: unknown;
  const startedMs = performance.now();
  for (let index = 0; index < count; index += 1) {
    const waitMs = startedMs + index * everyMs - performance.now();
    if (waitMs > 0) await after(waitMs);
    under.push(one(index).catch((error: unknown) => void (failure ??= error)));
  }
  await Promise.all(under);
  if (failure !== undefined) throw failure;
}

const after = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

answerParent({ run });
