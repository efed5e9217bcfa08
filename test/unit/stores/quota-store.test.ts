import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LedgerUnavailable, type EntryKey } from '../../../lib/domain/quota-ledger.ts';
import type { Place } from '../../../lib/domain/quota.ts';
import { entryPk } from '../../../lib/stores/quota-items.ts';
import { QuotaStore } from '../../../lib/stores/quota-store.ts';
import { startTestDatabase, type TestDatabase } from '../../support/dynalite.ts';

let here: TestDatabase;
let there: TestDatabase;
let store: QuotaStore;
beforeEach(async () => {
  [here, there] = await Promise.all([startTestDatabase(), startTestDatabase()]);
  store = new QuotaStore({
    region: 'us-east-1',
    table: here.tableNames.quotas,
    clientFor: (region) => (region === 'us-east-1' ? here : there).client,
    cap: 3,
  });
});
afterEach(() => Promise.all([here.close(), there.close()]));

const keyAt = (site: string, lane = 0): EntryKey => ({
  owner: { kind: 'team', id: 'research' },
  quotaId: 'b0',
  unit: 'microUsd',
  window: '1h@2026-11-23T07:00:00Z',
  place: { site, lane },
});
const key = keyAt('us-east-1');
const opening = { granted: 100, edition: 1, expiresS: 1_800_000_000 };
const lane = (number: number): Place => ({ site: 'us-east-1', lane: number });
const ticket = (index: number): string => `29700000000000000${index}`;

/** Every answer to an update is lost on its way, as often as `times`, after it was carried out. */
function loseAnswers(database: TestDatabase, times: number): void {
  let left = times;
  database.client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (context.commandName !== 'UpdateItemCommand' || left-- <= 0) return answer;
      throw Object.assign(new Error('socket hang up'), { $retryable: { throttling: false } });
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
}

