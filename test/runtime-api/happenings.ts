/** What happens around a function, in its order, and a way to wait for it without asking again and again. */
export class Happenings {
  readonly list: string[] = [];
  #watchers: {
    readonly condition: () => boolean;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  #end: Error | undefined;

  tell(what: string): void {
    this.list.push(what);
    this.stir();
  }

  /** Something that is on no list has changed. */
  stir(): void {
    this.#watchers = this.#watchers.filter(({ condition, resolve }) => {
      if (!condition()) return true;
      resolve();
      return false;
    });
  }

  /** Nothing more will happen: whoever still waits does so in vain. */
  finish(reason: string): void {
    this.stir();
    this.#end = new Error(reason);
    for (const { reject } of this.#watchers) reject(this.#end);
    this.#watchers = [];
  }

  count(what: string): number {
    return this.list.filter((each) => each === what).length;
  }

  /** Resolves once it is so; rejects if nothing more can make it so. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (condition()) resolve();
      else if (this.#end !== undefined) reject(this.#end);
      else this.#watchers.push({ condition, resolve, reject });
    });
  }
}
