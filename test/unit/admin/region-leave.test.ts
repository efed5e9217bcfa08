import { BatchWriteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { asArray, asObject } from '../../../lib/domain/json.ts';
import type { Owner } from '../../../lib/domain/quota.ts';
import { QuotaStore } from '../../../lib/stores/quota-store.ts';
import { actor, document, hashOf, refusal, stage, type Scene } from './scene.ts';

const [own, us, ap] = ['eu-central-1', 'us-east-1', 'ap-northeast-1'] as const;
const sites = [
  { site: own, share: 0.5 },
  { site: us, share: 0.3 },
  { site: ap, share: 0.2 },
  { site: 'eu-west-1', share: 0, left: true },
];
const daily = { limitUsd: 10, every: '1d', calendar: true };
const hard = {
  ...document,
  teams: [{ id: 'research', customer: 'acme', budgets: [{ ...daily, enforcement: 'hard' }] }],
  virtualKeys: [
    {
      id: 'app',
      team: 'research',
      hash: hashOf('app'),
      budgets: [daily, { id: 'week', limitUsd: 1, every: '1w', calendar: true, enforcement: 'hard' }],
      rateLimits: [{ requests: 100, every: '1m' }],
    },
  ],
};
const team: Owner = { kind: 'team', id: 'research' };
const today = '1d@2026-11-24T00:00:00Z';
const leave = { site: own };

const ledger = ({ database }: Scene) =>
  new QuotaStore({ region: own, table: database.tableNames.quotas, clientFor: () => database.client });
const itemAt = (scene: Scene, lane = 0) =>
  ledger(scene).read({
    owner: team,
    quotaId: '1d-calendar',
    unit: 'microUsd',
    window: today,
    place: { site: own, lane },
  });
const actions = async ({ call }: Scene) =>
  asArray((await call('GET /audit')).body['records']).map((record) => asObject(record)['action']);

describe('a region that leaves', () => {
  it('hands every hard limit over to those that stay, and says so', async () => {
    const scene = await stage({ document: hard, sites });
    const { status, body } = await scene.call('POST /region/leave', leave);
    expect([status, body]).toEqual([
      200,
      {
        site: own,
        dryRun: false,
        heirs: [us, ap],
        looked: 2,
        quotas: expect.arrayContaining([
          {
            owner: 'team/research',
            quota: '1d-calendar',
            unit: 'microUsd',
            until: '2026-11-25T00:00:00.000Z',
            handedOver: { [us]: 3_000_000, [ap]: 2_000_000 },
            remains: [],
          },
          {
            owner: 'virtual_key/app',
            quota: 'week',
            unit: 'microUsd',
            until: '2026-11-30T00:00:00.000Z',
            handedOver: { [us]: 300_000, [ap]: 200_000 },
            remains: [],
          },
        ]),
      },
    ]);
    expect(asArray(body['quotas'])).toHaveLength(2);
    expect(await itemAt(scene)).toMatchObject({
      granted: 5_000_000,
      available: 0,
      lent: new Map([
        [us, 3_000_000],
        [ap, 2_000_000],
      ]),
    });
  });

  it('is written down first, with who asked for it and to whom rights go', async () => {
    const scene = await stage({ document: hard, sites });
    await scene.call('POST /region/leave', leave);
    const [record] = asArray((await scene.call('GET /audit')).body['records']);
    expect(record).toMatchObject({
      version: 1,
      action: 'region.leave',
      actor,
      changes: [{ path: `sites["${own}"].rights`, after: { heirs: [us, ap], from: 'the first owner' } }],
    });
  });

  it('says what attempts hold, and hands over what came back when it is asked again', async () => {
    const scene = await stage({ document: hard, sites });
    const store = ledger(scene);
    const key = {
      owner: team,
      quotaId: '1d-calendar',
      unit: 'microUsd',
      window: today,
      place: { site: own, lane: 0 },
    } as const;
    await store.open(key, { granted: 5_000_000, edition: 1, expiresS: 2_000_000_000 });
    await store.reserve(key, '294832150000000001', 400_000);
    const held = asArray((await scene.call('POST /region/leave', leave)).body['quotas']);
    expect(held).toContainEqual(
      expect.objectContaining({
        owner: 'team/research',
        handedOver: { [us]: 2_760_000, [ap]: 1_840_000 },
        remains: [{ reason: 'unsettled', amount: 400_000, attempts: 1 }],
      }),
    );
    await store.settle({ key, ticket: '294832150000000001', held: 400_000 }, 100_000);
    expect((await scene.call('POST /region/leave', leave)).body['quotas']).toEqual([
      expect.objectContaining({
        owner: 'team/research',
        handedOver: { [us]: 180_000, [ap]: 120_000 },
        remains: [],
      }),
    ]);
    expect((await scene.call('POST /region/leave', leave)).body).toMatchObject({ looked: 2, quotas: [] });
  });

  it('says what a limit lowered under what was spent leaves owing', async () => {
    const scene = await stage({ document: hard, sites });
    await ledger(scene).open(
      { owner: team, quotaId: '1d-calendar', unit: 'microUsd', window: today, place: { site: own, lane: 0 } },
      { granted: 5_000_000, edition: 1, expiresS: 2_000_000_000 },
    );
    await ledger(scene).charge(
      { owner: team, quotaId: '1d-calendar', unit: 'microUsd', window: today, place: { site: own, lane: 0 } },
      '294832150000000001',
      5_500_000,
    );
    expect((await scene.call('POST /region/leave', leave)).body['quotas']).toContainEqual(
      expect.objectContaining({
        owner: 'team/research',
        handedOver: {},
        remains: [{ reason: 'owed', amount: 500_000 }],
      }),
    );
  });

  it('goes on from page to page until every owner was seen once, a rotated key too', async () => {
    const scene = await stage({ document: hard, sites });
    await scene.call('POST /keys/app/rotate');
    const { client, tableNames } = scene.database;
    // Owners without a limit, and so many that one page does not hold them.
    const others = Array.from({ length: 600 }, (_, index) => ({
      PutRequest: {
        Item: {
          pk: { S: `team#other-${index}` },
          sk: { S: 'team' },
          body: { S: JSON.stringify({ id: `other-${index}` }) },
        },
      },
    }));
    for (let from = 0; from < others.length; from += 25) {
      const RequestItems = { [tableNames.governance]: others.slice(from, from + 25) };
      await client.send(new BatchWriteItemCommand({ RequestItems }));
    }
    const owners: unknown[] = [];
    let pages = 0;
    let after: unknown;
    do {
      const body = { ...leave, ...(after !== undefined && { after }) };
      const { status, body: page } = await scene.call('POST /region/leave', body);
      expect(status).toBe(200);
      owners.push(...asArray(page['quotas']).map((each) => asObject(each)['owner']));
      after = page['next'];
      pages += 1;
    } while (after !== undefined);
    expect(pages).toBe(2);
    expect(owners.toSorted()).toEqual(['team/research', 'virtual_key/app']);
    expect(await actions(scene)).toEqual(['region.leave', 'region.leave', 'key.rotate', 'document.replace']);
  });

  it('names an owner it cannot read, and hands over the others', async () => {
    const scene = await stage({ document: hard, sites });
    await scene.database.client.send(
      new PutItemCommand({
        TableName: scene.database.tableNames.governance,
        Item: {
          pk: { S: 'team#odd' },
          sk: { S: 'team' },
          body: { S: JSON.stringify({ id: 'odd', budgets: [{ limitEur: 1 }] }) },
        },
      }),
    );
    expect((await scene.call('POST /region/leave', leave)).body).toMatchObject({
      looked: 2,
      unreadable: ['team/odd'],
    });
  });
});

describe('a dry run', () => {
  it('says what would be handed over, and neither does it nor writes anything down', async () => {
    const scene = await stage({ document: hard, sites });
    const { body } = await scene.call('POST /region/leave', { ...leave, dryRun: true });
    expect(await itemAt(scene)).toBeUndefined();
    expect(await actions(scene)).toEqual(['document.replace']);
    expect(body).toEqual({ ...(await scene.call('POST /region/leave', leave)).body, dryRun: true });
  });
});

describe('leaving is refused', () => {
  it.each([
    [{}, 'site'],
    [{ site: us }, 'site'],
    [{ site: 'eu-west-1' }, 'site'],
    [{ ...leave, after: 'WyJ4Il0' }, 'after'],
    [{ ...leave, after: 'nonsense' }, 'after'],
    [{ ...leave, dryrun: true }, 'dryrun'],
  ])('of %j, naming %s, and changes nothing', async (body, param) => {
    const scene = await stage({ document: hard, sites });
    const answer = await scene.call('POST /region/leave', body);
    expect([...refusal(answer), answer.error['param']]).toEqual([400, 'invalid_request', param]);
    expect(await itemAt(scene)).toBeUndefined();
    expect(await actions(scene)).toEqual(['document.replace']);
  });

  it('where nobody stays', async () => {
    const { call } = await stage({
      document: hard,
      sites: [
        { site: own, share: 1 },
        { site: us, share: 0, left: true },
      ],
    });
    const answer = await call('POST /region/leave', leave);
    expect(refusal(answer)).toEqual([400, 'invalid_request']);
    expect(answer.error['message']).toContain('only site');
  });
});
