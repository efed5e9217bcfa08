/** Writes nobody waits for until the invocation ends. What fails is reported once for each time the store goes away. */
export class BackgroundWrites {
  readonly #onProblem: (message: string) => void;
  readonly #running = new Set<Promise<void>>();
  #failing = false;

  constructor(onProblem: (message: string) => void) {
    this.#onProblem = onProblem;
  }

  /** `what` names the store in a report; the error's own message may hold endpoints and is left out. */
  run(what: string, write: () => Promise<unknown>): Promise<void> {
    const running: Promise<void> = write().then(
      () => {
        this.#running.delete(running);
        this.#failing = false;
      },
      (error: unknown) => {
        this.#running.delete(running);
        if (!this.#failing) {
          const name = error instanceof Error ? error.name : 'unknown error';
          this.#onProblem(`${what} cannot be written (${name})`);
        }
        this.#failing = true;
      },
    );
    this.#running.add(running);
    return running;
  }

  /**
   * Resolves when what runs now is over, whatever others start meanwhile: a process that serves many requests never rests,
   * and none of them must wait for all. Never rejects.
   */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
