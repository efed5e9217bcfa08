import { describe, expect, it } from 'vitest';
import { asArray, asObject } from '../../../lib/domain/json.ts';
import { hashVirtualKey } from '../../../lib/identity/virtual-key.ts';
import { actor, document, refusal, stage } from './scene.ts';

const { virtualKeys: _keys, ...withoutKeys } = document;

describe('the document', () => {
  it('is read as it was written, without what is stored beside it', async () => {
    const { call } = await stage();
    const { status, body } = await call('GET /document');
    expect([status, body['version']]).toEqual([200, 1]);
    const read = asObject(body['document']);
    expect({ ...read, virtualKeys: asArray(read['virtualKeys']).length }).toEqual({
      ...document,
      virtualKeys: 3,
    });
    expect(JSON.stringify(body)).not.toContain('quotaMarks');
    const omitted = asObject((await call('GET /document?virtualKeys=omit')).body['document']);
    expect(omitted).toEqual(withoutKeys);
  });

  it('is version 0 and empty before the first', async () => {
    const { call } = await stage({ document: null });
    expect((await call('GET /document')).body).toEqual({ version: 0, document: {} });
    expect((await call('GET /keys')).body).toEqual({ keys: [] });
    expect((await call('GET /provider-keys')).body).toEqual({ region: 'eu-central-1', keys: [] });
    expect(refusal(await call('GET /usage?owner=team/research'))).toEqual([404, 'unknown_owner']);
    expect(refusal(await call('DELETE /keys/app'))).toEqual([400, 'invalid_document']);
  });

  it('is compared without being stored', async () => {
    const { call } = await stage();
    const edited = {
      ...document,
      teams: [{ ...document.teams[0], budgets: [{ limitUsd: 20, every: '1d', calendar: true }] }],
      virtualKeys: document.virtualKeys.slice(1),
    };
    const { status, body } = await call('POST /document/check', { document: edited });
    expect([status, body]).toEqual([
      200,
      {
        version: 1,
        changes: [
          { path: 'teams.research.budgets[0].limitUsd', before: 10, after: 20 },
          {
            path: 'virtualKeys.app',
            before: { id: 'app', team: 'research', hash: document.virtualKeys[0]?.hash.slice(7, 19) },
          },
        ],
        warnings: [],
      },
    ]);
    expect((await call('GET /document')).body['version']).toBe(1);
  });

  it('is replaced where it is still the version it was made of, with its changes on record', async () => {
    const { call, log } = await stage();
    const edited = { ...document, decisionRecords: 'none' };
    const stored = await call('PUT /document', { expectedVersion: 1, document: edited });
    const changes = [{ path: 'decisionRecords', after: 'none' }];
    expect([stored.status, stored.body]).toEqual([200, { version: 2, changes, warnings: [] }]);
    expect(log.at(-1)).toMatchObject({ event: 'admin', action: 'document.replace', status: 200, version: 2 });

    const late = await call('PUT /document', { expectedVersion: 1, document });
    expect(refusal(late)).toEqual([409, 'stale_version']);
    expect(late.error['message']).toMatch(/version 1\b.*version 2\b/);
    expect((await call('GET /document')).body['version']).toBe(2);

    const [record] = asArray((await call('GET /audit?month=2026-11')).body['records']).map(asObject);
    expect(record).toMatchObject({
      version: 2,
      action: 'document.replace',
      actor,
      changes,
      requestId: 'request-2',
    });
  });

  it('keeps the virtual keys where it is sent without them', async () => {
    const { call } = await stage();
    const edited = { ...withoutKeys, decisionRecords: 'failures' };
    expect(
      (await call('POST /document/check?virtualKeys=keep', { document: edited })).body['changes'],
    ).toEqual([{ path: 'decisionRecords', after: 'failures' }]);
    const stored = await call('PUT /document?virtualKeys=keep', { expectedVersion: 1, document: edited });
    expect(stored.status).toBe(200);
    expect(asArray((await call('GET /keys')).body['keys'])).toHaveLength(3);

    const orphaned = await call('PUT /document?virtualKeys=keep', {
      expectedVersion: 2,
      document: { ...edited, teams: [] },
    });
    expect(asArray(orphaned.error['problems']).map((problem) => asObject(problem)['path'])).toContain(
      'virtualKeys.app.team',
    );
    expect(orphaned.error['message']).toMatch(/; virtualKeys\.app\.team: .* \(a stored virtual key\)$/);

    const both = await call('PUT /document?virtualKeys=keep', { expectedVersion: 2, document });
    expect([...refusal(both), both.error['param']]).toEqual([400, 'invalid_request', 'document.virtualKeys']);
    // Keys that are neither sent nor kept are gone.
    const gone = await call('PUT /document', { expectedVersion: 2, document: withoutKeys });
    expect(asArray(gone.body['changes']).map((change) => asObject(change)['path'])).toEqual(
      expect.arrayContaining(['virtualKeys.app', 'virtualKeys.batch', 'virtualKeys.zeta']),
    );
  });

  it.each([
    ['a negative limit', { ...document, budgets: [{ limitUsd: -1, every: '1d' }] }, 'budgets[0].limitUsd'],
    [
      'a limit of zero',
      { ...document, rateLimits: [{ requests: 0, every: '1d' }] },
      'rateLimits[0].requests',
    ],
    ['a window there is not', { ...document, budgets: [{ limitUsd: 1, every: '2d' }] }, 'budgets[0].every'],
    [
      'an unknown team',
      { ...document, virtualKeys: [{ ...document.virtualKeys[0], team: 'x' }] },
      'virtualKeys[0].team',
    ],
    [
      'an id twice',
      {
        ...document,
        virtualKeys: [...document.virtualKeys, { ...document.virtualKeys[1], hash: hashVirtualKey('x') }],
      },
      'virtualKeys[3].id',
    ],
    [
      'a key pasted twice',
      { ...document, virtualKeys: [...document.virtualKeys, { ...document.virtualKeys[1], id: 'again' }] },
      'virtualKeys[3].hash',
    ],
    [
      'a key in clear, which is hashed before it is sent',
      { ...document, virtualKeys: [{ id: 'app', key: 'fl-in-clear-1234', providers: [] }] },
      'virtualKeys[0].key',
    ],
    [
      'a key from the environment',
      { ...document, providers: { openai: { type: 'openai', keys: [{ id: 'a', env: 'OPENAI' }] } } },
      'providers.openai.keys[0].env',
    ],
    ['a misspelt field', { ...document, budget: [] }, 'budget'],
  ])('is refused with %s, checked or stored, and nothing changes', async (_what, wrong, path) => {
    const { call } = await stage();
    for (const answer of [
      await call('POST /document/check', { document: wrong }),
      await call('PUT /document', { expectedVersion: 1, document: wrong }),
    ]) {
      expect(refusal(answer)).toEqual([400, 'invalid_document']);
      expect(asArray(answer.error['problems']).map((problem) => asObject(problem)['path'])).toContain(path);
      expect(JSON.stringify(answer.body)).not.toContain('fl-in-clear');
    }
    expect((await call('GET /document')).body['version']).toBe(1);
  });

  it.each([
    ['PUT /document', { document }, 'expectedVersion'],
    ['PUT /document', { expectedVersion: -1, document }, 'expectedVersion'],
    ['PUT /document', { expectedVersion: 1, document: [] }, 'document'],
    ['PUT /document', { expectedVersion: 1, document, force: true }, 'force'],
    ['POST /document/check', {}, 'document'],
    ['GET /document?virtualKeys=no', undefined, 'virtualKeys'],
    ['GET /document?virtualkeys=omit', undefined, 'virtualkeys'],
  ])('%s of a wrong shape is refused (%#), naming its field', async (route, body, param) => {
    const { call } = await stage();
    const answer = await call(route, body);
    expect([...refusal(answer), answer.error['param']]).toEqual([400, 'invalid_request', param]);
  });

  it.each(['{', '"text"', 'null', '[]'])('a body that is %s is refused', async (body) => {
    const { call } = await stage();
    expect(refusal(await call('PUT /document', body))).toEqual([400, 'invalid_request']);
  });

  it('takes a body of 5 MB and no more', async () => {
    const { call } = await stage();
    const answer = await call('PUT /document', ' '.repeat(5 * 1024 * 1024 + 1));
    expect(refusal(answer)).toEqual([413, 'request_too_large']);
  });

  it('tells of a change as much as fits, since it is stored', async () => {
    const models = Array.from({ length: 220 }, (_, index) => `${index}-`.padEnd(250, 'm'));
    const virtualKeys = Array.from({ length: 110 }, (_, index) => ({
      id: `key-${index}`,
      hash: hashVirtualKey(`key-${index}`),
      providers: [{ provider: 'openai', models, keys: ['*'] }],
    }));
    const { call } = await stage({ document: { ...withoutKeys, virtualKeys: virtualKeys.slice(0, 55) } });
    const both = await call('PUT /document', {
      expectedVersion: 1,
      document: { ...withoutKeys, virtualKeys: virtualKeys.slice(55) },
    });
    expect(both.status).toBe(200);
    expect(Number(both.body['changesOmitted'])).toBeGreaterThan(50);
    expect(asArray(both.body['changes']).length + Number(both.body['changesOmitted'])).toBe(110);
  });
});
