import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../lib/domain/failure.ts';
import { CancelSwitch } from '../../../lib/execution/cancellation.ts';
import { failover } from '../../../lib/execution/failover.ts';
import { HedgeBudget } from '../../../lib/execution/hedge.ts';
import { KeyPauses } from '../../../lib/execution/key-pauses.ts';
import { KeyRests } from '../../../lib/execution/key-rests.ts';
import { AttemptLog } from '../../../lib/execution/outcome.ts';
import { lineDialect, lineRequest } from '../../support/line-dialect.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTransport } from '../../support/memory-transport.ts';
import { recordedHealth } from '../../support/recorded-health.ts';
import { freePermit, testSettings, testTarget } from '../../support/target.ts';

describe('a hedge that fails before the target it was to help', () => {
  it("leaves the caller with the first target's error all the same", async () => {
    const clock = new ManualClock();
    const refuse = (status: number, afterMs: number) => ({
      status,
      headers: { 'content-type': 'application/json' },
      afterMs,
      body: [{ send: '{}' }, { end: true as const }],
    });
    const transport = new MemoryTransport(clock, { a: [refuse(404, 20_000)], b: [refuse(415, 100)] });
    const target = (id: string) =>
      testTarget('openai', 'm', { settings: testSettings }, { id, baseUrl: `http://${id}` });
    const log = new AttemptLog();
    const result = failover(
      {
        ports: {
          transport,
          clock,
          random: () => 0,
          dialectOf: () => lineDialect,
          credential: () => ({ kind: 'none' }),
          credentialRefused: async () => false,
          rests: new KeyRests(),
          hedges: new HedgeBudget(),
          pauses: new KeyPauses(),
          health: recordedHealth(),
        },
        request: lineRequest(),
        context: () => ({ requestId: 'r', createdS: 0, model: 'm', wantsStreamUsage: false }),
        deadlineAtMs: clock.nowMs() + 600_000,
        log,
        pastContentPolicy: false,
        admit: () => freePermit,
      },
      [target('a'), target('b')],
      new CancelSwitch(),
    ).catch((error: unknown) => error);
    await clock.advance(30_000);
    const error = await result;
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ status: 404, message: expect.stringMatching(/^a\/m: /) });
    expect(log.entries.map((entry) => entry.status)).toEqual([404, 415]);
    expect(clock.pending).toBe(0);
  });
});
