import { describe, expect, it } from 'vitest';
import { asArray, asObject } from '../../../lib/domain/json.ts';
import { DecisionStore } from '../../../lib/stores/decision-store.ts';
import { actor, refusal, stage } from './scene.ts';

describe('audit records', () => {
  it('say who changed what from where and when, newest first, page by page', async () => {
    const { call, clock } = await stage();
    await clock.advance(1_000);
    await call('POST /keys/app/disable');
    await call('POST /keys/app/enable');
    const first = await call('GET /audit?month=2026-11&limit=2');
    const records = asArray(first.body['records']).map(asObject);
    expect(records.map(({ version, action }) => [version, action])).toEqual([
      [3, 'key.enable'],
      [2, 'key.disable'],
    ]);
    expect(records[1]).toMatchObject({
      actor,
      atMs: clock.nowMs(),
      requestId: 'request-2',
      changes: [{ path: 'virtualKeys.app.enabled', after: false }],
    });
    const rest = await call(`GET /audit?month=2026-11&after=${first.body['next']}`);
    expect(asArray(rest.body['records']).map((record) => asObject(record)['version'])).toEqual([1]);
    expect((await call('GET /audit?month=2026-10')).body).toEqual({ records: [] });
  });

  it.each([
    ['?month=2026-13', 'month'],
    ['?month=november', 'month'],
    ['?after=1', 'after'],
    ['?limit=101', 'limit'],
    ['?actor=ann', 'actor'],
  ])('asked for by "%s" are refused, naming %s', async (query, param) => {
    const { call } = await stage();
    const answer = await call(`GET /audit${query}`);
    expect([...refusal(answer), answer.error['param']]).toEqual([400, 'invalid_request', param]);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('cannot be changed by %s', async (method) => {
    const { call } = await stage();
    expect(refusal(await call(`${method} /audit`, {}))).toEqual([405, 'method_not_allowed']);
    expect(refusal(await call(`${method} /audit/000000000001`, {}))).toEqual([404, 'not_found']);
  });

  it('are not written for what changes nothing', async () => {
    const { call } = await stage();
    await call('POST /keys/zeta/enable');
    await call('POST /keys/nobody/disable');
    await call('POST /keys', { id: 'new', team: 'nobody' });
    expect(asArray((await call('GET /audit')).body['records'])).toHaveLength(1);
  });
});

describe('a decision record', () => {
  it('is shown where the request was served', async () => {
    const { call, clock, database } = await stage();
    const table = database.tableNames.decisions;
    const store = new DecisionStore({ client: database.client, table, clock, onProblem: () => {} });
    const record = {
      requestId: 'abc',
      region: 'eu-central-1',
      startedMs: 1,
      durationMs: 2,
      status: 200,
      attempts: [],
      rules: [],
      candidates: [],
      order: ['openai/gpt-5'],
    };
    store.record(record);
    await store.settle();
    expect((await call('GET /decisions/abc')).body).toEqual(record);
    expect(refusal(await call('GET /decisions/abd'))).toEqual([404, 'unknown_request']);
  });
});
