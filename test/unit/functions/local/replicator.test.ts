import { BatchWriteItemCommand, PutItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableNames } from '../../../../functions/local/database.ts';
import { until } from '../../../support/gateway.ts';
import { ap, eu, regionNames, startTestRegions, us } from '../../../support/regions.ts';

const n = (value: number) => ({ n: { N: String(value) } });
const item = (pk: string, value: number) => ({ pk: { S: pk }, ...n(value) });

describe('a write', () => {
  it('is seen at once where it is made, and elsewhere after the lag', async () => {
    const { clock, replication, in: at } = await startTestRegions({ lag: 500 });
    await at(us).put('a', n(1));
    expect([await at(us).get('a'), await at(eu).get('a'), replication.pending]).toEqual([
      item('a', 1),
      undefined,
      2,
    ]);
    await clock.advance(500);
    await replication.drain();
    expect([await at(eu).get('a'), await at(ap).get('a'), replication.pending]).toEqual([
      item('a', 1),
      item('a', 1),
      0,
    ]);
  });

  it('travels as the whole item it made, not as the change', async () => {
    const { replication, in: at } = await startTestRegions();
    await at(us).put('a', { n: { N: '1' }, s: { NS: ['1', '2'] }, b: { B: new Uint8Array([0, 255]) } });
    await at(us).add('a', 'n', 2);
    await replication.drain();
    expect(await at(eu).get('a')).toEqual({
      pk: { S: 'a' },
      n: { N: '3' },
      s: { NS: ['1', '2'] },
      b: { B: new Uint8Array([0, 255]) },
    });
  });

  it('takes a lag of its own from a range; what comes later may arrive earlier', async () => {
    const draws = [0.99, 0.99, 0, 0];
    const {
      clock,
      replication,
      in: at,
    } = await startTestRegions({
      lag: { fromMs: 100, toMs: 199 },
      random: () => draws.shift() ?? 0,
    });
    await at(us).put('slow', n(1));
    await at(us).put('fast', n(2));
    await clock.advance(100);
    await until(() => replication.pending === 2);
    expect([await at(eu).get('fast'), await at(eu).get('slow')]).toEqual([item('fast', 2), undefined]);
    await clock.advance(99);
    await until(() => replication.pending === 0);
    expect(await at(eu).get('slow')).toEqual(item('slow', 1));
  });

  it('that is refused goes nowhere', async () => {
    const { replication, in: at } = await startTestRegions({ lag: 10 });
    await at(us).put('a', n(1));
    await replication.drain();
    await expect(at(us).add('a', 'n', 1, 5)).rejects.toThrow('The conditional request failed');
    expect(replication.pending).toBe(0);
  });

  it('of a batch travels like any other', async () => {
    const { replication, in: at } = await startTestRegions({ lag: 10 });
    await at(us).put('gone', n(1));
    const client = replication.client(us);
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [tableNames.quotas]: [
            { PutRequest: { Item: item('new', 2) } },
            { DeleteRequest: { Key: { pk: { S: 'gone' } } } },
          ],
        },
      }),
    );
    client.destroy();
    await replication.drain();
    expect([await at(eu).get('new'), await at(eu).get('gone')]).toEqual([item('new', 2), undefined]);
  });

  it('stays in its region where the table is not global', async () => {
    const { replication } = await startTestRegions();
    const key = { pk: { S: 'route' }, sk: { S: 'window' } };
    const [here, there] = [replication.client(us), replication.client(eu)];
    await here.send(new PutItemCommand({ TableName: tableNames.health, Item: key }));
    expect(replication.pending).toBe(0);
    const read = { TableName: tableNames.health, Key: key, ConsistentRead: true };
    expect((await here.send(new GetItemCommand(read))).Item).toEqual(key);
    expect((await there.send(new GetItemCommand(read))).Item).toBeUndefined();
    [here, there].forEach((client) => client.destroy());
  });
});

describe('two writes of one item', () => {
  it('in two regions: the later one wins everywhere, and what the other added is lost', async () => {
    const { clock, replication, in: at } = await startTestRegions({ lag: 1_000 });
    await at(us).put('counter', n(0));
    await replication.drain();
    await at(us).add('counter', 'n', 5);
    await clock.advance(1);
    await at(eu).add('counter', 'n', 7);
    await replication.drain();
    for (const region of regionNames) expect(await at(region).get('counter')).toEqual(item('counter', 7));
  });

  it('at the same millisecond: the region whose name comes last wins', async () => {
    const { replication, in: at } = await startTestRegions({ lag: 1_000 });
    for (const region of [us, ap, eu]) await at(region).put('a', { from: { S: region } });
    await replication.drain();
    for (const region of regionNames) {
      expect(await at(region).get('a')).toEqual({ pk: { S: 'a' }, from: { S: us } });
    }
  });

  it('one after the other, at the same millisecond: the second is based on the first and wins', async () => {
    const { replication, in: at } = await startTestRegions();
    await at(us).put('a', n(1));
    await replication.drain();
    await at(ap).add('a', 'n', 1);
    await at(ap).add('a', 'n', 1);
    await replication.drain();
    for (const region of regionNames) expect(await at(region).get('a')).toEqual(item('a', 3));
  });
});

