import type { Target } from '../domain/decision.ts';
import { GatewayError } from '../domain/failure.ts';
import { reactions } from '../health/failure-class.ts';
import type { CancelReason, CancelSwitch } from './cancellation.ts';
import { discard } from './discard.ts';
import { family } from './family.ts';
import { hedgeDelayMs } from './hedge.ts';
import { freeTargetsFirst } from './key-pauses.ts';
import type { Answer, DeniedAttempt, FailedAttempt } from './outcome.ts';
import { allFailed } from './all-failed.ts';
import type { Run } from './run.ts';
import type { TargetOutcome } from './target-run.ts';
import { runTarget } from './target-run.ts';

/**
 * Walks the chain until somebody speaks. A target that fails hands over to the next; one that is merely slow gets
 * company (a hedge), and the first to speak wins, the others are cancelled. Targets whose rate limit asked to be left
 * alone for a while come last.
 *
 * Rejects with GatewayError: the first target's error with every attempt when all fail, `deadline_exceeded` when time
 * runs out first. `cancel` ends everything; it is also pulled for the losers.
 */
export function failover(run: Run, order: readonly Target[], cancel: CancelSwitch): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chain = new Chain(run, order, cancel, { resolve, reject });
    chain.begin();
  });
}

interface Ending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

class Chain {
  readonly #run: Run;
  /** As decided: the first of these was asked for. */
  readonly #decided: readonly Target[];
  readonly #order: readonly Target[];
  readonly #cancel: CancelSwitch;
  readonly #ending: Ending;
  readonly #active = new Map<Target, CancelSwitch>();
  readonly #failures: { readonly target: Target; readonly failed: FailedAttempt | DeniedAttempt }[] = [];
  #next = 0;
  /** A context-length error: only windows larger than this one can help. */
  #windowAbove = 0;
  #stopped = false;
  #over = false;
  #hedge: { cancel(): void } | undefined;
  #deadline: { cancel(): void } | undefined;

  constructor(run: Run, order: readonly Target[], cancel: CancelSwitch, ending: Ending) {
    this.#run = run;
    this.#decided = order;
    this.#order = freeTargetsFirst(order, run.ports.pauses, run.ports.clock.nowMs());
    this.#cancel = cancel;
    this.#ending = ending;
  }

  begin(): void {
    const { clock } = this.#run.ports;
    const leftMs = this.#run.deadlineAtMs - clock.nowMs();
    // Nobody is asked, and paid, for an answer that cannot be waited for.
    if (leftMs <= 0) return this.#runOut();
    this.#deadline = clock.after(leftMs, () => this.#runOut({ kind: 'deadline' }));
    this.#cancel.onCancel(() => this.#runOut());
    this.#startNext();
  }

  /** Starts the next target that can help; false if there is none. */
  #startNext(): boolean {
    const index = this.#upcoming();
    const target = index === undefined ? undefined : this.#order[index];
    if (index === undefined || target === undefined) return false;
    this.#next = index + 1;
    const own = this.#cancel.child();
    this.#active.set(target, own);
    this.#run.ports.hedges.count(target);
    this.#armHedge(target);
    runTarget(this.#run, target, () => this.#outlook(target), own).then(
      (outcome) => this.#ended(target, outcome),
      (error: unknown) => this.#finish(() => this.#ending.reject(error)),
    );
    return true;
  }

  #upcoming(): number | undefined {
    if (this.#stopped) return undefined;
    const index = this.#order.findIndex(
      (target, at) =>
        at >= this.#next &&
        (this.#windowAbove === 0 || (target.facts?.contextTokens ?? 0) > this.#windowAbove),
    );
    return index === -1 ? undefined : index;
  }

  #outlook(current: Target): { nextTarget: boolean; nextChangesModel: boolean } {
    const index = this.#upcoming();
    const next = index === undefined ? undefined : this.#order[index];
    return {
      nextTarget: next !== undefined,
      nextChangesModel: next !== undefined && family(next) !== family(current),
    };
  }

  #armHedge(target: Target): void {
    this.#hedge?.cancel();
    const { clock, hedges, health } = this.#run.ports;
    const delayMs = hedgeDelayMs(this.#run.request, target, health);
    if (delayMs === undefined) return;
    this.#hedge = clock.after(delayMs, () => {
      if (this.#upcoming() !== undefined && hedges.take(target)) this.#startNext();
    });
  }

  #ended(target: Target, outcome: TargetOutcome): void {
    this.#active.delete(target);
    if (this.#over) {
      if (outcome.kind === 'answer') discard(outcome.answer);
      return;
    }
    if (outcome.kind === 'answer') {
      const { answer } = outcome;
      const reason = { kind: 'outrun', winnerSentMs: answer.sentMs } as const;
      return this.#finish(() => this.#ending.resolve(answer), reason);
    }
    if (outcome.kind !== 'cancelled') this.#note(target, outcome);
    if (this.#active.size > 0 || this.#startNext()) return;
    // A hedge, or a target put before one to be left alone, may have failed first.
    const inOrder = this.#decided.flatMap((each) => this.#failures.filter(({ target }) => target === each));
    this.#finish(() => this.#ending.reject(allFailed(inOrder, this.#run.log.entries)));
  }

  #note(target: Target, failed: FailedAttempt | DeniedAttempt): void {
    this.#failures.push({ target, failed });
    if (failed.kind === 'denied') {
      if (failed.denial.final) this.#stopped = true;
      return;
    }
    const { nextTarget } = reactions[failed.failure.class];
    const optedIn = failed.failure.class === 'content_policy' && this.#run.pastContentPolicy;
    if (nextTarget === 'no' && !optedIn) this.#stopped = true;
    if (nextTarget === 'larger_window') {
      // A window nobody knows cannot be shown to be smaller than another.
      this.#windowAbove = Math.max(this.#windowAbove, target.facts?.contextTokens ?? Infinity);
    }
  }

  #runOut(reason?: CancelReason): void {
    const advice = this.#run.request.stream ? '' : ': ask for a stream instead, whose answer may take longer';
    this.#finish(
      () =>
        this.#ending.reject(
          new GatewayError('deadline_exceeded', `no answer before the deadline${advice}`, {
            attempts: this.#run.log.entries,
            shouldRetry: false,
          }),
        ),
      reason,
    );
  }

  /** Ends the chain once: timers first, then the losers, then the word to whoever waits. */
  #finish(tell: () => void, reason?: CancelReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#hedge?.cancel();
    this.#deadline?.cancel();
    for (const own of this.#active.values()) own.cancel(reason);
    this.#active.clear();
    this.#run.log.cancelOpen(this.#run.ports.clock.nowMs());
    tell();
  }
}
