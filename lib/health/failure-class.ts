import type { ProviderFault } from '../domain/chat.ts';
import type { Failure, FailureClass } from '../domain/failure.ts';
import type { ProviderType } from '../domain/policy.ts';
import { phrases } from './phrases.ts';

/** What the gateway does after a failure of each class; README's table "Failure behaviour" is this one. */
export interface Reaction {
  /** Try the same target again, with jittered back-off and Retry-After honoured. */
  readonly sameTarget: 'retry' | 'wait_briefly' | 'never';
  readonly otherKey: boolean;
  readonly nextTarget: 'yes' | 'larger_window' | 'no';
  /** What the caller's status becomes where the provider's own would mislead (its credentials are not the caller's). */
  readonly callerFault: boolean;
}

const onward = { sameTarget: 'never', otherKey: false, nextTarget: 'yes', callerFault: false } as const;

export const reactions: Readonly<Record<FailureClass, Reaction>> = {
  transient: { ...onward, sameTarget: 'retry' },
  silent: onward,
  rate_limited: { ...onward, sameTarget: 'wait_briefly', otherKey: true },
  credential: { ...onward, otherKey: true },
  not_here: { ...onward, callerFault: true },
  unserved: onward,
  context_length: { ...onward, nextTarget: 'larger_window', callerFault: true },
  content_policy: { ...onward, nextTarget: 'no', callerFault: true },
  invalid_request: { ...onward, nextTarget: 'no', callerFault: true },
  broken_stream: onward,
};

/**
 * The class of a provider's fault: its own words first (`phrases`), then its status. Total.
 *
 * Providers quote requests in their messages. `callerText` gives the caller's own words, in lower case; a phrase found
 * among them too makes the class doubtful.
 */
export function classify(
  fault: ProviderFault,
  type: ProviderType,
  callerText: () => string = () => '',
): Failure {
  const codes = [fault.code, fault.type].map((code) => code?.toLowerCase());
  const message = fault.message.toLowerCase();
  const said = phrases.find(
    (row) =>
      (row.only === undefined || row.only.includes(type)) &&
      (row.status === undefined || row.status.includes(fault.status)) &&
      (row.code === undefined || codes.includes(row.code)) &&
      (row.phrase === undefined || message.includes(row.phrase)),
  );
  if (said === undefined) return byStatus(fault.status);
  return {
    class: said.class,
    ...(said.scope === undefined ? {} : { scope: said.scope }),
    ...(said.phrase !== undefined && callerText().includes(said.phrase) ? { doubtful: true } : {}),
  };
}

function byStatus(status: number): Failure {
  if (status === 401) return { class: 'credential', scope: 'key' };
  if (status === 402 || status === 403) return { class: 'credential', scope: 'key_model' };
  if (status === 429) return { class: 'rate_limited' };
  if (status === 404 || status === 413 || status === 415) return { class: 'not_here' };
  if (status === 408 || status === 409 || status === 425 || status >= 500 || status < 300) {
    return { class: 'transient' };
  }
  // A redirect would let the provider choose a host: it is not followed, and another target may answer.
  if (status < 400) return { class: 'not_here' };
  return { class: 'invalid_request' };
}
