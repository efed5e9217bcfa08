import {
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ConsumedAttempt } from '../../../lib/domain/consumption.ts';
import type { DecisionRecord } from '../../../lib/domain/decision-record.ts';
import type { KeyRest } from '../../../lib/domain/key-rest.ts';
import { readConsumption } from '../../../lib/stores/consumption-reader.ts';
import { ConsumptionStore } from '../../../lib/stores/consumption-store.ts';
import { DecisionStore } from '../../../lib/stores/decision-store.ts';
import { KeyRestStore } from '../../../lib/stores/key-rest-store.ts';
import { startTestDatabase, type TestDatabase } from '../../support/dynalite.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const startMs = Date.parse('2026-11-24T23:59:00Z');
const app = { kind: 'virtual_key', id: 'app' } as const;
const research = { kind: 'team', id: 'research' } as const;

let database: TestDatabase;
let clock: ManualClock;
const problems: string[] = [];

beforeEach(async () => {
  problems.length = 0;
  clock = new ManualClock(startMs);
  database = await startTestDatabase();
  onTestFinished(() => database.close());
});

const common = () => ({
  client: database.client,
  clock,
  onProblem: (problem: string) => void problems.push(problem),
});
const attempt = (more: Partial<ConsumedAttempt> = {}): ConsumedAttempt => ({
  owners: [app, research],
  provider: 'openai',
  model: 'vendor/gpt-5:free',
  inputTokens: 1_000,
  outputTokens: 200,
  costMicroUsd: 4_000,
  atMs: startMs,
  ...more,
});

