import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { WindowCounts } from '../../../lib/domain/health-store.ts';
import type { KeyRest } from '../../../lib/domain/key-rest.ts';
import { windowOf } from '../../../lib/stores/health-items.ts';
import { DynamoHealthStore } from '../../../lib/stores/health-store.ts';
import { KeyRestStore } from '../../../lib/stores/key-rest-store.ts';
import { snapshotOf } from '../../../lib/stores/snapshot-items.ts';
import { startTestDatabase, type TestDatabase } from '../../support/dynalite.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const startMs = Date.parse('2026-11-24T10:00:00Z');
const table = 'test-health';

let database: TestDatabase;
let clock: ManualClock;
const problems: string[] = [];

beforeEach(async () => {
  problems.length = 0;
  clock = new ManualClock(startMs);
  database = await startTestDatabase();
  onTestFinished(() => database.close());
});

interface Made {
  readonly random?: () => number;
  readonly rests?: () => Promise<readonly KeyRest[]>;
  readonly client?: DynamoDBClient;
}
const common = () => ({
  client: database.client,
  table,
  clock,
  onProblem: (problem: string) => void problems.push(problem),
});
const made = (more: Made = {}) =>
  new DynamoHealthStore({ ...common(), random: () => 0, rests: () => Promise.resolve([]), ...more });

const windowAt = (index: number, subject: string, counts: WindowCounts['counts']): WindowCounts => ({
  startMs: startMs + index * 5_000,
  subject,
  counts,
});
const bySubject = (windows: readonly WindowCounts[]) =>
  windows.toSorted((a, b) => a.startMs - b.startMs || (a.subject < b.subject ? -1 : 1));
const itemsOf = async () => (await database.client.send(new ScanCommand({ TableName: table }))).Items ?? [];
const put = (item: Record<string, AttributeValue>) =>
  database.client.send(new PutItemCommand({ TableName: table, Item: item }));
const copyOf = (copy: number) => made({ random: () => copy / 8 }).read();
const all = Array.from({ length: 8 }, (_, copy) => copy);

