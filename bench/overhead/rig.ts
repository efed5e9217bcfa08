import * as z from 'zod';
import { Worker } from './ipc.ts';
import { type LoadJob, type LoadResult, loadResult, type LoadTarget } from './job.ts';

/** Who stands between client and upstream. */
export const between = ['proxy', 'gateway'] as const;
export type Between = (typeof between)[number];

/** One of them, in a process of its own. */
export interface Stand {
  readonly name: Between;
  readonly worker: Worker;
  readonly target: LoadTarget;
}

const address = z.object({ port: z.number(), key: z.string().optional() });

/** Upstream and client, which stay the same while what stands between them changes. */
export class Rig {
  readonly #upstream: Worker;
  readonly #load: Worker;
  /** The upstream itself. */
  readonly direct: LoadTarget;

  private constructor(upstream: Worker, load: Worker, port: number) {
    this.#upstream = upstream;
    this.#load = load;
    this.direct = { name: 'direct', port };
  }

  static async start(): Promise<Rig> {
    const upstream = await Worker.start('./upstream.ts', { processor: 0 });
    const load = await Worker.start('./load.ts', { processor: 0 });
    return new Rig(upstream, load, (await upstream.ask(address, 'address')).port);
  }

  async place(name: Between, nodeFlags: readonly string[] = []): Promise<Stand> {
    const env = { BENCH_UPSTREAM_PORT: String(this.direct.port) };
    const worker = await Worker.start(`./${name}.ts`, { env, nodeFlags, processor: 1 });
    const { port, key } = await worker.ask(address, 'address');
    return { name, worker, target: { name, port, ...(key !== undefined && { key }) } };
  }

  /** Rejects if a single answer was not what it had to be. */
  send(job: LoadJob): Promise<LoadResult> {
    return this.#load.ask(loadResult, 'run', job);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#load.stop(), this.#upstream.stop()]);
  }
}
