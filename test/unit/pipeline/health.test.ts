import { describe, expect, it } from 'vitest';
import { serve } from '../../../lib/pipeline.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTransport } from '../../support/memory-transport.ts';
import { pureGateway } from '../../support/pure-gateway.ts';

/** What Lambda is handed for API Gateway: nothing may follow the headers of an answer to HEAD. */
async function asked(method: string, path: string, ready: boolean) {
  const clock = new ManualClock();
  const gateway = await pureGateway({
    document: { providers: {} },
    transport: new MemoryTransport(clock, {}),
    clock,
    random: () => 0.5,
    region: { name: 'eu-central-1', zones: ['eu'] },
  });
  const checks = {
    governance: 'ok',
    quotas: ready ? 'ok' : 'unavailable',
    health: {},
    secrets: { usable: 0, unusable: 0, unread: 0 },
  } as const;
  const { status, body } = await serve(
    { ...gateway, readiness: async () => ({ ready, policyVersion: 1, checks }) },
    { requestId: 'r', method, path, headers: {}, query: {}, body: '', remainingMs: 900_000 },
  );
  return { status, body };
}

describe('health', () => {
  it.each(['/health', '/health/'])('at %s is a body to GET, and its status alone to HEAD', async (path) => {
    for (const ready of [true, false]) {
      const status = ready ? 200 : 503;
      const whole = await asked('GET', path, ready);
      expect([whole.status, JSON.parse(String(whole.body))['status']]).toEqual([
        status,
        ready ? 'ok' : 'unavailable',
      ]);
      expect(await asked('HEAD', path, ready)).toEqual({ status, body: '' });
    }
  });

  it('is nobody’s business elsewhere', async () => {
    expect(await asked('HEAD', '/healthy', false)).toEqual({ status: 200, body: '' });
    expect((await asked('POST', '/health', false)).status).toBe(405);
  });
});