describe('windows', () => {
  it('add up what many functions count at once, each counter by itself', async () => {
    const stores = Array.from({ length: 10 }, () => made());
    for (const [index, store] of stores.entries()) {
      store.add(windowAt(0, 'openai/gpt-5', { n: 1, err: index % 2 }));
      store.add(windowAt(0, 'openai/gpt-5', { n: 2.5 }));
      store.add(windowAt(1, 'openai/gpt-5', { n: 1 }));
    }
    await Promise.all(stores.map((store) => store.settle()));
    expect(bySubject(await made().windows(startMs, startMs + 10_000))).toEqual([
      windowAt(0, 'openai/gpt-5', { n: 35, err: 5 }),
      windowAt(1, 'openai/gpt-5', { n: 10 }),
    ]);
    expect(problems).toEqual([]);
  });

  it('are one write for a subject, and expire an hour after they began', async () => {
    const store = made();
    store.add(windowAt(0, 'a/m', { n: 1, ok: 1, t12: 1 }));
    await store.settle();
    store.add(windowAt(0, 'a/m', { n: 1 }));
    await store.settle();
    expect(database.sent).toEqual(['UpdateItemCommand', 'UpdateItemCommand']);
    const items = await itemsOf();
    expect(items).toHaveLength(1);
    expect(items[0]?.['pk']?.S).toMatch(/^window#[0-3]$/);
    expect(items[0]?.['expires']?.N).toBe(String(startMs / 1000 + 3_600));
  });

  it('go together while a write is under way, so that a process with many requests writes few times', async () => {
    const store = made();
    for (let index = 0; index < 50; index += 1) {
      store.add(windowAt(0, 'a/m', { n: 1 }));
      store.add(windowAt(0, 'a/m#k', { n: 1, err: index % 2 }));
      if (index === 0) await Promise.resolve().then(() => Promise.resolve());
    }
    await store.settle();
    expect(database.sent).toEqual(Array.from({ length: 4 }, () => 'UpdateItemCommand'));
    expect(bySubject(await store.windows(startMs, startMs + 1))).toEqual([
      windowAt(0, 'a/m', { n: 50 }),
      windowAt(0, 'a/m#k', { n: 50, err: 25 }),
    ]);
  });

  it('are settled when they are written, whatever others add meanwhile', async () => {
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    const store = made({ client: new DynamoDBClient({ region: 'eu-central-1' }) });
    const written: string[] = [];
    let busy = true;
    aws.on(UpdateItemCommand).callsFake((input) => {
      written.push(input.Key.sk.S.split('#')[1]);
      // Whenever something is written, the next sample is there.
      if (busy) store.add(windowAt(0, `after ${written.length}`, { n: 1 }));
      return {};
    });
    store.add(windowAt(0, 'first', { n: 1 }));
    await Promise.resolve().then(() => Promise.resolve());
    store.add(windowAt(0, 'second', { n: 1 }));
    await store.settle();
    expect(written).toEqual(expect.arrayContaining(['first', 'second']));
    busy = false;
    await store.settle();
    await store.settle();
  });

  it('keep every name of subjects and counters apart from the names of the table', async () => {
    const names = ['pk', 'sk', 'expires', 'size', '#', ':x', '', 'a b', '.'];
    const counts = Object.fromEntries(names.map((name, index) => [name, index + 1]));
    const subjects = ['a/b#c', 'a#b/c', '["a","b"]', '#', '\u0000', 'ü/模'];
    const store = made();
    for (const subject of subjects) store.add(windowAt(0, subject, counts));
    await store.settle();
    const found = await store.windows(startMs, startMs + 5_000);
    expect(bySubject(found)).toEqual(bySubject(subjects.map((subject) => windowAt(0, subject, counts))));
    expect(problems).toEqual([]);
  });

  it('take more counters than one expression can hold', async () => {
    const counts = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`bucket_${index}`, 1]));
    const store = made();
    store.add(windowAt(0, 'a/m', counts));
    await store.settle();
    expect(await store.windows(startMs, startMs + 1)).toEqual([windowAt(0, 'a/m', counts)]);
    expect(problems).toEqual([]);
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    aws.on(UpdateItemCommand).resolves({});
    const watched = made({ client: new DynamoDBClient({ region: 'eu-central-1' }) });
    watched.add(windowAt(0, 'a/m', counts));
    await watched.settle();
    const expressions = aws
      .commandCalls(UpdateItemCommand)
      .map(({ args: [{ input }] }) => input.UpdateExpression ?? '');
    // What DynamoDB takes, and the embedded one does not check.
    expect(Math.max(...expressions.map((each) => Buffer.byteLength(each)))).toBeLessThan(4_096);
    expect(expressions.length).toBeLessThan(10);
  });

  it('leave out what is no count, and a subject no key of a table can hold', async () => {
    const store = made();
    store.add(windowAt(0, 'a/m', { n: 1, none: 0, less: -1, nan: NaN, endless: Infinity, vast: 1e16 }));
    store.add(windowAt(0, 'a/nothing', { n: 0 }));
    store.add(windowAt(0, `a/${'m'.repeat(1_100)}`, { n: 1 }));
    await store.settle();
    expect(await store.windows(startMs, startMs + 5_000)).toEqual([windowAt(0, 'a/m', { n: 1 })]);
    expect(database.sent.filter((name) => name === 'UpdateItemCommand')).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it('are those that start in the span asked for, its end left out', async () => {
    const store = made();
    for (const index of [-1, 0, 1, 2]) store.add(windowAt(index, 'a/m', { n: 1 }));
    await store.settle();
    const starts = async (fromMs: number, untilMs: number) =>
      bySubject(await store.windows(fromMs, untilMs)).map((each) => (each.startMs - startMs) / 5_000);
    expect(await starts(startMs, startMs + 10_000)).toEqual([0, 1]);
    expect(await starts(startMs, startMs + 10_001)).toEqual([0, 1, 2]);
    expect(await starts(0, startMs + 5_000)).toEqual([-1, 0]);
    expect(await starts(startMs, startMs)).toEqual([]);
    expect(await starts(startMs + 5_000, startMs)).toEqual([]);
  });

  it('are read consistently from every partition, page by page', async () => {
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    const item = (subject: string) => ({ sk: { S: `${startMs}#${subject}` }, '.n': { N: '1' } });
    const key = { pk: { S: 'x' }, sk: { S: 'y' } };
    aws.on(QueryCommand).resolves({ Items: [] });
    aws
      .on(QueryCommand, { ExpressionAttributeValues: valuesOf('window#2') })
      .resolvesOnce({ Items: [item('a')], LastEvaluatedKey: key })
      .resolvesOnce({ Items: [], LastEvaluatedKey: key })
      .resolves({ Items: [item('b')] });
    const store = made({ client: new DynamoDBClient({ region: 'eu-central-1' }) });
    const found = await store.windows(startMs, startMs + 5_000);
    expect(found.map(({ subject }) => subject)).toEqual(['a', 'b']);
    const inputs = aws.commandCalls(QueryCommand).map(({ args: [{ input }] }) => input);
    expect(inputs.every(({ ConsistentRead: consistent }) => consistent === true)).toBe(true);
    expect(inputs.map((input) => input.ExpressionAttributeValues?.[':pk']?.S).toSorted()).toEqual([
      'window#0',
      'window#1',
      'window#2',
      'window#2',
      'window#2',
      'window#3',
    ]);
    expect(inputs.filter((input) => input.ExclusiveStartKey !== undefined)).toHaveLength(2);
  });

  it('of many subjects lie in several partitions', async () => {
    const store = made();
    for (let index = 0; index < 40; index += 1) store.add(windowAt(0, `a/m${index}`, { n: 1 }));
    await store.settle();
    const partitions = (await itemsOf()).map(({ pk }) => pk?.S);
    expect(new Set(partitions).size).toBe(4);
    expect(await store.windows(startMs, startMs + 5_000)).toHaveLength(40);
  });

  it('that cannot be written are lost, which is said once for each time the table goes away', async () => {
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    aws
      .on(UpdateItemCommand)
      .rejects(Object.assign(new Error('at 10.0.0.7'), { name: 'ProvisionedThroughputExceededException' }));
    const store = made({ client: new DynamoDBClient({ region: 'eu-central-1' }) });
    for (let index = 0; index < 5; index += 1) store.add(windowAt(index, 'a/m', { n: 1 }));
    await store.settle();
    const said = 'health windows cannot be written (ProvisionedThroughputExceededException)';
    expect(problems).toEqual([said]);
    aws.on(UpdateItemCommand).resolves({});
    store.add(windowAt(6, 'a/m', { n: 1 }));
    await store.settle();
    aws.on(UpdateItemCommand).rejects(new Error('again'));
    store.add(windowAt(7, 'a/m', { n: 1 }));
    await store.settle();
    expect(problems).toEqual([said, 'health windows cannot be written (Error)']);
  });
});

