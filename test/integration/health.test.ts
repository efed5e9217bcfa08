import { describe, expect, it } from 'vitest';
import { asObject, type JsonObject } from '../../lib/domain/json.ts';
import { startProvider } from '../support/gateway.ts';
import { chainOf, type MeasuredGateway, startMeasured } from './measured.ts';
import { kinds, whole } from './scene.ts';

/** What a region says of itself to whoever asks, without a key. */

const env = { HOUSE_KEY: 'sk-provider-secret-value', BROKEN_KEY: '{"apiKey":' };

async function stage() {
  const provider = await startProvider();
  const house = kinds['openai-compatible'].entry(provider.baseUrl);
  const keys = ['HOUSE_KEY', 'BROKEN_KEY'].map((name) => ({ id: name.toLowerCase(), env: name }));
  const gateway = await startMeasured({ document: chainOf({ house: { ...house, keys } }), env });
  return { gateway, provider };
}

async function asked(
  gateway: MeasuredGateway,
): Promise<{ status: number; body: JsonObject; checks: JsonObject }> {
  const answer = await gateway.health();
  const body = asObject(await answer.json());
  return { status: answer.status, body, checks: asObject(body['checks']) };
}

const callsOf = (gateway: MeasuredGateway, table: string): number =>
  gateway.calls.filter((call) => call.includes(`"${table}"`)).length;

describe('/health', () => {
  it('says what a region is, what was checked, and of provider keys no more than how many are usable', async () => {
    const { gateway } = await stage();
    const { status, body } = await asked(gateway);
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'ok',
      region: 'eu-central-1',
      zones: ['eu'],
      policy: 1,
      checks: {
        governance: 'ok',
        quotas: 'ok',
        health: {},
        secrets: { usable: 1, unusable: 1, unread: 0 },
      },
    });
    expect(JSON.stringify(body)).not.toMatch(/house|tester|secret-value/i);
  });

  it('tells the age of live health once there has been traffic', async () => {
    const { gateway } = await stage();
    await whole(gateway.chat());
    await gateway.ended(1);
    // Two seconds after a window the next request makes the snapshot.
    await gateway.clock.advance(8_000);
    await whole(gateway.chat());
    await gateway.ended(2);
    const { checks } = await asked(gateway);
    expect(asObject(checks['health'])['snapshotAgeMs']).toBe(3_000);
  });

  it('stays well though its provider is down and no key is usable', async () => {
    const provider = await startProvider({ behaviours: { '*': { status: 503 } } });
    const house = kinds['openai-compatible'].entry(provider.baseUrl);
    const keys = [{ id: 'k', env: 'BROKEN_KEY' }];
    const gateway = await startMeasured({ document: chainOf({ house: { ...house, keys } }), env });
    expect((await whole(gateway.chat())).status).toBe(503);
    await gateway.ended(1);
    expect(gateway.lines.at(-1)).toMatchObject({ error_type: 'provider' });
    const { status, checks } = await asked(gateway);
    expect(status).toBe(200);
    expect(checks['secrets']).toEqual({ usable: 0, unusable: 1, unread: 0 });
  });

  it.each([
    ['governance', 'fairlead-governance', { governance: 'unavailable', quotas: 'ok' }],
    ['quotas', 'fairlead-quotas', { governance: 'ok', quotas: 'unavailable' }],
  ])(
    'is 503 with the same body while the table of %s is away, and well again after',
    async (_name, table, checks) => {
      const { gateway } = await stage();
      gateway.breakTable(table);
      const away = await asked(gateway);
      expect(away.status).toBe(503);
      expect(away.body).toMatchObject({ status: 'unavailable', region: 'eu-central-1', checks });
      gateway.breakTable(undefined);
      await gateway.clock.advance(2_000);
      expect((await asked(gateway)).status).toBe(200);
    },
  );

  it('is 503 before a document is stored', async () => {
    const gateway = await startMeasured({});
    const { status, body } = await asked(gateway);
    expect(status).toBe(503);
    expect(body).not.toHaveProperty('policy');
  });

  it('is answered to HEAD by the status alone', async () => {
    const { gateway } = await stage();
    const well = await gateway.health('HEAD');
    expect([well.status, await well.text()]).toEqual([200, '']);
    gateway.breakTable('fairlead-quotas');
    await gateway.clock.advance(2_000);
    expect((await gateway.health('HEAD')).status).toBe(503);
  });

  it('drives one read of each table in two seconds, however often and by how many it is asked', async () => {
    const { gateway } = await stage();
    await Promise.all(Array.from({ length: 20 }, () => gateway.health()));
    await gateway.clock.advance(1_999);
    await gateway.health();
    expect(callsOf(gateway, 'fairlead-quotas')).toBe(1);
    await gateway.clock.advance(1);
    await gateway.health();
    expect(callsOf(gateway, 'fairlead-quotas')).toBe(2);
    expect(callsOf(gateway, 'fairlead-governance')).toBeLessThanOrEqual(3);
  });

  it('writes nothing to the log, and leaves no timer behind', async () => {
    const { gateway } = await stage();
    await asked(gateway);
    await gateway.ended(1);
    await gateway.clock.idle();
    expect(gateway.lines.filter((line) => line['event'] !== 'secret_problem')).toEqual([]);
  });
});