describe('a delete', () => {
  it('travels', async () => {
    const { replication, in: at } = await startTestRegions();
    await at(us).put('a', n(1));
    await replication.drain();
    await at(eu).remove('a');
    await replication.drain();
    for (const region of regionNames) expect(await at(region).get('a')).toBeUndefined();
  });

  it('wins over an earlier write that arrives after it', async () => {
    const { clock, replication, in: at } = await startTestRegions();
    await at(us).put('a', n(1));
    await replication.drain();
    replication.partition(us);
    await at(us).put('a', n(2));
    await clock.advance(1);
    await at(eu).remove('a');
    await replication.drain();
    replication.heal();
    await replication.drain();
    for (const region of regionNames) expect(await at(region).get('a')).toBeUndefined();
  });

  it('loses to a later write', async () => {
    const { clock, replication, in: at } = await startTestRegions({ lag: 1_000 });
    await at(us).put('a', n(1));
    await replication.drain();
    await at(eu).remove('a');
    await clock.advance(1);
    await at(us).put('a', n(2));
    await replication.drain();
    for (const region of regionNames) expect(await at(region).get('a')).toEqual(item('a', 2));
  });
});

describe('a partition', () => {
  it('of one region from all others holds its writes and theirs; the rest goes on', async () => {
    const { replication, in: at } = await startTestRegions();
    replication.partition(eu);
    await at(eu).put('theirs', n(1));
    await at(us).put('ours', n(2));
    await replication.drain();
    expect(await Promise.all([at(us).get('theirs'), at(eu).get('ours'), at(ap).get('ours')])).toEqual([
      undefined,
      undefined,
      item('ours', 2),
    ]);
    expect(replication.pending).toBe(3);
    replication.heal();
    await replication.drain();
    expect([await at(us).get('theirs'), await at(ap).get('theirs'), await at(eu).get('ours')]).toEqual([
      item('theirs', 1),
      item('theirs', 1),
      item('ours', 2),
    ]);
  });

  it('of a pair leaves both joined to the third', async () => {
    const { replication, in: at } = await startTestRegions();
    replication.partition(us, eu);
    await at(us).put('a', n(1));
    await replication.drain();
    expect([await at(eu).get('a'), await at(ap).get('a')]).toEqual([undefined, item('a', 1)]);
  });

  it('breaks the connections of clients across it, and only theirs', async () => {
    const { replication, in: at } = await startTestRegions();
    await at(us, eu).put('a', n(1));
    replication.partition(us, eu);
    await expect(at(us, eu).get('a')).rejects.toThrow('socket hang up');
    await expect(at(us, eu).add('a', 'n', 1)).rejects.toThrow('socket hang up');
    expect(await at(us, ap).get('a')).toEqual(item('a', 1));
    replication.heal();
    expect(await at(us, eu).get('a')).toEqual(item('a', 1));
  });

  it('of an unknown region is refused', async () => {
    const { replication } = await startTestRegions();
    const refused = 'region must be one of us-east-1, eu-central-1, ap-northeast-1, received "mars"';
    expect(() => replication.partition('mars')).toThrow(refused);
    expect(() => replication.partition(us, 'mars')).toThrow(refused);
    expect(() => replication.client(us, 'mars')).toThrow(refused);
  });
});

describe('conditional updates', () => {
  it('50 at once at one replica: exactly as many succeed as the condition allows, and the others see the end', async () => {
    const { replication, in: at } = await startTestRegions();
    await at(us).put('budget', { available: { N: '20' } });
    await replication.drain();
    const here = at(us);
    const there = at(us, eu);
    const taken = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? here : there).add('budget', 'available', -1, 1)),
    );
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    await replication.drain();
    for (const region of regionNames) {
      expect(await at(region).get('budget')).toEqual({ pk: { S: 'budget' }, available: { N: '0' } });
    }
  });
});

describe('whatever happens', () => {
  const region = fc.constantFrom(...regionNames);
  const key = fc.constantFrom('a', 'b');
  const step = fc.oneof(
    fc.record({ do: fc.constant('put' as const), region, key, value: fc.nat(99) }),
    fc.record({ do: fc.constant('add' as const), region, key, value: fc.nat(99) }),
    fc.record({ do: fc.constant('remove' as const), region, key }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.nat(80) }),
    fc.record({ do: fc.constant('lag' as const), ms: fc.nat(100) }),
    fc.record({
      do: fc.constant('partition' as const),
      region,
      other: fc.option(region, { nil: undefined }),
    }),
    fc.record({ do: fc.constant('heal' as const) }),
  );

  it('the regions agree in the end', async () => {
    const { clock, replication, in: at } = await startTestRegions();
    const tables = new Map(regionNames.map((name) => [name, at(name)]));
    const schedule = fc.array(step, { minLength: 5, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(schedule, async (steps) => {
        for (const one of steps) {
          if (one.do === 'put') await tables.get(one.region)?.put(one.key, n(one.value));
          else if (one.do === 'add') await tables.get(one.region)?.add(one.key, 'n', one.value);
          else if (one.do === 'remove') await tables.get(one.region)?.remove(one.key);
          else if (one.do === 'pass') await clock.advance(one.ms);
          else if (one.do === 'lag') replication.setLag(one.ms);
          else if (one.do === 'partition') replication.partition(one.region, one.other);
          else replication.heal();
        }
        replication.heal();
        await replication.drain();
        expect(replication.pending).toBe(0);
        for (const name of ['a', 'b']) {
          const [first, ...others] = await Promise.all([...tables.values()].map((table) => table.get(name)));
          for (const other of others) expect(other).toEqual(first);
        }
      }),
      { numRuns: 40 },
    );
  });
});