const valuesOf = (pk: string) => ({
  ':pk': { S: pk },
  ':from': { S: String(startMs) },
  ':until': { S: String(startMs + 5_000) },
});

describe('the claim on a snapshot', () => {
  it('goes to one of many, and to nobody else until it lapses', async () => {
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => made().claim(startMs, startMs + 2_000, 2_000)),
    );
    expect(claims.filter((claimed) => claimed)).toHaveLength(1);
    expect(await made().claim(startMs, startMs + 4_000, 2_000)).toBe(false);
    const again = await Promise.all(
      Array.from({ length: 2 }, () => made().claim(startMs, startMs + 4_001, 2_000)),
    );
    expect(again.toSorted()).toEqual([false, true]);
    // The claim that took the lapsed one's place lasts as long.
    expect(await made().claim(startMs, startMs + 6_001, 2_000)).toBe(false);
  });

  it('on a later one is free at once, and closes the earlier ones for good', async () => {
    const store = made();
    expect(await store.claim(startMs, startMs + 2_000, 2_000)).toBe(true);
    expect(await store.claim(startMs + 5_000, startMs + 2_001, 2_000)).toBe(true);
    expect(await store.claim(startMs, startMs + 60_000, 2_000)).toBe(false);
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['without a time', {}],
    ['with a time that is no number', { untilMs: { S: '9' }, claimedUntilMs: { N: '9e15' } }],
    ['from the future', { untilMs: { N: String(startMs + 120_000) }, claimedUntilMs: { N: '9e15' } }],
    ['that ends with no number', { untilMs: { N: String(startMs) }, claimedUntilMs: { S: 'never' } }],
  ])('%s stands in nobody’s way', async (_what, attributes) => {
    await put({ pk: { S: 'snapshot#claim' }, sk: { S: 'current' }, ...attributes });
    expect(await made().claim(startMs, startMs + 2_000, 2_000)).toBe(true);
  });
});

