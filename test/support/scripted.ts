import type { Timer } from '../../lib/domain/ports.ts';
import { ManualClock } from './manual-clock.ts';

export {
  type RecordedRequest,
  type ScriptedProvider,
  type ScriptedProviderOptions,
  startScriptedProvider,
} from '../../functions/local/scripted-provider.ts';
export type { Behaviour, Fault, Step } from '../../functions/local/scripted/step.ts';

/** A manual clock for work that goes over sockets: a test can wait until a timer is armed before it lets time pass. */
export class SocketClock extends ManualClock {
  #watchers: { readonly count: number; readonly resolve: () => void }[] = [];

  override after(delayMs: number, fire: () => void): Timer {
    const timer = super.after(delayMs, fire);
    this.#watchers = this.#watchers.filter(({ count, resolve }) => {
      if (this.pending >= count) resolve();
      return this.pending < count;
    });
    return timer;
  }

  /** Resolves once so many timers are armed. */
  armed(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.pending >= count) resolve();
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
