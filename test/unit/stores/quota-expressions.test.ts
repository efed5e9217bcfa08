import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chargeUpdate,
  editUpdate,
  forgetUpdate,
  lendUpdate,
  markOf,
  openUpdate,
  receiveUpdate,
  reserveUpdate,
  settleUpdate,
  type LedgerUpdate,
} from '../../../lib/stores/quota-expressions.ts';
import { holds, updated, type Item } from '../../support/dynamo-expressions.ts';
import { startTestDatabase, type TestDatabase } from '../../support/dynalite.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await startTestDatabase()));
afterAll(() => database.close());

const ticket = '297000000000000001';
const other = '297000000000000017';
const key = {
  owner: { kind: 'team', id: 'research' },
  quotaId: 'b0',
  unit: 'microUsd',
  window: 'w',
  place: { site: 'us', lane: 0 },
} as const;
const open = (granted = 100): LedgerUpdate => openUpdate({ granted, edition: 1, expiresS: 9 });
const reserve = (t: string, amount: number, least = amount, cap = 2): LedgerUpdate =>
  reserveUpdate(t, amount, least, cap);
const settle = (t: string, held: number, actual: number): LedgerUpdate =>
  settleUpdate({ key, ticket: t, held }, actual);
const eu = { site: 'eu', lane: 0 };

/** What became of an update: the item after it, "refused" by its condition, or "invalid". */
type Outcome = Item | 'refused' | 'invalid';

let pks = 0;
const freshPk = (): string => `item-${pks++}`;

async function onDynalite(pk: string, update: LedgerUpdate): Promise<Outcome> {
  const at = { TableName: database.tableNames.quotas, Key: { pk: { S: pk } } };
  try {
    await database.client.send(new UpdateItemCommand({ ...at, ...update }));
  } catch (error) {
    return error instanceof ConditionalCheckFailedException ? 'refused' : 'invalid';
  }
  return (await database.client.send(new GetItemCommand({ ...at, ConsistentRead: true }))).Item ?? 'invalid';
}

function simulated(pk: string, update: LedgerUpdate, item: Item | undefined): Outcome {
  try {
    return holds(update, item) ? updated(update, item ?? { pk: { S: pk } }) : 'refused';
  } catch {
    return 'invalid';
  }
}

const sorted = (outcome: Outcome): unknown =>
  typeof outcome === 'string'
    ? outcome
    : Object.fromEntries(
        Object.entries(outcome).map(([name, value]): [string, AttributeValue] => [
          name,
          value.NS === undefined ? value : { NS: value.NS.toSorted() },
        ]),
      );

/** Carries updates out on dynalite and in the simulation, which have to agree; what became of each. */
async function outcomes(updates: readonly LedgerUpdate[]): Promise<readonly Outcome[]> {
  const pk = freshPk();
  let item: Item | undefined;
  const found: Outcome[] = [];
  for (const update of updates) {
    const outcome = await onDynalite(pk, update);
    expect(sorted(simulated(pk, update, item)), update.UpdateExpression).toEqual(sorted(outcome));
    if (typeof outcome !== 'string') item = outcome;
    found.push(outcome);
  }
  return found;
}

const figures = (outcome: Outcome | undefined, ...names: readonly string[]): unknown =>
  typeof outcome === 'string' || outcome === undefined
    ? outcome
    : names.map((name) => Number(outcome[name]?.N ?? NaN));
const refused = async (...updates: readonly LedgerUpdate[]): Promise<readonly boolean[]> =>
  (await outcomes(updates)).map((outcome) => outcome === 'refused');