describe('snapshots', () => {
  it('are there in eight copies, one of which a reader draws', async () => {
    expect(await made().read()).toBeUndefined();
    expect(await made().latest()).toBeUndefined();
    const snapshot = { untilMs: startMs, body: '{"routes":["ü"]}' };
    await made().publish(snapshot);
    for (const copy of all) expect(await copyOf(copy)).toEqual({ ...snapshot, rests: [] });
    expect(await made({ random: () => 0.999_999_999 }).read()).toEqual({ ...snapshot, rests: [] });
    expect(await made().latest()).toEqual({ ...snapshot, rests: [] });
    const copies = (await itemsOf()).map(({ pk }) => pk?.S).toSorted();
    expect(copies).toEqual(all.map((copy) => `snapshot#${copy}`));
  });

  it('are stored first where the next one is computed from, which is read consistently', async () => {
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    aws.on(UpdateItemCommand).resolves({});
    aws.on(GetItemCommand).resolves({});
    const store = made({ client: new DynamoDBClient({ region: 'eu-central-1' }), random: () => 0.5 });
    await store.publish({ untilMs: startMs, body: '' });
    const written = aws.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => input.Key?.['pk']?.S);
    expect(written).toEqual(all.map((copy) => `snapshot#${copy}`));
    await store.latest();
    await store.read();
    expect(aws.commandCalls(GetItemCommand).map(({ args: [{ input }] }) => input)).toEqual([
      { TableName: table, Key: { pk: { S: 'snapshot#0' }, sk: { S: 'current' } }, ConsistentRead: true },
      { TableName: table, Key: { pk: { S: 'snapshot#4' }, sk: { S: 'current' } } },
    ]);
  });

  it('never go back, though a function publishes long after it has computed', async () => {
    const late = { untilMs: startMs, body: 'late' };
    const newer = { untilMs: startMs + 5_000, body: 'newer' };
    await made().publish(newer);
    const before = database.sent.length;
    await made().publish(late);
    await made().publish({ ...newer, body: 'the same time once more' });
    // The first copy tells.
    expect(database.sent.slice(before)).toEqual(['UpdateItemCommand', 'UpdateItemCommand']);
    for (const copy of all) expect((await copyOf(copy))?.body).toBe('newer');
  });

  it('complete the copies that an earlier one did not reach', async () => {
    await made().publish({ untilMs: startMs, body: 'first' });
    await put({ pk: { S: 'snapshot#5' }, sk: { S: 'current' }, untilMs: { N: String(startMs + 9_000) } });
    await made().publish({ untilMs: startMs + 5_000, body: 'second' });
    expect((await copyOf(6))?.body).toBe('second');
    // A copy that is newer stays, malformed or not, until its time has come.
    expect(await copyOf(5)).toBeUndefined();
    await made().publish({ untilMs: startMs + 10_000, body: 'third' });
    for (const copy of all) expect((await copyOf(copy))?.body).toBe('third');
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['without attributes', {}],
    ['without a time', { body: { B: Buffer.from('AwA=', 'base64') } }],
    ['whose time is no number', { untilMs: { S: '1' }, body: { B: Buffer.from('AwA=', 'base64') } }],
    ['without a body', { untilMs: { N: '1' } }],
    ['whose body is a text', { untilMs: { N: '1' }, body: { S: '{}' } }],
    ['whose body is not what was packed', { untilMs: { N: '1' }, body: { B: Buffer.from('no') } }],
    [
      'from the future',
      { untilMs: { N: String(startMs + 60_001) }, body: { B: Buffer.from('AwA=', 'base64') } },
    ],
  ])('%s are as if absent, and are replaced', async (_what, attributes) => {
    for (const copy of all) await put({ pk: { S: `snapshot#${copy}` }, sk: { S: 'current' }, ...attributes });
    expect(await made().read()).toBeUndefined();
    expect(await made().latest()).toBeUndefined();
    await made().publish({ untilMs: startMs, body: 'sound' });
    for (const copy of all) expect((await copyOf(copy))?.body).toBe('sound');
  });

  it('that no item can hold are not stored, which is said once', async () => {
    const store = made();
    await store.publish({ untilMs: startMs, body: 'the one before' });
    let state = 1;
    // Figures that do not repeat shrink by no more than half.
    const noise = Array.from({ length: 150_000 }, () => (state = (state * 48_271) % 2_147_483_647)).join();
    await store.publish({ untilMs: startMs + 5_000, body: noise });
    await store.publish({ untilMs: startMs + 10_000, body: noise });
    expect((await store.latest())?.body).toBe('the one before');
    expect(problems).toEqual(['the health of so many routes does not fit into an item: it is not shared']);
    const much = JSON.stringify(Array.from({ length: 120_000 }, (_, index) => index % 1_000));
    expect(much.length).toBeGreaterThan(380 * 1024);
    await store.publish({ untilMs: startMs + 15_000, body: much });
    expect((await store.latest())?.body).toBe(much);
  });

  it('reject with what the table says, when every copy has been tried', async () => {
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    aws.on(GetItemCommand).rejects(throttled);
    aws.on(QueryCommand).rejects(throttled);
    aws.on(UpdateItemCommand).resolvesOnce({}).rejects(throttled);
    const store = made({ client: new DynamoDBClient({ region: 'eu-central-1' }) });
    await expect(store.publish({ untilMs: startMs, body: '' })).rejects.toBe(throttled);
    expect(aws.commandCalls(UpdateItemCommand)).toHaveLength(8);
    await expect(store.read()).rejects.toBe(throttled);
    await expect(store.latest()).rejects.toBe(throttled);
    await expect(store.windows(startMs, startMs + 1)).rejects.toBe(throttled);
    await expect(store.claim(startMs, startMs, 1)).rejects.toBe(throttled);
  });
});

