import { describe, expect, it } from 'vitest';
import { asArray, asObject } from '../../../lib/domain/json.ts';
import type { Owner, QuotaUnit } from '../../../lib/domain/quota.ts';
import { ConsumptionStore } from '../../../lib/stores/consumption-store.ts';
import { QuotaStore } from '../../../lib/stores/quota-store.ts';
import { actor, document, refusal, stage, type Scene } from './scene.ts';

const region = 'eu-central-1';
const team: Owner = { kind: 'team', id: 'research' };
const today = '1d@2026-11-24T00:00:00Z';
const research = { owner: 'team/research', quota: '1d-calendar', unit: 'microUsd' };

let tickets = 0;

/** Spends of a quota, as the ledger does. */
async function spend(
  { database }: Scene,
  amount: number,
  owner = team,
  quotaId = '1d-calendar',
  window = today,
  unit: QuotaUnit = 'microUsd',
) {
  const table = database.tableNames.quotas;
  const store = new QuotaStore({ region, table, clientFor: () => database.client });
  const key = { owner, quotaId, unit, window, place: { site: region, lane: 0 } };
  await store.open(key, { granted: 0, edition: 1, expiresS: 2_000_000_000 });
  await store.charge(key, String((tickets += 1)).padStart(20, '1'), amount);
}

const quotasOf = async ({ call }: Scene, owner = 'team/research') =>
  asArray((await call(`GET /usage?owner=${owner}`)).body['quotas']).map(asObject);

describe('usage', () => {
  it('is told by model, with how far every limit of the owner is used', async () => {
    const scene = await stage();
    await spend(scene, 2_500_000);
    const { database, clock } = scene;
    const consumption = new ConsumptionStore({
      client: database.client,
      table: database.tableNames.quotas,
      site: region,
      clock,
      random: () => 0.5,
      onProblem: (problem) => expect(problem).toBe(''),
    });
    const attempt = { provider: 'openai', inputTokens: 100, outputTokens: 10, atMs: clock.nowMs() };
    consumption.record({ ...attempt, owners: [team], model: 'gpt-5', costMicroUsd: 700 });
    consumption.record({ ...attempt, owners: [team], model: 'gpt-5-mini', costMicroUsd: 30 });
    await consumption.settle();

    const { status, body } = await scene.call('GET /usage?owner=team/research');
    const row = { provider: 'openai', requests: 1, inputTokens: 100, outputTokens: 10 };
    expect([status, body]).toEqual([
      200,
      {
        owner: 'team/research',
        from: '2026-11-01',
        to: '2026-11-24',
        models: [
          { ...row, model: 'gpt-5', costMicroUsd: 700 },
          { ...row, model: 'gpt-5-mini', costMicroUsd: 30 },
        ],
        total: { requests: 2, inputTokens: 200, outputTokens: 20, costMicroUsd: 730 },
        quotas: [
          {
            id: '1d-calendar',
            unit: 'microUsd',
            limit: 10_000_000,
            used: 2_500_000,
            spent: 2_500_000,
            every: '1d',
            enforcement: 'soft',
            resetsAt: '2026-11-25T00:00:00.000Z',
          },
          {
            id: '1h',
            unit: 'requests',
            limit: 60,
            used: 0,
            spent: 0,
            every: '1h',
            enforcement: 'soft',
            resetsAt: '2026-11-24T11:00:00.000Z',
          },
        ],
      },
    ]);
  });

  it.each([
    ['virtual_key/app', []],
    ['customer/acme', [500e6]],
    ['provider/openai', [1_000e6]],
    ['provider_key/openai/a', [5_000]],
    ['provider_key/openai/b', []],
    ['grant/team:research/openai', [3e6]],
    ['document/', [5_000e6]],
  ])('of %s shows its own limits', async (owner, limits) => {
    expect((await quotasOf(await stage(), owner)).map(({ limit }) => limit)).toEqual(limits);
  });

  it.each([
    'virtual_key/nobody',
    'team/app',
    'provider/azure',
    'provider_key/openai/z',
    'grant/app/openai',
    'grant/team:research/azure',
  ])('of %s is not known', async (owner) => {
    const { call } = await stage();
    expect(refusal(await call(`GET /usage?owner=${owner}`))).toEqual([404, 'unknown_owner']);
  });

  it('of a virtual key that is rotated is its own', async () => {
    const scene = await stage();
    await scene.call('POST /keys/app/rotate');
    expect((await scene.call('GET /usage?owner=virtual_key/app')).status).toBe(200);
  });

  it('of a key outlasts it', async () => {
    const scene = await stage();
    const { database, clock } = scene;
    const consumption = new ConsumptionStore({
      client: database.client,
      table: database.tableNames.quotas,
      site: region,
      clock,
      random: () => 0,
      onProblem: () => {},
    });
    const owners: Owner[] = [{ kind: 'virtual_key', id: 'gone' }];
    const figures = { inputTokens: 1, outputTokens: 1, costMicroUsd: 5, atMs: clock.nowMs() };
    consumption.record({ owners, provider: 'openai', model: 'm', ...figures });
    await consumption.settle();
    const { status, body } = await scene.call('GET /usage?owner=virtual_key/gone&from=2026-11-24');
    expect([status, body['total'], body['quotas']]).toMatchObject([200, { costMicroUsd: 5 }, []]);
  });

  it.each([
    ['', 'owner'],
    ['?owner=research', 'owner'],
    ['?owner=squad/research', 'owner'],
    ['?owner=team/', 'owner'],
    ['?owner=team/a%23b', 'owner'],
    ['?owner=team/research&from=2026-11-31', 'from'],
    ['?owner=team/research&from=yesterday', 'from'],
    ['?owner=team/research&from=2026-11-25', 'from'],
    ['?owner=team/research&from=2026-08-24&to=2026-11-24', 'from'],
    ['?owner=team/research&until=2026-11-24', 'until'],
  ])('asked for by "%s" is refused, naming %s', async (query, param) => {
    const { call } = await stage();
    const answer = await call(`GET /usage${query}`);
    expect([...refusal(answer), answer.error['param']]).toEqual([400, 'invalid_request', param]);
  });

  it('is told of 92 days at once', async () => {
    const { call } = await stage();
    expect((await call('GET /usage?owner=team/research&from=2026-08-25')).status).toBe(200);
  });
});

