import { describe, expect, it } from 'vitest';
import { asArray, asObject } from '../../../lib/domain/json.ts';
import { hashVirtualKey } from '../../../lib/identity/virtual-key.ts';
import { actor, document, fingerprint, refusal, stage, startMs, type Scene } from './scene.ts';

const hourMs = 3_600_000;
const listed = async ({ call }: Scene, query = '') =>
  asArray((await call(`GET /keys${query}`)).body['keys']).map(asObject);
const one = async (scene: Scene, id: string) => (await listed(scene)).find((key) => key['id'] === id);
const lastChange = async ({ call }: Scene) =>
  asObject(asArray((await call('GET /audit')).body['records'])[0]);

describe('virtual keys', () => {
  it('are listed by id, page by page, never with their hash', async () => {
    const scene = await stage();
    expect(await listed(scene)).toEqual([
      {
        id: 'app',
        team: 'research',
        customer: 'acme',
        enabled: true,
        fingerprint: fingerprint('fl-app'),
        retiring: [],
      },
      { id: 'batch', customer: 'acme', enabled: false, fingerprint: fingerprint('fl-batch'), retiring: [] },
      {
        id: 'zeta',
        enabled: true,
        expiresAt: '2027-01-01T00:00:00Z',
        fingerprint: fingerprint('fl-zeta'),
        retiring: [],
      },
    ]);
    const first = await scene.call('GET /keys?limit=2');
    expect(first.body['next']).toBe('batch');
    expect((await listed(scene, '?limit=2&after=batch')).map(({ id }) => id)).toEqual(['zeta']);
    expect((await listed(scene, '?team=research')).map(({ id }) => id)).toEqual(['app']);
    expect((await listed(scene, '?customer=acme')).map(({ id }) => id)).toEqual(['app', 'batch']);
    expect(JSON.stringify(first.body)).not.toContain('sha256');
  });

  it('are made with a key that is shown once and stored as its hash', async () => {
    const scene = await stage();
    const key = scene.nextKey();
    expect(key).toMatch(/^fl-[\w-]{43}$/);
    const made = await scene.call('POST /keys', { id: 'new', team: 'research', name: 'New' });
    expect([made.status, made.body]).toEqual([201, { id: 'new', key, version: 2 }]);
    expect(await one(scene, 'new')).toMatchObject({
      name: 'New',
      enabled: true,
      fingerprint: fingerprint(key),
    });
    const stored = asObject((await scene.call('GET /document')).body['document']);
    expect(asArray(stored['virtualKeys'])).toContainEqual({
      id: 'new',
      team: 'research',
      name: 'New',
      hash: hashVirtualKey(key),
    });
    expect(await lastChange(scene)).toMatchObject({
      action: 'key.create',
      actor,
      changes: [{ path: 'virtualKeys.new', after: { id: 'new', hash: fingerprint(key) } }],
    });
    expect(JSON.stringify([scene.log, await lastChange(scene)])).not.toContain(key);
  });

  it.each([
    [{ team: 'research' }, 400, 'invalid_request', 'id'],
    [{ id: 'new', hash: hashVirtualKey('x') }, 400, 'invalid_request', 'hash'],
    [{ id: 'new', key: 'fl-my-own-key' }, 400, 'invalid_request', 'key'],
    [{ id: 'new', retiring: [] }, 400, 'invalid_request', 'retiring'],
    [{ id: 'app' }, 409, 'already_exists', 'id'],
  ])('made of %j are refused', async (entry, status, code, param) => {
    const { call } = await stage();
    const answer = await call('POST /keys', entry);
    expect([...refusal(answer), answer.error['param']]).toEqual([status, code, param]);
  });

  it.each([
    [{ id: 'new', team: 'nobody' }, 'team'],
    [{ id: 'new', budgets: [{ limitUsd: 0, every: '1d' }] }, 'budgets[0].limitUsd'],
    [{ id: 'new', budgets: [{ limitUsd: 1, every: 'fortnight' }] }, 'budgets[0].every'],
    [{ id: 'new key' }, 'id'],
    [{ id: 'new', budget: [] }, 'budget'],
  ])('made of %j are refused by the rules of the document, at %s of the entry', async (entry, path) => {
    const { call } = await stage();
    const answer = await call('POST /keys', entry);
    expect(refusal(answer)).toEqual([400, 'invalid_document']);
    expect(asArray(answer.error['problems']).map((problem) => asObject(problem)['path'])).toEqual([path]);
    expect((await call('GET /document')).body['version']).toBe(1);
  });

  it('are rotated: the old key is good until its grace is over', async () => {
    const scene = await stage();
    const key = scene.nextKey();
    const until = new Date(startMs + hourMs).toISOString();
    const rotated = await scene.call('POST /keys/app/rotate', { graceS: 3_600 });
    expect([rotated.status, rotated.body]).toEqual([
      200,
      { id: 'app', key, version: 2, previousUntil: until },
    ]);
    expect(await one(scene, 'app')).toMatchObject({
      fingerprint: fingerprint(key),
      retiring: [{ fingerprint: fingerprint('fl-app'), until }],
    });
    await scene.clock.advance(hourMs);
    expect(await one(scene, 'app')).toMatchObject({ retiring: [] });
    // A day, where nothing else is said.
    const again = await scene.call('POST /keys/app/rotate');
    expect(again.body['previousUntil']).toBe(new Date(startMs + 25 * hourMs).toISOString());
  });

  it('rotated without grace have one key only', async () => {
    const scene = await stage();
    await scene.call('POST /keys/app/rotate', {});
    const rotated = await scene.call('POST /keys/app/rotate', { graceS: 0 });
    expect(rotated.body).not.toHaveProperty('previousUntil');
    expect(await one(scene, 'app')).toMatchObject({ retiring: [] });
  });

  it('have four earlier keys at most', async () => {
    const { call } = await stage();
    for (let times = 0; times < 4; times++) expect((await call('POST /keys/app/rotate')).status).toBe(200);
    const fifth = await call('POST /keys/app/rotate');
    expect(refusal(fifth)).toEqual([409, 'too_many_rotations']);
    expect((await call('POST /keys/app/rotate', { graceS: 0 })).status).toBe(200);
  });

  it.each([{ graceS: -1 }, { graceS: 2_592_001 }, { graceS: 1.5 }, { graceS: '60' }])(
    'are not rotated with %j',
    async (body) => {
      const { call } = await stage();
      const answer = await call('POST /keys/app/rotate', body);
      expect([...refusal(answer), answer.error['param']]).toEqual([400, 'invalid_request', 'graceS']);
    },
  );

  it('are disabled and enabled; doing it again stores nothing', async () => {
    const scene = await stage();
    expect((await scene.call('POST /keys/app/disable')).body).toEqual({
      id: 'app',
      enabled: false,
      version: 2,
    });
    expect((await scene.call('POST /keys/app/disable')).body).toEqual({
      id: 'app',
      enabled: false,
      version: 2,
    });
    expect(await one(scene, 'app')).toMatchObject({ enabled: false });
    expect(await lastChange(scene)).toMatchObject({
      action: 'key.disable',
      changes: [{ path: 'virtualKeys.app.enabled', after: false }],
    });
    expect((await scene.call('POST /keys/app/enable')).body).toEqual({
      id: 'app',
      enabled: true,
      version: 3,
    });
  });

  it('are deleted', async () => {
    const scene = await stage();
    expect((await scene.call('DELETE /keys/app')).body).toEqual({ id: 'app', version: 2 });
    expect((await listed(scene)).map(({ id }) => id)).toEqual(['batch', 'zeta']);
    expect(await lastChange(scene)).toMatchObject({
      action: 'key.delete',
      changes: [{ path: 'virtualKeys.app', before: { id: 'app', team: 'research' } }],
    });
  });

  it.each([
    'POST /keys/nobody/rotate',
    'POST /keys/nobody/disable',
    'POST /keys/nobody/enable',
    'DELETE /keys/nobody',
  ])('%s is refused', async (route) => {
    const { call } = await stage();
    expect(refusal(await call(route))).toEqual([404, 'unknown_key']);
  });

  it.each(['?limit=0', '?limit=1001', '?limit=x', '?teams=research'])(
    'are not listed by %s',
    async (query) => {
      const { call } = await stage();
      expect(refusal(await call(`GET /keys${query}`))).toEqual([400, 'invalid_request']);
    },
  );

  it('changed side by side lose nothing: one of two that meet reads again, or is told to', async () => {
    const scene = await stage();
    const answers = await Promise.all(['x', 'y', 'z'].map((id) => scene.call('POST /keys', { id })));
    const stored = (await listed(scene)).map(({ id }) => id);
    for (const [index, id] of ['x', 'y', 'z'].entries()) {
      expect([201, 409]).toContain(answers[index]?.status);
      expect(stored.includes(id)).toBe(answers[index]?.status === 201);
    }
    expect(stored).toEqual(expect.arrayContaining(document.virtualKeys.map(({ id }) => id)));
    expect(answers.map(({ status }) => status)).toContain(201);
  });
});