describe('the provider keys that rest', () => {
  const rest = { provider: 'openai', key: 'a', untilMs: startMs + 60_000 };
  const rests = () => new KeyRestStore(common());

  it('are in every snapshot until their time', async () => {
    const keys = rests();
    keys.note(rest);
    keys.note({ ...rest, key: 'b', model: 'gpt-5' });
    await keys.settle();
    await made({ rests: () => keys.list() }).publish({ untilMs: startMs, body: '' });
    const resting = [rest, { ...rest, key: 'b', model: 'gpt-5' }];
    for (const copy of all) expect((await copyOf(copy))?.rests).toEqual(resting);
    await clock.advance(60_000);
    expect((await copyOf(0))?.rests).toEqual([]);
  });

  it('do not keep health back when nobody can tell them', async () => {
    const away = () => Promise.reject(Object.assign(new Error('at 10.0.0.7'), { name: 'TimeoutError' }));
    await made({ rests: away }).publish({ untilMs: startMs, body: 'sound' });
    expect(await copyOf(3)).toEqual({ untilMs: startMs, body: 'sound', rests: [] });
    expect(problems).toEqual(['resting provider keys cannot be read (TimeoutError)']);
  });

  it('do not grow a snapshot with the models callers invent, and whole keys come first', async () => {
    const keys = rests();
    for (let index = 0; index < 400; index += 1) keys.note({ ...rest, model: `invented-${index}` });
    keys.note({ ...rest, key: 'whole', untilMs: startMs + 5_000 });
    await keys.settle();
    await made({ rests: () => keys.list() }).publish({ untilMs: startMs, body: '' });
    const known = (await copyOf(0))?.rests ?? [];
    expect(known[0]).toEqual({ ...rest, key: 'whole', untilMs: startMs + 5_000 });
    expect(known.length).toBeGreaterThan(100);
    expect(known.length).toBeLessThan(300);
  });
});

it('nothing an item may hold breaks a reader', async () => {
  const attribute = fc.oneof(
    fc.record({ N: fc.oneof(fc.double().map(String), fc.string()) }),
    fc.record({ S: fc.string() }),
    fc.record({ B: fc.uint8Array() }),
    fc.record({ L: fc.array(fc.record({ S: fc.string() })) }),
    fc.record({ BOOL: fc.boolean() }),
  );
  const item = fc.dictionary(
    fc.oneof(fc.constantFrom('pk', 'sk', 'untilMs', 'body', 'rests', '.n'), fc.string()),
    attribute,
  );
  await fc.assert(
    fc.asyncProperty(item, async (each) => {
      const window = windowOf(each);
      for (const count of Object.values(window?.counts ?? {})) expect(count).toBeGreaterThanOrEqual(0);
      const snapshot = await snapshotOf(each, startMs);
      if (snapshot !== undefined) expect(snapshot.untilMs).toBeLessThanOrEqual(startMs + 60_000);
    }),
  );
});
