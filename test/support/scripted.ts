import type { Clock, Timer } from '../../lib/domain/ports.ts';

export {
  type RecordedRequest,
  type ScriptedProvider,
  type ScriptedProviderOptions,
  startScriptedProvider,
} from '../../functions/local/scripted-provider.ts';
export type { Behaviour, Fault, Step } from '../../functions/local/scripted/step.ts';

/** A clock that moves when told to: nothing is ever waited for. */
export class ManualClock implements Clock {
  #nowMs: number;
  #timers: { readonly atMs: number; readonly fire: () => void }[] = [];
  #watchers: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, fire };
    this.#timers.push(timer);
    for (const { count, resolve } of this.#watchers) if (this.#timers.length >= count) resolve();
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      },
    };
  }

  /** Moves the time and fires what falls due, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.fire();
    }
    this.#nowMs = untilMs;
  }

  /** Resolves once so many timers wait. */
  waiting(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#timers.length >= count) resolve();
      else this.#watchers.push({ count, resolve });
    });
  }
}

/** What a caller got of a response, up to where it broke off. */
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** False if the connection ended before the body did. */
  readonly complete: boolean;
}

/** Reads a response to its end, however that comes. */
export async function receive(response: Response): Promise<Received> {
  const { status, headers } = response;
  const chunks: Uint8Array[] = [];
  const whole = (complete: boolean): Received => ({
    status,
    headers,
    text: Buffer.concat(chunks).toString('utf8'),
    complete,
  });
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk);
    return whole(true);
  } catch {
    return whole(false);
  }
}
