import type { Denial, Permit, Spent } from '../domain/admission.ts';
import type { ProviderFault } from '../domain/chat.ts';
import type { AttemptSummary, Failure } from '../domain/failure.ts';
import type { Target } from '../domain/decision.ts';
import type { ProviderKey } from '../domain/policy.ts';
import type { ReplyReading } from '../dialects/contract.ts';
import type { LiveStream } from './live-stream.ts';

/** How one attempt ended. A stream counts as answered at its first content; what follows is the relay's. */
export type AttemptOutcome =
  | { readonly kind: 'reply'; readonly reply: Extract<ReplyReading, { ok: true }> }
  | { readonly kind: 'stream'; readonly stream: LiveStream }
  | FailedAttempt
  | CancelledAttempt;

export interface FailedAttempt {
  readonly kind: 'failed';
  readonly failure: Failure;
  readonly fault: ProviderFault;
  readonly spent: Spent;
}

export interface CancelledAttempt {
  readonly kind: 'cancelled';
  readonly spent: Spent;
}

/** An attempt that was not made, since a limit leaves too little for it. */
export interface DeniedAttempt {
  readonly kind: 'denied';
  readonly denial: Denial;
}

/** The target that spoke. */
export interface Answer {
  readonly target: Target;
  readonly outcome: Extract<AttemptOutcome, { kind: 'reply' | 'stream' }>;
  /** To be settled when the answer has come to its end. */
  readonly permit: Permit;
  /** A message of this provider as the caller may read it, without what the attempt was made with. */
  readonly conceal: (message: string) => string;
  readonly sentMs: number;
  /**
   * Closes what is known of the attempt when its stream is over, with the fault it broke by: its entry in the log, its
   * sample, its key. Gives the fault's class. A second call changes nothing.
   */
  readonly over: (fault?: ProviderFault) => Failure | undefined;
}

type Ending = Pick<AttemptSummary, 'outcome' | 'status' | 'message'>;

/** One attempt in the log. */
export interface AttemptEntry {
  /** How it ended; what comes later is not heard. */
  close(nowMs: number, end: Ending): void;
  /** An answer broke off after it had begun: it is not the good one it was taken for. */
  amend(nowMs: number, end: Ending): void;
}

/** Attempts as they happen, in order of their start: the log every response, record and error draws from. */
export class AttemptLog {
  readonly #entries: AttemptSummary[] = [];
  readonly #open = new Set<(nowMs: number) => void>();

  open(target: Target, key: ProviderKey | undefined, startedMs: number): AttemptEntry {
    const index = this.#entries.length;
    const base = {
      provider: target.provider.id,
      model: target.model,
      ...(key === undefined ? {} : { key: key.id }),
    };
    this.#entries.push({ ...base, outcome: 'cancelled', durationMs: 0 });
    const amend = (nowMs: number, end: Ending): void => {
      this.#entries[index] = { ...base, ...end, durationMs: nowMs - startedMs };
    };
    const cancel = (nowMs: number): void => close(nowMs, { outcome: 'cancelled' });
    const close = (nowMs: number, end: Ending): void => {
      if (this.#open.delete(cancel)) amend(nowMs, end);
    };
    this.#open.add(cancel);
    return { close, amend };
  }

  /** Closes what is still open: the record may be written before a cancelled attempt's connection is gone. */
  cancelOpen(nowMs: number): void {
    for (const cancel of this.#open) cancel(nowMs);
  }

  get entries(): readonly AttemptSummary[] {
    return this.#entries;
  }
}
