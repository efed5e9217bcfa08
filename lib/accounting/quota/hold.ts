import { RightsExhausted, type Reservation } from '../../domain/quota-ledger.ts';
import type { Step } from './admission.ts';
import type { Charge } from './admitted.ts';
import type { Reservations } from './reservations.ts';

/** A quota an attempt falls under, and what is to be done about it. */
export interface Asked extends Charge {
  readonly step: Exclude<Step, { step: 'refuse' }>;
}

/** What came of it. */
export type Held = Reservation | 'charge' | 'exhausted' | 'unavailable';

/** Holds what one quota asks for. A soft limit that cannot be asked is served from its last figures, and charged later. */
export async function hold(
  reservations: Reservations,
  { account, step }: Asked,
  underWay: number,
  onProblem: (message: string) => void,
): Promise<Held> {
  if (step.step === 'charge') return 'charge';
  const hard = account.quota.enforcement === 'hard';
  try {
    return hard
      ? await reservations.hard(account, step.amount)
      : await reservations.soft(account, step.amount, underWay);
  } catch (error) {
    if (error instanceof RightsExhausted) return 'exhausted';
    onProblem(error instanceof Error ? error.message : 'unknown error');
    return hard ? 'unavailable' : 'charge';
  }
}