describe('consumption', () => {
  const store = (site = 'eu-central-1', client = database.client) =>
    new ConsumptionStore({ ...common(), client, table: 'test-quotas', site, random: Math.random });
  const read = (owner: typeof app | typeof research, from = '2026-11-24', to = '2026-11-25') =>
    readConsumption({ client: database.client, table: 'test-quotas' }, owner, from, to, [
      'eu-central-1',
      'us-east-1',
    ]);

  it('adds up by owner, model and day, over all sites and lanes', async () => {
    const [here, there] = [store(), store('us-east-1')];
    for (let index = 0; index < 20; index += 1) {
      here.record(attempt());
      there.record(
        attempt({ owners: [app], provider: 'other', model: 'm', costMicroUsd: 1, atMs: startMs + 120_000 }),
      );
      await Promise.all([here.settle(), there.settle()]);
    }
    const gpt = {
      provider: 'openai',
      model: 'vendor/gpt-5:free',
      requests: 20,
      inputTokens: 20_000,
      outputTokens: 4_000,
      costMicroUsd: 80_000,
    };
    const other = { ...gpt, provider: 'other', model: 'm', costMicroUsd: 20 };
    expect(await read(app)).toEqual([gpt, other]);
    expect(await read(app, '2026-11-24', '2026-11-24')).toEqual([gpt]);
    expect(await read(research)).toEqual([gpt]);
    expect(problems).toEqual([]);
  });

  it('is written at the own site only, under keys that say so, and expires by its day', async () => {
    const mine = store();
    mine.record(attempt());
    await mine.settle();
    const { Items: items = [] } = await database.client.send(new ScanCommand({ TableName: 'test-quotas' }));
    expect(items).toHaveLength(2);
    for (const { pk, expires } of items) {
      expect(pk?.S).toMatch(/^usage\/(?:virtual_key\/app|team\/research)#2026-11-24#[0-7]#eu-central-1$/);
      expect(expires?.N).toBe(String(Date.parse('2026-11-24') / 1000 + 400 * 86_400));
    }
  });

  it('goes together while a write is under way', async () => {
    const mine = store();
    const before = database.sent.length;
    for (let index = 0; index < 50; index += 1) mine.record(attempt());
    await mine.settle();
    // The first by itself, the other forty-nine together; two owners each.
    expect(database.sent.slice(before)).toEqual(Array.from({ length: 4 }, () => 'UpdateItemCommand'));
    expect((await read(app))[0]?.requests).toBe(50);
  });

  it('names no more models than an item can hold', async () => {
    const mine = store();
    for (let index = 0; index < 150; index += 1) mine.record(attempt({ owners: [app], model: `m${index}` }));
    await mine.settle();
    const rows = await read(app);
    expect(rows).toHaveLength(101);
    expect(rows.find(({ model }) => model === 'other')?.requests).toBe(50);
  });

  it('keeps what the table did not take, and says so once', async () => {
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    aws.on(UpdateItemCommand).rejects(new Error('throttled at 10.0.0.7'));
    const mine = store('eu-central-1', new DynamoDBClient({ region: 'eu-central-1' }));
    mine.record(attempt({ owners: [app] }));
    await mine.settle();
    await mine.settle();
    expect(problems).toEqual(['consumption cannot be written (Error)']);
    aws.on(UpdateItemCommand).resolves({});
    await mine.settle();
    const last = aws.commandCalls(UpdateItemCommand).at(-1)?.args[0].input.ExpressionAttributeValues ?? {};
    expect(Object.values(last).map(({ N }) => N)).toContain('4000');
    const calls = aws.commandCalls(UpdateItemCommand).length;
    await mine.settle();
    expect(aws.commandCalls(UpdateItemCommand)).toHaveLength(calls);
  });
});

describe('decisions', () => {
  const record: DecisionRecord = {
    requestId: 'r-1',
    region: 'eu-central-1',
    startedMs: startMs,
    durationMs: 12,
    status: 200,
    attempts: [],
    rules: [],
    candidates: [{ provider: 'a', model: 'm', kept: true, via: 'weights' }],
    order: ['a/m'],
  };
  const store = () => new DecisionStore({ ...common(), table: 'test-decisions' });

  it('are there for a week', async () => {
    const mine = store();
    mine.record(record);
    await mine.settle();
    expect(await mine.get('r-1')).toEqual(record);
    expect(await mine.get('r-2')).toBeUndefined();
    await clock.advance(7 * 86_400_000);
    expect(await mine.get('r-1')).toBeUndefined();
  });

  it('leave out candidates that are too many, and count them', async () => {
    const mine = store();
    const candidates = Array.from({ length: 5_000 }, (_, index) => ({
      provider: 'p',
      model: `m${index}`,
      kept: false,
      reason: 'zone',
      detail: 'x'.repeat(100),
    }));
    mine.record({ ...record, candidates });
    await mine.settle();
    const kept = await mine.get('r-1');
    expect(Array.isArray(kept?.['candidates']) && kept['candidates'].length + Number(kept['trimmed'])).toBe(
      5_000,
    );
    expect(JSON.stringify(kept).length).toBeLessThan(31_000);
  });
});

describe('resting provider keys', () => {
  const store = () => new KeyRestStore({ ...common(), table: 'test-health' });
  const rest = { provider: 'openai', key: 'a', untilMs: startMs + 60_000 };
  const note = async (...rests: readonly KeyRest[]) => {
    const mine = store();
    for (const each of rests) mine.note(each);
    await mine.settle();
  };

  it('are listed until their time, once each, and a longer rest is not shortened', async () => {
    await note(rest);
    await note({ ...rest, untilMs: startMs + 1_000 }, { ...rest, model: 'gpt-5', untilMs: startMs + 30_000 });
    const other = { ...rest, provider: 'other', key: 'b', untilMs: startMs + 70_000 };
    await note(other, rest);
    const ofModel = { ...rest, model: 'gpt-5', untilMs: startMs + 30_000 };
    expect(await store().list()).toEqual([other, rest, ofModel]);
    await clock.advance(30_000);
    expect(await store().list()).toEqual([other, rest]);
    await clock.advance(40_000);
    expect(await store().list()).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('are one item for all functions that are refused within five seconds', async () => {
    for (let afterMs = 1; afterMs <= 5_000; afterMs += 500) {
      await note({ ...rest, untilMs: rest.untilMs + afterMs });
    }
    const { Items: items = [] } = await database.client.send(new ScanCommand({ TableName: 'test-health' }));
    expect(items).toHaveLength(1);
    expect(await store().list()).toEqual([{ ...rest, untilMs: rest.untilMs + 5_000 }]);
    // An hour after they are over nobody asks any more.
    expect(items[0]?.['expires']?.N).toBe(String(Math.ceil((rest.untilMs + 4_501) / 1000) + 3_600));
  });

  it('are told apart whatever their names hold, and a model called "*" is one', async () => {
    const named: readonly KeyRest[] = [
      { ...rest, provider: 'a/b', key: 'c' },
      { ...rest, provider: 'a', key: 'b/c' },
      { ...rest, model: '*' },
      { ...rest, model: 'x#y/z"' },
      { ...rest, model: '\ud800' },
      { ...rest, model: '' },
    ];
    await note(...named);
    const listed = await store().list();
    expect(listed).toHaveLength(named.length);
    expect(listed).toEqual(expect.arrayContaining([...named]));
    expect(problems).toEqual([]);
  });

  it('with a model whose name no key of a table can hold stay with the process that was refused', async () => {
    await note({ ...rest, model: 'm'.repeat(1_100) });
    expect(await store().list()).toEqual([]);
    expect(problems).toEqual([]);
  });

  it.each([
    ['that are none', 'nothing'],
    ['without names', `${startMs + 60_000}#`],
    ['without a key', `${startMs + 60_000}#["openai"]`],
    ['with a model that is no name', `${startMs + 60_000}#["openai","a",5]`],
    ['with more than a model', `${startMs + 60_000}#["openai","a","m","n"]`],
    ['that would last for ever', '9999999999999#["openai","a"]'],
  ])('%s put no key away', async (_what, sk) => {
    await database.client.send(
      new PutItemCommand({ TableName: 'test-health', Item: { pk: { S: 'key-rests' }, sk: { S: sk } } }),
    );
    expect(await store().list()).toEqual([]);
  });

  it('are read page by page, and no further than any real list of them', async () => {
    const aws = mockClient(DynamoDBClient);
    onTestFinished(() => aws.restore());
    const key = { pk: { S: 'key-rests' }, sk: { S: 'x' } };
    const items = [{ sk: { S: `${startMs + 60_000}#["openai","a"]` } }];
    aws.on(QueryCommand).resolves({ Items: items, LastEvaluatedKey: key });
    const client = new DynamoDBClient({ region: 'eu-central-1' });
    expect(await new KeyRestStore({ ...common(), client, table: 't' }).list()).toEqual([rest]);
    const starts = aws.commandCalls(QueryCommand).map(({ args: [{ input }] }) => input.ExclusiveStartKey);
    expect(starts).toEqual([undefined, key, key]);
  });
});