describe('QuotaStore', () => {
  it('says what keeps a reservation from being made', async () => {
    expect(await store.reserve(key, ticket(1), 10)).toEqual({ outcome: 'missing' });
    expect(await store.open(key, opening)).toBe(true);
    expect(await store.open(key, opening)).toBe(false);
    expect(await store.reserve(key, ticket(1), 101)).toMatchObject({
      outcome: 'exhausted',
      balance: { available: 100 },
    });
    for (const index of [1, 2, 3]) {
      expect((await store.reserve(key, ticket(index), 10)).outcome).toBe('reserved');
    }
    expect((await store.reserve(key, ticket(4), 10)).outcome).toBe('full');
    await store.forget(key, [ticket(1)]);
    expect((await store.reserve(key, ticket(4), 10)).outcome).toBe('reserved');
  });

  it('recognises a reservation whose answer was lost as its own', async () => {
    await store.open(key, opening);
    loseAnswers(here, 1);
    expect(await store.reserve(key, ticket(1), 10)).toMatchObject({
      outcome: 'reserved',
      balance: { available: 90, tickets: [ticket(1)] },
    });
  });

  it('settles a reservation once', async () => {
    await store.open(key, opening);
    await store.reserve(key, ticket(1), 60);
    const reservation = { key, ticket: ticket(1), held: 60 };
    expect(await store.settle(reservation, 25)).toMatchObject({ available: 75, spent: 25, tickets: [] });
    expect(await store.settle(reservation, 25)).toBeUndefined();
  });

  it('charges once although the answer was lost', async () => {
    expect(await store.charge(key, ticket(1), 30)).toBe('missing');
    await store.open(key, opening);
    loseAnswers(here, 1);
    expect(await store.charge(key, ticket(1), 30)).toBe('repeated');
    expect(await store.read(key)).toMatchObject({ available: 70, spent: 30 });
  });

  it('makes a charge after all when its item was opened meanwhile', async () => {
    const clientFor = () => there.client;
    const another = new QuotaStore({ region: 'us-east-1', table: here.tableNames.quotas, clientFor });
    there.client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'GetItemCommand') {
          await another.open(key, opening);
          await another.charge(key, '297000000000000017', 5);
        }
        return next(args);
      },
      { step: 'initialize', priority: 'high' },
    );
    expect(await another.charge(key, '297000000000000001', 30)).toMatchObject({ spent: 35 });
  });

  it('reads consistently what decides about an update', async () => {
    const consistent: unknown[] = [];
    here.client.middlewareStack.add(
      (next, context) => (args) => {
        if (context.commandName === 'GetItemCommand') consistent.push(args.input);
        return next(args);
      },
      { step: 'initialize' },
    );
    await store.reserve(key, ticket(1), 10);
    await store.charge(key, ticket(1), 10);
    expect(consistent).toMatchObject([{ ConsistentRead: true }, { ConsistentRead: true }]);
  });

  it("lends at the lender's replica and receives at its own", async () => {
    const lender = keyAt('eu-central-1');
    await store.open(lender, opening);
    await store.open(key, opening);
    expect(await store.lend(lender, key.place, 40)).toBe(40);
    expect(await store.lend(lender, key.place, 20)).toBe(60);
    expect(await store.lend(lender, key.place, 41)).toBeUndefined();
    expect(there.sent.filter((name) => name === 'UpdateItemCommand')).toHaveLength(4);
    expect(await store.receive(key, lender.place, 60, 0)).toMatchObject({
      available: 160,
      got: new Map([['eu-central-1', 60]]),
    });
    expect(await store.receive(key, lender.place, 60, 0)).toBeUndefined();
    expect(await store.read(lender)).toMatchObject({ available: 40, lent: new Map([['us-east-1', 60]]) });
  });

  it('lends between the lanes of a region alike', async () => {
    await store.open(key, opening);
    await store.open(keyAt('us-east-1', 2), { ...opening, granted: 0 });
    const lent = await store.lend(key, lane(2), 30);
    const received = await store.receive(keyAt('us-east-1', 2), lane(0), lent ?? 0, 0);
    expect(received).toMatchObject({ granted: 0, available: 30, got: new Map([['us-east-1', 30]]) });
    expect((await store.read(key))?.lent).toEqual(new Map([['us-east-1/2', 30]]));
  });

  it('edits a limit once', async () => {
    await store.open(key, opening);
    const later = { granted: 40, edition: 2 };
    expect(await store.edit(key, opening, later)).toMatchObject({ granted: 40, available: 40, edition: 2 });
    expect(await store.edit(key, opening, later)).toBeUndefined();
  });

  it('reads totals from its own replica only, over a hundred places at a time', async () => {
    const keys = Array.from({ length: 120 }, (_, index) => keyAt('us-east-1', index));
    await store.open(keyAt('us-east-1', 119), { ...opening, granted: 7 });
    const [sentHere, sentThere] = [here.sent.length, there.sent.length];
    const balances = await store.readLocal([keyAt('eu-central-1'), ...keys]);
    expect(balances.map((balance) => balance?.granted)).toEqual([...Array(120).fill(undefined), 7]);
    expect(here.sent.slice(sentHere)).toEqual(['BatchGetItemCommand', 'BatchGetItemCommand']);
    expect(there.sent.length).toBe(sentThere);
  });

  it('asks again for keys a batch has left unread, and gives up at the third time', async () => {
    await store.open(key, opening);
    let unread = 2;
    here.client.middlewareStack.add(
      (next, context) => (args) => {
        if (context.commandName !== 'BatchGetItemCommand' || unread-- <= 0) return next(args);
        const left = { 'test-quotas': { Keys: [{ pk: { S: entryPk(key) } }] } };
        return Promise.resolve({ response: {}, output: { $metadata: {}, UnprocessedKeys: left } });
      },
      { step: 'initialize', priority: 'low' },
    );
    expect((await store.readLocal([key]))[0]?.granted).toBe(100);
    unread = 3;
    await expect(store.readLocal([key])).rejects.toThrow(LedgerUnavailable);
  });

  it('calls a table that does not answer unavailable, and names no host', async () => {
    const client = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    const down = new QuotaStore({ region: 'us-east-1', table: 'quotas', clientFor: () => client });
    const failures = await Promise.allSettled([
      down.reserve(key, ticket(1), 1),
      down.readLocal([key]),
      down.read(key),
    ]);
    for (const failure of failures) {
      const reason: unknown = failure.status === 'rejected' ? failure.reason : undefined;
      expect(reason).toBeInstanceOf(LedgerUnavailable);
      expect(String(reason)).not.toContain('127.0.0.1');
    }
  });
});
