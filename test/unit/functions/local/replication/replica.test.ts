import { describe, expect, it } from 'vitest';
import { tableNames } from '../../../../../functions/local/database.ts';
import { globalTables } from '../../../../../functions/local/replication/item-address.ts';
import { Replica, type ReplicatedWrite } from '../../../../../functions/local/replication/replica.ts';
import { Versions } from '../../../../../functions/local/replication/versions.ts';
import type { WireAnswer } from '../../../../../functions/local/replication/wire.ts';
import { asObject, type JsonObject } from '../../../../../lib/domain/json.ts';
import { ManualClock, settle } from '../../../../support/manual-clock.ts';

const key = { pk: { S: 'a' } };
const update = Buffer.from(JSON.stringify({ TableName: tableNames.quotas, Key: key }));
const fromElsewhere: ReplicatedWrite = {
  item: { table: tableNames.quotas, key, id: JSON.stringify([tableNames.quotas, 'a']) },
  version: { atMs: 9e12, region: 'us-east-1', sequence: 0 },
  image: { ...key, n: { N: '9' } },
};

/** A replica whose database answers when told to, in any order. */
function scene() {
  const asked: { readonly what: string; readonly answer: (body: JsonObject) => void }[] = [];
  const spread: ReplicatedWrite[] = [];
  const ask = (what: string): Promise<JsonObject> =>
    new Promise((resolve) => asked.push({ what, answer: resolve }));
  const replica = new Replica({
    region: 'eu-central-1',
    wire: {
      call: (operation) => ask(operation),
      send: async (): Promise<WireAnswer> => {
        const body = await ask('client');
        return { status: Number(body['status'] ?? 200), headers: {}, body: Buffer.alloc(0) };
      },
    },
    versions: new Versions(),
    global: globalTables(tableNames),
    clock: new ManualClock(),
    onWrite: (write) => void spread.push(write),
  });
  return {
    replica,
    spread,
    asked: () => asked.map(({ what }) => what),
    answer: async (index: number, body: object = {}) => {
      asked[index]?.answer(asObject(body));
      await settle();
    },
  };
}

describe('Replica', () => {
  it('lets nobody write an item before its new image has been read', async () => {
    const { replica, asked, answer, spread } = scene();
    const first = replica.write('UpdateItem', {}, update);
    const second = replica.write('UpdateItem', {}, update);
    const applied = replica.apply(fromElsewhere);
    await settle();
    expect(asked()).toEqual(['client']);
    await answer(0);
    expect(asked()).toEqual(['client', 'GetItem']);
    await answer(1, { Item: { ...key, n: { N: '1' } } });
    await first;
    expect(asked()).toEqual(['client', 'GetItem', 'client']);
    await answer(2);
    await answer(3, { Item: { ...key, n: { N: '2' } } });
    await second;
    expect(asked().slice(4)).toEqual(['PutItem']);
    await answer(4);
    await applied;
    expect(spread.map(({ image }) => image?.['n'])).toEqual([{ N: '1' }, { N: '2' }]);
  });

  it('passes nothing on when the database refuses', async () => {
    const { replica, asked, answer, spread } = scene();
    const refused = replica.write('UpdateItem', {}, update);
    await settle();
    await answer(0, { status: 400 });
    expect((await refused).status).toBe(400);
    expect([asked(), spread]).toEqual([['client'], []]);
  });

  it('does not pass on what came from elsewhere', async () => {
    const { replica, answer, spread } = scene();
    const applied = replica.apply(fromElsewhere);
    await settle();
    await answer(0);
    await applied;
    expect(spread).toEqual([]);
  });
});
