import type { Cancellation, Clock } from '../domain/ports.ts';

/** Why something was cancelled, where that says something of what it was. */
export type CancelReason =
  /** Another target answered first; when that one had been asked. */
  { readonly kind: 'outrun'; readonly winnerSentMs: number } | { readonly kind: 'deadline' };

/** One switch for everything a request, or one attempt of it, has started. Pulling it twice changes nothing. */
export class CancelSwitch implements Cancellation {
  #listeners = new Set<() => void>();
  #cancelled = false;
  #reason: CancelReason | undefined;

  get cancelled(): boolean {
    return this.#cancelled;
  }

  get reason(): CancelReason | undefined {
    return this.#reason;
  }

  cancel(reason?: CancelReason): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = new Set();
    for (const listener of listeners) listener();
  }

  onCancel(listener: () => void): void {
    if (this.#cancelled) listener();
    else this.#listeners.add(listener);
  }

  forget(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** A switch that this one pulls too. */
  child(): CancelSwitch {
    const child = new CancelSwitch();
    const pull = (): void => child.cancel(this.#reason);
    this.onCancel(pull);
    child.onCancel(() => this.forget(pull));
    return child;
  }
}

/** Waits, or returns at once when cancelled. */
export function pause(clock: Clock, delayMs: number, cancel: CancelSwitch): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(delayMs, () => {
      cancel.forget(stop);
      resolve();
    });
    const stop = (): void => {
      timer.cancel();
      resolve();
    };
    cancel.onCancel(stop);
  });
}
