import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { ChangeNote } from '../../../lib/domain/administration.ts';
import { asObject, parseJson } from '../../../lib/domain/json.ts';
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
  };
  expect(await marksOf()).toEqual({ '1d.microUsd': mark });
  await writer.put(documentWith(budget(9)), 3);
  expect(await marksOf()).toEqual({ '1d.microUsd': { ...mark, limit: 9_000_000, edition: 4 } });
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
  expect(await storedKey('2')).toEqual({ id: 'app', hash: hash('2'), expiresAt: until, isRetiring: true });
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

it('loses no record of a writer that stopped right after the change', async () => {
  await writer.put(documentWith({}), 0, { note: note('document.replace') });
  const audit = { pk: { S: 'audit#2026-11' }, sk: { S: '000000000001' } };
  await database.client.send(new DeleteItemCommand({ TableName: 'test-governance', Key: audit }));
  await writer.put(documentWith({ enabled: false }), 1, { note: note('key.disable') });
  expect((await writer.audit('2026-11')).records.map(({ version }) => version)).toEqual([2, 1]);
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

/** A client whose process ends before the pointer is changed. */
function failingAtPointer({ client }: TestDatabase): TestDatabase['client'] {
  const stopping: TestDatabase['client'] = Object.create(client);
  stopping.send = async (command: { readonly input: object }) => {
    if ('UpdateExpression' in command.input && String(command.input.UpdateExpression).includes('#digest')) {
      throw new Error('stopped');
    }
    return client.send(command as never) as never;
  };
  return stopping;
}
