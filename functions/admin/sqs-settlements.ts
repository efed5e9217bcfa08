import type { DeadSettlements } from '../../lib/domain/dead-settlements.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import type { SqsDeadSettlementsOptions } from '../../lib/transport/dead-settlements.ts';

/** The settlement queue of this region in SQS; few calls are about it, so that it is loaded for those. */
export async function sqsSettlements(
  options: Omit<SqsDeadSettlementsOptions, 'transport' | 'clock'>,
): Promise<DeadSettlements> {
  const [{ SqsDeadSettlements }, { HttpTransport }] = await Promise.all([
    import('../../lib/transport/dead-settlements.ts'),
    import('../../lib/transport/http-transport.ts'),
  ]);
  const transport = new HttpTransport(systemClock);
  return new SqsDeadSettlements({ ...options, transport, clock: systemClock });
}
