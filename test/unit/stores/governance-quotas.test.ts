import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { ChangeNote } from '../../../lib/domain/administration.ts';
import { asObject, parseJson } from '../../../lib/domain/json.ts';
import { compileStoredCaller, compileStoredPolicy } from '../../../lib/policy/stored.ts';
import { GovernanceReader } from '../../../lib/stores/governance-reader.ts';
import { GovernanceWriter } from '../../../lib/stores/governance-writer.ts';
import { startTestDatabase, type TestDatabase } from '../../support/dynalite.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const startMs = Date.parse('2026-11-24T00:00:00Z');
const hash = (digit: string): string => `sha256:${digit.repeat(64)}`;

let database: TestDatabase;
let clock: ManualClock;
let writer: GovernanceWriter;

beforeEach(async () => {
  database = await startTestDatabase();
  onTestFinished(() => database.close());
  clock = new ManualClock(startMs);
  writer = new GovernanceWriter({ client: database.client, table: 'test-governance', clock });
});

const items = async () =>
  (await database.client.send(new ScanCommand({ TableName: 'test-governance', ConsistentRead: true })))
    .Items ?? [];

/** What is stored of a virtual key, under one of its hashes. */
const storedKey = async (digit: string) => {
  const found = (await items()).find(({ pk }) => pk?.S === `key#${digit.repeat(64)}`);
  return found === undefined ? undefined : asObject(parseJson(found['body']?.S ?? ''));
};

const documentWith = (key: object, more: object = {}) => ({
  providers: {},
  virtualKeys: [{ id: 'app', hash: hash('1'), ...key }],
  ...more,
});
const budget = (limitUsd: number) => ({ budgets: [{ limitUsd, every: '1d' as const }] });

const marksOf = async () => (await storedKey('1'))?.['quotaMarks'];

it('keeps an edition for as long as its limit, and its beginning for ever', async () => {
  await writer.put(documentWith(budget(5)), 0);
  const first = { limit: 5_000_000, edition: 1, createdAtS: startMs / 1000 };
  expect(await marksOf()).toEqual({ '1d.microUsd': first });
  await clock.advance(60_000);
  await writer.put(documentWith({ ...budget(5), name: 'renamed' }), 1);
  expect(await marksOf()).toEqual({ '1d.microUsd': first });
  await writer.put(documentWith(budget(6)), 2);
  expect(await marksOf()).toEqual({ '1d.microUsd': { ...first, limit: 6_000_000, edition: 3 } });
});

it('never uses an edition again that a writer who stopped half-way may have shown', async () => {
  await writer.put(documentWith(budget(5)), 0);
  // The same version is made twice, with two limits: the first time only its keys were written.
  const crash = new GovernanceWriter({ client: failingAtPointer(database), table: 'test-governance', clock });
  await expect(crash.put(documentWith(budget(7)), 1)).rejects.toThrow('stopped');
  expect(await marksOf()).toMatchObject({ '1d.microUsd': { limit: 7_000_000, edition: 2 } });
  await clock.advance(60_001);
  await writer.put(documentWith(budget(8)), 1);
  expect(await marksOf()).toMatchObject({ '1d.microUsd': { limit: 8_000_000, edition: 3 } });
});

it('adds a top-up to the window it names, and an edit does not lose it', async () => {
  await writer.put(documentWith(budget(5)), 0);
  const owner = { kind: 'virtual_key', id: 'app' } as const;
  const topUp = { owner, quota: '1d', unit: 'microUsd', window: 'w', amount: 250 } as const;
  await writer.put(documentWith(budget(5)), 1, { topUps: [topUp] });
  await writer.put(documentWith(budget(5)), 2, { topUps: [topUp] });
  const mark = {
    limit: 5_000_000,
    edition: 3,
    createdAtS: startMs / 1000,
    topUp: { window: 'w', amount: 500 },
    earlier: { version: 3, topUp: { window: 'w', amount: 250 } },
  };
  expect(await marksOf()).toEqual({ '1d.microUsd': mark });
  await writer.put(documentWith(budget(9)), 3);
  expect(await marksOf()).toEqual({ '1d.microUsd': { ...mark, limit: 9_000_000, edition: 4 } });
});

