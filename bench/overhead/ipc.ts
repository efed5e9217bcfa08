import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

/** The processes of a bench talk in requests and answers over Node's own channel. */

const request = z.object({ id: z.number(), method: z.string(), params: z.unknown() });
const answer = z.object({ id: z.number(), result: z.unknown().optional(), error: z.string().optional() });

/** What a process has used since it began. */
export const figures = z.object({
  cpuUs: z.number(),
  rssBytes: z.number(),
  heapUsedBytes: z.number(),
});
export type Figures = z.infer<typeof figures>;

/** In the child: answers the parent until it disconnects, then ends. `figures` is answered by every process. */
export function answerParent(methods: Readonly<Record<string, (params: unknown) => unknown>>): void {
  const all: typeof methods = { figures: ownFigures, ...methods };
  process.on('message', (message) => {
    const { id, method, params } = request.parse(message);
    Promise.resolve(params)
      .then(all[method])
      .then(
        (result: unknown) => process.send?.({ id, result }),
        (error: unknown) => process.send?.({ id, error: String(error) }),
      );
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ id: 0 });
}

/** With `--expose-gc` and `{ collect: true }`, of the heap only what is still reachable is counted. */
function ownFigures(params: unknown): Figures {
  if (z.object({ collect: z.literal(true) }).safeParse(params).success) {
    // Twice: what finalizers let go of in the first pass is only gone after a second.
    globalThis.gc?.();
    globalThis.gc?.();
  }
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return { cpuUs: user + system, rssBytes: rss, heapUsedBytes: heapUsed };
}

/** Linux can hold a process on one processor: without that, where the kernel moves it decides half of its CPU time. */
export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** In the parent: a child process, and what it answers. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => {
      const { id, result, error } = answer.parse(message);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    child.on('exit', (code) => {
      for (const each of this.#waiting.values()) each.reject(new Error(`a bench process ended (${code})`));
      this.#waiting.clear();
    });
  }

  /** Starts a module of this folder, on one processor where that can be asked for, and waits until it is ready. */
  static async start(
    module: string,
    options: {
      readonly env?: Readonly<Record<string, string>>;
      readonly nodeFlags?: readonly string[];
      readonly processor?: number;
    } = {},
  ): Promise<Worker> {
    const { nodeFlags = [], processor } = options;
    const child = fork(fileURLToPath(new URL(module, import.meta.url)), {
      ...(processor === undefined || !canPin
        ? { execArgv: [...nodeFlags] }
        : { execPath: 'taskset', execArgv: ['-c', String(processor), process.execPath, ...nodeFlags] }),
      env: { ...process.env, ...options.env },
    });
    const worker = new Worker(child);
    const ready = Promise.withResolvers<unknown>();
    worker.#waiting.set(0, ready);
    await ready.promise;
    return worker;
  }

  /** Rejects where the other side threw, ended, or answered in another shape. */
  async ask<T>(shape: z.ZodType<T>, method: string, params: unknown = null): Promise<T> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#child.send({ id, method, params });
    return shape.parse(await waiting.promise);
  }

  figures(collect = false): Promise<Figures> {
    return this.ask(figures, 'figures', { collect });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.disconnect();
    });
  }
}
