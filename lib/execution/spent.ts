import type { Spent } from '../domain/admission.ts';
import type { StreamState } from '../dialects/contract.ts';

/** What a stream that was read so far has consumed. */
export const spentSoFar = (
  { usage, outputChars }: StreamState,
  complete = false,
): Extract<Spent, { kind: 'used' }> => ({
  kind: 'used',
  outputChars,
  complete,
  ...(usage === undefined ? {} : { usage }),
});