it('adds a top-up once, though the writer stopped half-way and it is tried again', async () => {
  await writer.put(documentWith(budget(5)), 0);
  const owner = { kind: 'virtual_key', id: 'app' } as const;
  const topUps = [{ owner, quota: '1d', unit: 'microUsd', window: 'w', amount: 250 }] as const;
  const crash = new GovernanceWriter({ client: failingAtPointer(database), table: 'test-governance', clock });
  await expect(crash.put(documentWith(budget(5)), 1, { topUps })).rejects.toThrow('stopped');
  await writer.put(documentWith(budget(5)), 1, { topUps });
  expect(await marksOf()).toMatchObject({
    '1d.microUsd': { edition: 2, topUp: { window: 'w', amount: 250 } },
  });
});

it('shows nobody what it keeps for itself', async () => {
  const document = {
    ...documentWith(
      { ...budget(5), providers: [{ provider: 'p', ...budget(1) }] },
      { customers: [{ id: 'acme', ...budget(2) }], teams: [], ...budget(3) },
    ),
    providers: { p: { type: 'openai', ...budget(4), keys: [{ id: 'a', ...budget(6) }] } },
  };
  await writer.put(document, 0);
  expect((await writer.read())?.document).toEqual(document);
});

it('keeps a rotated key under its earlier hash until its grace is over', async () => {
  const until = new Date(startMs + 3_600_000).toISOString();
  const rotated = documentWith({ retiring: [{ hash: hash('2'), until }] });
  await writer.put(rotated, 0);
  expect(await storedKey('2')).toEqual({ id: 'app', hash: hash('2'), retiresAt: until });
  expect((await writer.read())?.document['virtualKeys']).toEqual(rotated.virtualKeys);
  await clock.advance(3_600_000);
  await writer.put(rotated, 1);
  expect(await storedKey('2')).toBeUndefined();
  expect((await writer.read())?.document['virtualKeys']).toEqual([{ id: 'app', hash: hash('1') }]);
});

it('does not let a rotated key outlive its own end', async () => {
  const until = new Date(startMs + 3_600_000).toISOString();
  const expiresAt = new Date(startMs + 60_000).toISOString();
  await writer.put(documentWith({ expiresAt, retiring: [{ hash: hash('2'), until }] }), 0);
  expect(await storedKey('2')).toMatchObject({ expiresAt });
});

it('tells a reader until when an earlier hash is good', async () => {
  const until = new Date(startMs + 3_600_000).toISOString();
  await writer.put(documentWith({ ...budget(5), retiring: [{ hash: hash('2'), until }] }), 0);
  const reader = new GovernanceReader({
    client: database.client,
    table: 'test-governance',
    clock,
    compilePolicy: (stored, pointer) => compileStoredPolicy(stored, pointer, () => undefined),
    compileCaller: compileStoredCaller,
    onProblem: (message) => expect.fail(message),
  });
  const [own, earlier] = [await reader.view(hash('1')), await reader.view(hash('2'))];
  expect([own.known?.retiresAtMs, earlier.known?.retiresAtMs]).toEqual([undefined, startMs + 3_600_000]);
  expect(earlier.known?.hash).toBe(hash('2'));
  // One budget, whichever hash is presented.
  expect(earlier.known?.caller).toEqual(own.known?.caller);
});

const note = (action: string): ChangeNote => ({
  action,
  actor: { arn: 'arn:aws:iam::1:user/ann', sourceIp: '198.51.100.7' },
  requestId: 'r-1',
  changes: [{ path: 'virtualKeys.app.enabled', before: true, after: false }],
});