describe('a reset', () => {
  it('leaves the whole limit of the document, and may be repeated', async () => {
    const scene = await stage();
    await spend(scene, 4_000_000);
    const reset = await scene.call('POST /quotas/reset', research);
    expect([reset.status, reset.body]).toEqual([
      200,
      { version: 2, ...research, limit: 14_000_000, used: 4_000_000, resetsAt: '2026-11-25T00:00:00.000Z' },
    ]);
    expect((await scene.call('POST /quotas/reset', research)).body).toEqual(reset.body);
    await spend(scene, 1_000_000);
    expect((await scene.call('POST /quotas/reset', research)).body).toMatchObject({
      version: 3,
      limit: 15_000_000,
      used: 5_000_000,
    });
    const records = asArray((await scene.call('GET /audit')).body['records']).map(asObject);
    expect(records.map(({ action }) => action)).toEqual(['quota.reset', 'quota.reset', 'document.replace']);
    expect(records[1]).toMatchObject({
      actor,
      changes: [
        {
          path: 'quotas["team/research"].1d-calendar.microUsd',
          before: { limit: 10_000_000, window: today },
          after: { limit: 14_000_000, window: today },
        },
      ],
    });
  });

  it('of what is not used stores nothing', async () => {
    const { call } = await stage();
    expect((await call('POST /quotas/reset', research)).body).toMatchObject({
      version: 1,
      limit: 10_000_000,
    });
  });

  it('counts what was added before as room that is there', async () => {
    const scene = await stage();
    await scene.call('POST /quotas/top-up', { ...research, amountUsd: 3 });
    await spend(scene, 4_000_000);
    expect((await scene.call('POST /quotas/reset', research)).body).toMatchObject({ limit: 14_000_000 });
  });

  it('leaves the document as it is, and the next window as it was', async () => {
    const scene = await stage();
    const before = (await scene.call('GET /document')).body['document'];
    await spend(scene, 4_000_000);
    await scene.call('POST /quotas/reset', research);
    expect((await scene.call('GET /document')).body['document']).toEqual(before);
    expect((await quotasOf(scene))[0]).toMatchObject({ limit: 14_000_000 });
    await scene.clock.advance(14 * 3_600_000);
    expect((await quotasOf(scene))[0]).toMatchObject({ limit: 10_000_000, used: 0 });
  });
});

