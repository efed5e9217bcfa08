/** Says each outage once: a thing that fails is reported again only after it has worked. */
export class Outages {
  readonly #onProblem: (line: string) => void;
  readonly #failing = new Set<string>();

  constructor(onProblem: (line: string) => void) {
    this.#onProblem = onProblem;
  }

  /** Undefined if the work failed. Never rejects. The error's own message may hold endpoints and is left out. */
  async watch<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const done = await work();
      this.#failing.delete(what);
      return done;
    } catch (error) {
      if (!this.#failing.has(what)) {
        this.#failing.add(what);
        this.#onProblem(`${what} (${error instanceof Error ? error.name : 'unknown error'})`);
      }
      return undefined;
    }
  }
}
