import { unheardOf } from '../domain/admission.ts';
import type { Target } from '../domain/decision.ts';
import { GatewayError } from '../domain/failure.ts';
import { reactions } from '../health/failure-class.ts';
import type { CancelSwitch } from './cancellation.ts';
import { hedgeAfterMs, mayHedge } from './hedge.ts';
import type { Answer, DeniedAttempt, FailedAttempt } from './outcome.ts';
import { allFailed } from './all-failed.ts';
import type { Run } from './run.ts';
import type { TargetOutcome } from './target-run.ts';
import { runTarget } from './target-run.ts';

/**
 * Walks the chain until somebody speaks. A target that fails hands over to the next; one that is merely slow gets
 * company (a hedge), and the first to speak wins, the others are cancelled.
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
    this.#order = order;
    this.#cancel = cancel;
    this.#ending = ending;
  }

  begin(): void {
    const { clock } = this.#run.ports;
    const leftMs = this.#run.deadlineAtMs - clock.nowMs();
    // Nobody is asked, and paid, for an answer that cannot be waited for.
    if (leftMs <= 0) return this.#runOut();
    this.#deadline = clock.after(leftMs, () => this.#runOut());
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
    if (!mayHedge(this.#run.request)) return;
    this.#hedge = this.#run.ports.clock.after(hedgeAfterMs(this.#run.request, target), () => {
      if (this.#upcoming() !== undefined && this.#run.ports.hedges.take(target)) this.#startNext();
    });
  }

  #ended(target: Target, outcome: TargetOutcome): void {
    this.#active.delete(target);
    if (this.#over) {
      if (outcome.kind === 'answer') discard(outcome.answer);
      return;
    }
    if (outcome.kind === 'answer') return this.#finish(() => this.#ending.resolve(outcome.answer));
    if (outcome.kind !== 'cancelled') this.#note(target, outcome);
    if (this.#active.size > 0 || this.#startNext()) return;
    // A hedge may have failed before the target it was started for.
    const inOrder = this.#order.flatMap((each) => this.#failures.filter(({ target }) => target === each));
    this.#finish(() => this.#ending.reject(allFailed(inOrder, this.#run.log.entries)));
  }

  #note(target: Target, failed: FailedAttempt | DeniedAttempt): void {
    this.#failures.push({ target, failed });
    if (failed.kind === 'denied') {
      if (failed.denial.final) this.#stopped = true;
      return;
    }
    const { nextTarget } = reactions[failed.failure.class];
    if (nextTarget === 'no') this.#stopped = true;
    if (nextTarget === 'larger_window') {
      // A window nobody knows cannot be shown to be smaller than another.
      this.#windowAbove = Math.max(this.#windowAbove, target.facts?.contextTokens ?? Infinity);
    }
  }

  #runOut(): void {
    const advice = this.#run.request.stream ? '' : ': ask for a stream instead, whose answer may take longer';
    this.#finish(() =>
      this.#ending.reject(
        new GatewayError('deadline_exceeded', `no answer before the deadline${advice}`, {
          attempts: this.#run.log.entries,
          shouldRetry: false,
        }),
      ),
    );
  }

  /** Ends the chain once: timers first, then the losers, then the word to whoever waits. */
  #finish(tell: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#hedge?.cancel();
    this.#deadline?.cancel();
    for (const own of this.#active.values()) own.cancel();
    this.#active.clear();
    this.#run.log.cancelOpen(this.#run.ports.clock.nowMs());
    tell();
  }
}

/** An answer nobody waits for any more, which is paid for all the same. */
function discard({ outcome, permit }: Answer): void {
  if (outcome.kind === 'reply') {
    const { usage } = outcome.reply;
    permit.settle(usage === undefined ? unheardOf : { ...unheardOf, usage, complete: true });
    return;
  }
  const { usage, outputChars } = outcome.stream.state;
  outcome.stream.cancel();
  permit.settle({ ...unheardOf, outputChars, ...(usage === undefined ? {} : { usage }) });
}

const family = (target: Target): string => target.facts?.family ?? target.model;
