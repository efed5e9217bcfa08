/** One task at a time for each item; tasks on different items run side by side. */
export class ItemLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `task` when every earlier task on any of these items is over. All items are claimed at once: no deadlock. */
  hold<T>(items: readonly string[], task: () => Promise<T>): Promise<T> {
    const result = Promise.all(items.map((item) => this.#tails.get(item))).then(task);
    const release = (): void => this.#release(items, tail);
    const tail: Promise<void> = result.then(release, release);
    for (const item of items) this.#tails.set(item, tail);
    return result;
  }

  #release(items: readonly string[], tail: Promise<void>): void {
    for (const item of items) if (this.#tails.get(item) === tail) this.#tails.delete(item);
  }
}
