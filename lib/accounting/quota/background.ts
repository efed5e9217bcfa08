/** A settlement that was refused is queued, a charge near the limit borrows: nothing sets more going than that. */
const mostTurns = 4;

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

  /**
   * Resolves when what runs now is over, and what that has set going in turn. A process that serves many requests never
   * rests: none of them waits for all.
   */
  async done(): Promise<void> {
    for (let turn = 0; turn < mostTurns && this.#running.size > 0; turn += 1)
      await Promise.all(this.#running);
  }
}
