import { GetItemCommand, QueryCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EntryTooLarge, StaleVersion, WriteInProgress } from '../../../lib/stores/governance-errors.ts';
import { GovernanceWriter } from '../../../lib/stores/governance-writer.ts';
import { startTestDatabase, type TestDatabase } from '../../support/dynalite.ts';
import { StillClock } from './still-clock.ts';

let database: TestDatabase;
let clock: StillClock;
let writer: GovernanceWriter;
beforeEach(async () => {
  database = await startTestDatabase();
  clock = new StillClock();
  writer = new GovernanceWriter({ client: database.client, table: database.tableNames.governance, clock });
});
afterEach(() => database.close());

const document = {
  providers: { openai: { type: 'openai' } },
  customers: [{ id: 'acme' }],
  teams: [{ id: 'research', customer: 'acme' }],
  virtualKeys: [
    { id: 'one', hash: 'sha256:01', team: 'research' },
    { id: 'two', hash: 'sha256:02' },
  ],
};

const primaryKeys = async () => {
  const { Items: items = [] } = await database.client.send(
    new ScanCommand({ TableName: 'test-governance', ConsistentRead: true }),
  );
  return items
    .map(({ pk }) => (pk?.S ?? '').replace(/^(policy#).*/, '$1'))
    .filter((pk) => !pk.startsWith('audit#'))
    .sort();
};

/** What a writer that stopped half-way leaves behind. */
const leaveLease = (expected: string) =>
  database.client.send(
    new UpdateItemCommand({
      TableName: 'test-governance',
      Key: { pk: { S: 'policy' }, sk: { S: 'current' } },
      UpdateExpression: 'SET lease = :lease, leaseUntilMs = :until',
      ExpressionAttributeValues: {
        ':lease': { S: expected },
        ':until': { N: String(clock.nowMs() + 60_000) },
      },
    }),
  );

describe('GovernanceWriter', () => {
  it('stores a document and puts it together again', async () => {
    expect([await writer.version(), await writer.read()]).toEqual([0, undefined]);
    expect(await writer.put(document, 0)).toBe(1);
    expect(await writer.read()).toEqual({ version: 1, document });
    expect(await primaryKeys()).toEqual([
      'customer#acme',
      'key#01',
      'key#02',
      'policy',
      'policy#',
      'team#research',
    ]);
  });

  it('removes what the document no longer has', async () => {
    await writer.put(document, 0);
    await writer.put({ ...document, teams: [], virtualKeys: [{ id: 'two', hash: 'sha256:03' }] }, 1);
    expect(await primaryKeys()).toEqual(['customer#acme', 'key#03', 'policy', 'policy#']);
  });

  it('writes only what has changed', async () => {
    await writer.put(document, 0);
    const before = database.sent.length;
    const edited = { ...document, customers: [{ id: 'acme', zones: ['eu'] }] };
    await writer.put(edited, 1);
    // Lease, its confirmation, owners and policy as they are, the policy's part, the customer, the pointer with the
    // change, the record of the change, the pointer without it.
    expect(database.sent.slice(before)).toEqual([
      'UpdateItemCommand',
      'GetItemCommand',
      'ScanCommand',
      'QueryCommand',
      'PutItemCommand',
      'PutItemCommand',
      'UpdateItemCommand',
      'PutItemCommand',
      'UpdateItemCommand',
    ]);
  });

  it('splits a policy too large for one item', async () => {
    const large = { ...document, models: { aliases: { long: ['é'.repeat(400_000)] } } };
    await writer.put(large, 0);
    expect((await primaryKeys()).filter((pk) => pk === 'policy#')).toHaveLength(3);
    expect((await writer.read())?.document).toEqual(large);
  });

  it('refuses an edit of a version that is no longer in force, and changes nothing', async () => {
    await writer.put(document, 0);
    await writer.put({ ...document, teams: [] }, 1);
    const stored = await writer.read();
    await expect(writer.put(document, 1)).rejects.toThrow(StaleVersion);
    await expect(writer.put(document, 1)).rejects.toMatchObject({ expected: 1, current: 2 });
    await expect(writer.put(document, 0)).rejects.toThrow(StaleVersion);
    expect(await writer.read()).toEqual(stored);
  });

  it('lets one of two concurrent writers through', async () => {
    const results = await Promise.allSettled([
      writer.put({ ...document, teams: [], customers: [], virtualKeys: [{ id: 'a', hash: 'sha256:0a' }] }, 0),
      writer.put({ ...document, teams: [], customers: [], virtualKeys: [{ id: 'b', hash: 'sha256:0b' }] }, 0),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await primaryKeys()).filter((pk) => pk.startsWith('key#'))).toHaveLength(1);
  });

  it('waits for a writer at work, takes over from one that stopped a minute ago', async () => {
    await writer.put(document, 0);
    await leaveLease('another');
    await expect(writer.put({ ...document, teams: [] }, 1)).rejects.toThrow(WriteInProgress);
    clock.advance(15_000);
    await expect(writer.put({ ...document, teams: [] }, 1)).rejects.toMatchObject({ retryAfterMs: 45_000 });
    clock.advance(45_001);
    expect(await writer.put({ ...document, teams: [] }, 1)).toBe(2);
  });

  it('completes a write that failed half-way when it is tried again at once', async () => {
    let failing = true;
    database.client.middlewareStack.add(
      (next, context) => (args) => {
        if (failing && context.commandName === 'ScanCommand') throw new Error('network');
        return next(args);
      },
      { step: 'initialize' },
    );
    await expect(writer.put(document, 0)).rejects.toThrow('network');
    failing = false;
    expect(await writer.version()).toBe(0);
    expect(await writer.put(document, 0)).toBe(1);
  });

  it('keeps ten earlier policies and deletes older ones', async () => {
    for (let version = 0; version < 13; version++) {
      const edited = { ...document, defaults: { maxRetries: version } };
      await writer.put(edited, version);
    }
    expect((await primaryKeys()).filter((pk) => pk === 'policy#')).toHaveLength(11);
    const { Item: pointer } = await database.client.send(
      new GetItemCommand({
        TableName: 'test-governance',
        Key: { pk: { S: 'policy' }, sk: { S: 'current' } },
      }),
    );
    const { Count: parts } = await database.client.send(
      new QueryCommand({
        TableName: 'test-governance',
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `policy#${pointer?.['digest']?.S}` } },
      }),
    );
    expect(parts).toBe(1);
  });

  it('refuses an entry larger than an item can be', async () => {
    const large = { id: 'big', name: 'x'.repeat(360_000) };
    await expect(writer.put({ ...document, customers: [large] }, 0)).rejects.toThrow(EntryTooLarge);
    const limited = Array.from({ length: 5_000 }, (_, id) => ({
      id: `b${id}`,
      limitUsd: 1,
      every: '1d' as const,
    }));
    // Small as it is written, too large with what is kept beside every quota.
    const customers = [{ id: 'many', budgets: limited }];
    await expect(writer.put({ ...document, customers }, 0)).rejects.toThrow(EntryTooLarge);
    expect(await writer.version()).toBe(0);
  });
});