it('writes every change down once, newest first', async () => {
  await writer.put(documentWith({}), 0, { note: note('document.replace') });
  await clock.advance(1_000);
  await writer.put(documentWith({ enabled: false }), 1, { note: note('key.disable') });
  const { records } = await writer.audit('2026-11');
  expect(records).toEqual([
    expect.objectContaining({ ...note('key.disable'), version: 2, atMs: startMs + 1_000 }),
    expect.objectContaining({ ...note('document.replace'), version: 1, atMs: startMs }),
  ]);
  const first = await writer.audit('2026-11', { limit: 1 });
  expect(first.records).toHaveLength(1);
  const rest = await writer.audit('2026-11', { ...(first.next !== undefined && { after: first.next }) });
  expect(rest.records).toEqual(records.slice(1));
});

it('keeps no change in the pointer, which every request reads, once it is recorded', async () => {
  await writer.put(documentWith({}), 0, { note: note('document.replace') });
  const pointer = (await items()).find(({ pk }) => pk?.S === 'policy');
  expect([pointer?.['version']?.N, pointer?.['change']]).toEqual(['1', undefined]);
});

it('loses neither change nor record where the record cannot be written', async () => {
  const failing = new GovernanceWriter({
    client: failingAt(database, isAudit),
    table: 'test-governance',
    clock,
  });
  expect(await failing.put(documentWith({}), 0, { note: note('document.replace') })).toBe(1);
  expect((await items()).filter(({ pk }) => pk?.S?.startsWith('audit#'))).toEqual([]);
  await clock.advance(1_000);
  await writer.put(documentWith({ enabled: false }), 1, { note: note('key.disable') });
  const { records } = await writer.audit('2026-11');
  expect(records.map(({ version, action }) => [version, action])).toEqual([
    [2, 'key.disable'],
    [1, 'document.replace'],
  ]);
});

it('completes the record when it is asked for', async () => {
  const failing = new GovernanceWriter({
    client: failingAt(database, isAudit),
    table: 'test-governance',
    clock,
  });
  await failing.put(documentWith({}), 0, { note: note('document.replace') });
  expect((await writer.audit('2026-11')).records).toMatchObject([{ version: 1, action: 'document.replace' }]);
});

it('writes no hash of a key down whole', async () => {
  const changes = [{ path: 'virtualKeys.app', before: { hash: hash('1') }, after: [`x ${hash('2')}`] }];
  await writer.put(documentWith({}), 0, { note: { ...note('document.replace'), changes } });
  expect((await writer.audit('2026-11')).records[0]).toMatchObject({
    changes: [{ before: { hash: '1'.repeat(12) }, after: [`x ${'2'.repeat(12)}`] }],
  });
});

it('counts the changes that are too many to be kept', async () => {
  const changes = Array.from({ length: 10_000 }, (_, index) => ({
    path: `virtualKeys.k${index}`,
    after: {},
  }));
  await writer.put(documentWith({}), 0, { note: { ...note('document.replace'), changes } });
  const [record] = (await writer.audit('2026-11')).records;
  const kept = asObject(record)['changes'];
  expect(Array.isArray(kept) && kept.length + Number(record?.['truncated'])).toBe(10_000);
});

/** A client that cannot send some commands: its process ends, or the network does. */
function failingAt({ client }: TestDatabase, fails: (input: object) => boolean): TestDatabase['client'] {
  const stopping: TestDatabase['client'] = Object.create(client);
  stopping.send = async (command: { readonly input: object }) => {
    if (fails(command.input)) throw new Error('stopped');
    return client.send(command as never) as never;
  };
  return stopping;
}

const failingAtPointer = (stage: TestDatabase) =>
  failingAt(
    stage,
    (input) => 'UpdateExpression' in input && String(input.UpdateExpression).includes('#digest'),
  );

const isAudit = (input: object): boolean => 'Item' in input && JSON.stringify(input.Item).includes('"audit#');
