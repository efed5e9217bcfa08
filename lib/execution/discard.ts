import { unheardOf } from '../domain/admission.ts';
import type { Answer } from './outcome.ts';
import { spentSoFar } from './spent.ts';

/** Gives up an answer nobody waits for any more; it is paid for all the same. */
export function discard({ outcome, permit, over }: Answer): void {
  over();
  if (outcome.kind === 'reply') {
    const { usage } = outcome.reply;
    permit.settle(usage === undefined ? unheardOf : { ...unheardOf, usage, complete: true });
    return;
  }
  outcome.stream.cancel();
  permit.settle(spentSoFar(outcome.stream.state));
}
