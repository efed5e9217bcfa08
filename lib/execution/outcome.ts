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
}

/** Attempts as they happen, in order of their start: the log every response, record and error draws from. */
export class AttemptLog {
  readonly #entries: AttemptSummary[] = [];
  readonly #open = new Set<(nowMs: number) => void>();

  /** Opens an entry; the function returned closes it, once. */
  open(target: Target, key: ProviderKey | undefined, startedMs: number) {
    const index = this.#entries.length;
    const base = {
      provider: target.provider.id,
      model: target.model,
      ...(key === undefined ? {} : { key: key.id }),
    };
    this.#entries.push({ ...base, outcome: 'cancelled', durationMs: 0 });
    const cancel = (nowMs: number): void => close(nowMs, { outcome: 'cancelled' });
    const close = (nowMs: number, end: Pick<AttemptSummary, 'outcome' | 'status' | 'message'>): void => {
      if (!this.#open.delete(cancel)) return;
      this.#entries[index] = { ...base, ...end, durationMs: nowMs - startedMs };
    };
    this.#open.add(cancel);
    return close;
  }

  /** Closes what is still open: the record may be written before a cancelled attempt's connection is gone. */
  cancelOpen(nowMs: number): void {
    for (const cancel of this.#open) cancel(nowMs);
  }

  get entries(): readonly AttemptSummary[] {
    return this.#entries;
  }
}