describe('a top-up', () => {
  it.each([
    [{ ...research, amountUsd: 2.5 }, 12_500_000],
    [{ ...research, amount: 7 }, 10_000_007],
    [{ owner: 'team/research', quota: '1h', unit: 'requests', amount: 40 }, 100],
    [{ owner: 'document/', quota: '1M', unit: 'microUsd', amountUsd: 1 }, 5_001_000_000],
    [{ owner: 'provider_key/openai/a', quota: '1m', unit: 'tokens', amount: 1 }, 5_001],
    [{ owner: 'grant/team:research/openai', quota: '1d', unit: 'microUsd', amountUsd: 1 }, 4_000_000],
  ])('of %j makes the limit %i', async (body, limit) => {
    const scene = await stage();
    expect((await scene.call('POST /quotas/top-up', body)).body).toMatchObject({ version: 2, limit });
    expect((await quotasOf(scene, body.owner)).map((quota) => quota['limit'])).toContain(limit);
  });

  it('adds to the one before it', async () => {
    const { call } = await stage();
    await call('POST /quotas/top-up', { ...research, amountUsd: 1 });
    expect((await call('POST /quotas/top-up', { ...research, amountUsd: 1 })).body).toMatchObject({
      limit: 12_000_000,
    });
  });

  it.each([
    [{ ...research }, 'amount'],
    [{ ...research, amount: 0 }, 'amount'],
    [{ ...research, amount: -5 }, 'amount'],
    [{ ...research, amount: 0.5 }, 'amount'],
    [{ ...research, amount: 2 ** 53 }, 'amount'],
    [{ ...research, amount: 1e15 }, 'amount'],
    [{ ...research, amountUsd: 0 }, 'amountUsd'],
    [{ ...research, amountUsd: -1 }, 'amountUsd'],
    [{ ...research, amountUsd: 0.0000001 }, 'amountUsd'],
    [{ ...research, amountUsd: 1e10 }, 'amountUsd'],
    [{ ...research, amount: 1, amountUsd: 1 }, 'amountUsd'],
    [{ ...research, unit: 'usd', amount: 1 }, 'unit'],
    [{ ...research, quota: '', amount: 1 }, 'quota'],
    [{ ...research, owner: 'research', amount: 1 }, 'owner'],
    [{ ...research, amount: 1, window: today }, 'window'],
    [{ owner: 'team/research', quota: '1h', unit: 'requests', amountUsd: 1 }, 'amountUsd'],
    [{ owner: 'team/research', quota: '1h', unit: 'requests', amount: Number.MAX_SAFE_INTEGER }, 'amount'],
  ])('of %j is refused, naming %s', async (body, param) => {
    const { call } = await stage();
    const answer = await call('POST /quotas/top-up', body);
    expect([...refusal(answer), answer.error['param']]).toEqual([400, 'invalid_request', param]);
    expect((await call('GET /document')).body['version']).toBe(1);
  });

  it('of a quota there is not names those there are', async () => {
    const { call } = await stage();
    const answer = await call('POST /quotas/top-up', { ...research, unit: 'tokens', amount: 1 });
    expect(refusal(answer)).toEqual([404, 'unknown_quota']);
    expect(answer.error['message']).toContain('1d-calendar (microUsd), 1h (requests)');
    const nobody = await call('POST /quotas/top-up', { ...research, owner: 'team/nobody', amount: 1 });
    expect(refusal(nobody)).toEqual([404, 'unknown_owner']);
  });

  it('stays with the quota when its limit is edited', async () => {
    const scene = await stage();
    await scene.call('POST /quotas/top-up', { ...research, amountUsd: 1 });
    const [edited] = document.teams.map((entry) => ({
      ...entry,
      budgets: [{ limitUsd: 20, every: '1d', calendar: true }],
    }));
    await scene.call('PUT /document', { expectedVersion: 2, document: { ...document, teams: [edited] } });
    expect((await quotasOf(scene))[0]).toMatchObject({ limit: 21_000_000 });
  });
});
