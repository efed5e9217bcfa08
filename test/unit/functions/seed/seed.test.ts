import { afterEach, beforeEach, expect, it } from 'vitest';
import { seed } from '../../../../functions/seed/seed.ts';
import { parseDocument, deployedRules } from '../../../../lib/policy/document.ts';
import { GovernanceWriter } from '../../../../lib/stores/governance-writer.ts';
import { startTestDatabase, type TestDatabase } from '../../../support/dynalite.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await startTestDatabase();
});

afterEach(() => database.close());

const store = (requestId = 'r-1') =>
  seed(database.client, database.tableNames.governance, new ManualClock(), requestId);

const writer = () =>
  new GovernanceWriter({
    client: database.client,
    table: database.tableNames.governance,
    clock: new ManualClock(),
  });

it('stores a first document that opens nothing', async () => {
  expect(await store()).toBe(true);
  const stored = await writer().read();
  expect(stored?.version).toBe(1);
  expect(stored?.document).toMatchObject({ providers: {}, virtualKeys: [] });
  expect(Object.keys(stored?.document['providers'] ?? { none: 1 })).toEqual([]);
});

it('writes down who it was', async () => {
  await store('r-7');
  const { records } = await writer().audit('1970-01');
  expect(records).toMatchObject([
    { action: 'document.replace', actor: { arn: 'deployment' }, requestId: 'r-7' },
  ]);
});

it('leaves a document alone that is there, its own and any other', async () => {
  const document = parseDocument(
    { providers: { bedrock: { type: 'bedrock', region: 'eu-central-1' } }, virtualKeys: [] },
    deployedRules,
  );
  if (!document.ok) throw new Error('not valid');
  await writer().put(document.document, 0);
  const before = await writer().read();
  expect(await store()).toBe(false);
  expect(await store()).toBe(false);
  expect(await writer().read()).toEqual(before);
});

it('leaves a document alone that somebody is storing', async () => {
  const [first, second] = await Promise.all([store('a'), store('b')]);
  expect([first, second]).toContain(true);
  expect(await writer().version()).toBe(1);
});
