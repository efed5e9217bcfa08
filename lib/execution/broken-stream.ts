import type { ProviderFault } from '../domain/chat.ts';
import type { Failure } from '../domain/failure.ts';
import type { ProviderType } from '../domain/policy.ts';
import { classify } from '../health/failure-class.ts';

/** A stream that broke without saying why; its type is what tells it from a provider's own error. */
export const brokenStream = (message: string): ProviderFault => ({
  status: 0,
  type: 'broken_stream',
  message,
});

/** A defect met while reading an answer; the error's own message may quote the answer and is left out. */
export const unreadable = (error: unknown): ProviderFault =>
  brokenStream(`the answer could not be read (${error instanceof Error ? error.name : 'unknown error'})`);

/** An answer that was to go on with another one, and does not: nothing is wrong with whoever gave it. */
export const otherAnswer: ProviderFault = {
  status: 0,
  type: 'other_answer',
  message: 'the answer does not begin with what has been sent already',
};

/** True where the provider said nothing of it: what it had done by then may be billed. */
export const isUnsaid = ({ type }: ProviderFault): boolean =>
  type === 'broken_stream' || type === otherAnswer.type;

/** The class of a fault, met before an answer or inside it. */
export function failureOf(fault: ProviderFault, type: ProviderType, callerText: () => string): Failure {
  if (fault.type === otherAnswer.type) return { class: 'not_here' };
  return fault.type === 'broken_stream' ? { class: 'broken_stream' } : classify(fault, type, callerText);
}
