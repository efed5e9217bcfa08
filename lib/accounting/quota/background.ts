/** What requests have set going and nobody waits for, until the end of the invocation. */
export class Background {
  readonly #running = new Set<Promise<void>>();
  readonly #onProblem: (message: string) => void;

  constructor(onProblem: (message: string) => void) {
    this.#onProblem = onProblem;
  }

  /** What fails is reported, never thrown. */
  run(work: () => Promise<unknown>): Promise<void> {
    const running: Promise<void> = work().then(
      () => void this.#running.delete(running),
      (error: unknown) => {
        this.#running.delete(running);
        this.#onProblem(error instanceof Error ? error.message : 'unknown error');
      },
    );
    this.#running.add(running);
    return running;
  }

  /** Resolves when nothing is running any more, whatever was started meanwhile. */
  async done(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