describe('the updates of a ledger item', () => {
  it('open: once', async () => {
    const [first, second] = await outcomes([open(100), open(999)]);
    expect(figures(first, 'granted', 'available', 'spent', 'edition', 'expires')).toEqual([
      100, 100, 0, 1, 9,
    ]);
    expect(second).toBe('refused');
  });

  it('reserve: what there is, once under a ticket, up to the cap', async () => {
    expect(
      await refused(
        reserve(ticket, 1),
        open(),
        reserve(ticket, 60),
        reserve(ticket, 10),
        reserve(other, 41),
        reserve(other, 40),
        reserve('5', 0),
      ),
    ).toEqual([true, false, false, true, true, false, true]);
  });

  it('reserve: less than what must be available is enough where other places have the rest', async () => {
    const [, reserved] = await outcomes([open(0), reserve(ticket, 60, -10)]);
    expect(figures(reserved, 'available')).toEqual([-60]);
    expect(await refused(open(0), reserve(ticket, 60, 1))).toEqual([false, true]);
  });

  it('settle: once, and never what was not reserved', async () => {
    const found = await outcomes([
      settle(ticket, 60, 25),
      open(),
      settle(ticket, 60, 25),
      reserve(ticket, 60),
      settle(ticket, 60, 25),
      settle(ticket, 60, 25),
    ]);
    expect(figures(found[4], 'available', 'spent')).toEqual([75, 25]);
    expect([found[0], found[2], found[5]]).toEqual(['refused', 'refused', 'refused']);
    expect(found[4]).not.toHaveProperty('tickets');
  });

  it('settle: more than was held goes below zero if need be', async () => {
    const [, , settled] = await outcomes([open(50), reserve(ticket, 50), settle(ticket, 50, 60)]);
    expect(figures(settled, 'available', 'spent')).toEqual([-10, 60]);
  });

  it('charge: below zero if need be, once as long as its mark stands', async () => {
    expect(markOf(ticket)).toBe(markOf(other));
    const found = await outcomes([
      chargeUpdate(ticket, 30),
      open(50),
      chargeUpdate(ticket, 30),
      chargeUpdate(ticket, 30),
      chargeUpdate(other, 30),
      chargeUpdate(ticket, 1),
    ]);
    expect([found[0], found[3]]).toEqual(['refused', 'refused']);
    expect(figures(found[4], 'available', 'spent')).toEqual([-10, 60]);
    expect(figures(found[5], 'available', 'spent')).toEqual([-11, 61]);
  });

  it('lend: no more than there is; a repetition is a larger loan', async () => {
    const found = await outcomes([
      lendUpdate(eu, 1),
      open(50),
      lendUpdate(eu, 20),
      lendUpdate(eu, 20),
      lendUpdate(eu, 20),
    ]);
    expect(figures(found[3], 'available', 'lent_eu')).toEqual([10, 40]);
    expect([found[0], found[4]]).toEqual(['refused', 'refused']);
  });

  it('receive: what a figure has grown by, once', async () => {
    const found = await outcomes([
      receiveUpdate(eu, 40, 0),
      open(50),
      receiveUpdate(eu, 40, 0),
      receiveUpdate(eu, 40, 0),
      receiveUpdate(eu, 70, 40),
      receiveUpdate(eu, 70, 40),
    ]);
    expect(figures(found[4], 'available', 'got_eu')).toEqual([120, 70]);
    expect([found[0], found[3], found[5]]).toEqual(['refused', 'refused', 'refused']);
  });

  it('edit: once per edition; what was spent stays', async () => {
    const lower = editUpdate({ granted: 100, edition: 1 }, { granted: 20, edition: 2 });
    const found = await outcomes([lower, open(100), reserve(ticket, 60), lower, lower]);
    expect(figures(found[3], 'granted', 'available', 'edition')).toEqual([20, -40, 2]);
    expect([found[0], found[4]]).toEqual(['refused', 'refused']);
  });

  it('forget: moves no money, makes no item', async () => {
    const found = await outcomes([
      forgetUpdate([ticket]),
      open(100),
      reserve(ticket, 60),
      forgetUpdate([ticket, other]),
      settle(ticket, 60, 1),
    ]);
    expect(figures(found[3], 'available', 'spent')).toEqual([40, 0]);
    expect(found[3]).not.toHaveProperty('tickets');
    expect([found[0], found[4]]).toEqual(['refused', 'refused']);
  });

  it('the expiry is set when an item is opened, and by nothing else', () => {
    const others = [
      reserve(ticket, 1),
      settle(ticket, 1, 1),
      chargeUpdate(ticket, 1),
      lendUpdate(eu, 1),
      receiveUpdate(eu, 1, 0),
      editUpdate({ granted: 1, edition: 1 }, { granted: 2, edition: 2 }),
      forgetUpdate([ticket]),
    ];
    expect(open().UpdateExpression).toContain('expires = :expires');
    for (const { UpdateExpression } of others) expect(UpdateExpression).not.toContain('expires');
  });
});

it('the simulation agrees with dynalite on any sequence of them', async () => {
  const tickets = fc.constantFrom('297000000000000001', '297000000000000017', '297000000000000002');
  const amount = fc.integer({ min: 0, max: 40 });
  const places = fc.constantFrom(eu, { site: 'us', lane: 2 });
  const update = fc.oneof(
    amount.map(open),
    fc.tuple(tickets, amount, amount).map(([t, each, least]) => reserve(t, each, least)),
    fc.tuple(tickets, amount, amount).map(([t, held, actual]) => settle(t, held, actual)),
    fc.tuple(tickets, amount).map(([t, each]) => chargeUpdate(t, each)),
    fc.tuple(places, amount).map(([place, each]) => lendUpdate(place, each)),
    fc.tuple(places, amount, amount).map(([place, lent, before]) => receiveUpdate(place, lent, before)),
    fc
      .tuple(amount, amount)
      .map(([from, to]) =>
        editUpdate({ granted: from, edition: from % 3 }, { granted: to, edition: to % 3 }),
      ),
    tickets.map((t) => forgetUpdate([t])),
  );
  const sequences = fc
    .array(update, { minLength: 3, maxLength: 12 })
    .map((updates) => [open(60), ...updates]);
  await fc.assert(
    fc.asyncProperty(sequences, async (updates) => void (await outcomes(updates))),
    { numRuns: 25 },
  );
});

it('sixty tickets and the loans of five regions fit into one write unit', () => {
  const bytes = (name: string, value: AttributeValue): number =>
    name.length +
    (value.S?.length ?? 0) +
    (value.N === undefined ? 0 : 2 + Math.ceil(value.N.length / 2)) +
    (value.NS ?? []).reduce(
      (sum, each) => sum + 2 + Math.ceil(each.length / 2),
      value.NS === undefined ? 0 : 3,
    );
  let item: Item = updated(open(5_000_000), {
    pk: { S: 'team/research#b0.microUsd#1M@2026-11-01T00:00:00Z#0#us-east-1' },
  });
  for (let index = 0; index < 60; index++) {
    item = updated(reserve(`29700000${String(index).padStart(10, '0')}`, 1), item);
  }
  for (const site of ['eu-central-1', 'eu-west-1', 'ap-northeast-1', 'sa-east-1']) {
    item = updated(receiveUpdate({ site, lane: 0 }, 5_000_000, 0), item);
  }
  const size = Object.entries(item).reduce((sum, [name, value]) => sum + bytes(name, value), 0);
  expect(size).toBeLessThanOrEqual(1_024);
});
