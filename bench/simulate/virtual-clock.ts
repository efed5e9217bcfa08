import type { Clock, Timer } from '../../lib/domain/ports.ts';

class VirtualTimer implements Timer {
  readonly atMs: number;
  readonly order: number;
  fire: (() => void) | undefined;
  readonly #cancelled: () => void;

  constructor(atMs: number, order: number, fire: () => void, cancelled: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.fire = fire;
    this.#cancelled = cancelled;
  }

  cancel(): void {
    if (this.fire === undefined) return;
    this.fire = undefined;
    this.#cancelled();
  }
}

const before = (a: VirtualTimer, b: VirtualTimer): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/**
 * Time that jumps to the next thing that is due. Timers of one moment fire in the order they were set, each followed by
 * everything it set off, so that a run is the same whenever it is repeated.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #heap: VirtualTimer[] = [];
  #order = 0;
  #cancelled = 0;
  readonly #onCancel = (): void => void (this.#cancelled += 1);

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): Timer {
    const atMs = this.#nowMs + Math.max(0, Math.ceil(delayMs));
    const timer = new VirtualTimer(atMs, this.#order++, fire, this.#onCancel);
    // Most timers are deadlines that are never met: what is cancelled must not outgrow what is not.
    if (this.#cancelled > 1_000 && this.#cancelled * 2 > this.#heap.length) this.#forgetCancelled();
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
    return timer;
  }

  /** Lets everything happen that is due until then, and stops there. */
  async runUntil(untilMs: number): Promise<void> {
    for (let next = this.#first(); next !== undefined && next.atMs <= untilMs; next = this.#first()) {
      await this.#fire(next);
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** Lets time pass for as long as `goesOn`. Rejects where nothing is due any more and it still would. */
  async runWhile(goesOn: () => boolean): Promise<void> {
    await quiet();
    while (goesOn()) {
      const next = this.#first();
      if (next === undefined) throw new Error('a simulated request waits for something that never happens');
      await this.#fire(next);
    }
  }

  #fire(timer: VirtualTimer): Promise<void> {
    this.#removeFirst();
    this.#nowMs = Math.max(this.#nowMs, timer.atMs);
    const { fire } = timer;
    // Fired once: cancelling it from now on changes nothing.
    timer.fire = undefined;
    fire?.();
    return quiet();
  }

  /** The next timer that is not cancelled. */
  #first(): VirtualTimer | undefined {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || first.fire !== undefined) return first;
      this.#removeFirst();
      this.#cancelled -= 1;
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0;) {
      const parentAt = (at - 1) >> 1;
      const [timer, parent] = [heap[at], heap[parentAt]];
      if (timer === undefined || parent === undefined || before(parent, timer)) return;
      heap[at] = parent;
      heap[parentAt] = timer;
      at = parentAt;
    }
  }

  #sink(from: number): void {
    const heap = this.#heap;
    for (let at = from; ;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) return;
      const childAt = right !== undefined && before(right, left) ? 2 * at + 2 : 2 * at + 1;
      const [timer, child] = [heap[at], heap[childAt]];
      if (timer === undefined || child === undefined || before(timer, child)) return;
      heap[at] = child;
      heap[childAt] = timer;
      at = childAt;
    }
  }

  #forgetCancelled(): void {
    this.#heap = this.#heap.filter(({ fire }) => fire !== undefined);
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at -= 1) this.#sink(at);
    this.#cancelled = 0;
  }
}

/** Lets every promise that is ready run. Node runs a tick set from a microtask only when no microtask is left. */
export const quiet = (): Promise<void> =>
  Promise.resolve().then(() => new Promise((resolve) => process.nextTick(resolve)));
