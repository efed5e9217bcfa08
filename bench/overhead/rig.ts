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
  readonly #database: Worker;
  readonly #databasePort: number;
  /** The upstream itself. */
  readonly direct: LoadTarget;

  private constructor(
    { upstream, load, database }: Readonly<Record<'upstream' | 'load' | 'database', Worker>>,
    port: number,
    databasePort: number,
  ) {
    this.#upstream = upstream;
    this.#load = load;
    this.#database = database;
    this.#databasePort = databasePort;
    this.direct = { name: 'direct', port };
  }

  static async start(): Promise<Rig> {
    const upstream = await Worker.start('./upstream.ts', { processor: 0 });
    const load = await Worker.start('./load.ts', { processor: 0 });
    const database = await Worker.start('./database.ts', { processor: 0 });
    const { port } = await upstream.ask(address, 'address');
    const { port: databasePort } = await database.ask(address, 'address');
    return new Rig({ upstream, load, database }, port, databasePort);
  }

  async place(name: Between, nodeFlags: readonly string[] = []): Promise<Stand> {
    const env = {
      BENCH_UPSTREAM_PORT: String(this.direct.port),
      BENCH_DATABASE_PORT: String(this.#databasePort),
    };
    const worker = await Worker.start(`./${name}.ts`, { env, nodeFlags, processor: 1 });
    const { port, key } = await worker.ask(address, 'address');
    return { name, worker, target: { name, port, ...(key !== undefined && { key }) } };
  }

  /** Rejects if a single answer was not what it had to be. */
  send(job: LoadJob): Promise<LoadResult> {
    return this.#load.ask(loadResult, 'run', job);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#load, this.#upstream, this.#database].map((worker) => worker.stop()));
  }
}
