import { describe, expect, it } from 'vitest';
import { createGateway } from '../../../functions/gateway/gateway.ts';
import { QuotaStore } from '../../../lib/stores/quota-store.ts';
import { windowAt } from '../../../lib/accounting/quota/windows.ts';
import { totalsOf } from '../../../lib/accounting/quota/totals.ts';
import type { Gateway } from '../../../lib/pipeline.ts';
import type { Settlement } from '../../../lib/domain/quota-ledger.ts';
import { oneSite } from '../../support/one-site.ts';
import { scene, until, whole } from './scene.ts';

/** What quotas cost a request in calls to AWS, before the provider is asked and after. */

const soft = { limitUsd: 1_000, every: '1d' };
const hard = { ...soft, enforcement: 'hard' };
const owners = { team: 'research' };
const document = (budget: object) => ({
  customers: [{ id: 'acme', budgets: [budget] }],
  teams: [{ id: 'research', customer: 'acme', budgets: [budget] }],
});
const body = { max_tokens: 100 };
/** Of the route, and of the key. */
const samples = ['health:UpdateItemCommand', 'health:UpdateItemCommand'];

/** Tickets and marks of attempts differ by it. */
function drawing() {
  let drawn = 0;
  return { random: () => (drawn = (drawn + 0.137) % 1) };
}

describe('before the provider is asked', () => {
  it('nothing is awaited far from soft limits, and each owner is charged once after the last byte', async () => {
    const { clock, sent, asked, holdDatabase, chat } = await scene({
      first: [whole()],
      key: { ...owners, budgets: [soft], rateLimits: [{ requests: 100, every: '1m' }] },
      document: document(soft),
      environment: drawing(),
    });
    const letDatabase = holdDatabase();
    const answering = chat(body);
    await until(() => asked().length > 0);
    expect(sent()).toEqual([]);
    letDatabase();
    await clock.advance(0);
    const response = await answering;
    expect(response.status).toBe(200);
    await response.settled;
    // Four quotas are opened by their first charge (a charge that finds nothing, a look, an opening, a charge), and
    // consumption of three owners is written down, and the decision.
    const again = sent().length;
    const next = chat(body);
    await clock.advance(0);
    await (
      await next
    ).settled;
    expect([...sent().slice(again)].sort()).toEqual([
      'PutItemCommand',
      ...Array.from({ length: 4 + 3 }, () => 'UpdateItemCommand'),
      ...samples,
    ]);
  });

  it('one write is awaited for each owner with a hard limit, side by side', async () => {
    const { clock, sent, asked, holdDatabase, chat } = await scene({
      first: [whole()],
      key: { ...owners, budgets: [hard] },
      document: document(hard),
    });
    await (
      await chatted(chat, clock)
    ).settled;
    const before = sent().length;
    const askedBefore = asked().length;
    const letDatabase = holdDatabase();
    const answering = chat(body);
    await until(() => sent().length >= before + 3);
    expect(sent().slice(before)).toEqual(Array.from({ length: 3 }, () => 'UpdateItemCommand'));
    expect(asked()).toHaveLength(askedBefore);
    letDatabase();
    await until(() => asked().length > askedBefore);
    await clock.advance(0);
    await (
      await answering
    ).settled;
    // Three reservations, three settlements, what three owners consumed, one decision.
    expect([...sent().slice(before)].sort()).toEqual([
      'PutItemCommand',
      ...Array.from({ length: 9 }, () => 'UpdateItemCommand'),
      ...samples,
    ]);
  });

  it('a thawed environment reads first, side by side: policy in one batch, figures in one, one copy of health', async () => {
    const { clock, sent, asked, chat } = await scene({
      first: [whole()],
      key: { ...owners, budgets: [soft] },
      document: document(soft),
    });
    await (
      await chatted(chat, clock)
    ).settled;
    await clock.advance(31_000);
    const before = sent().length;
    const answering = chat(body);
    await until(() => asked().length > 1);
    expect(sent().slice(before)).toEqual([
      'health:GetItemCommand',
      'BatchGetItemCommand',
      'BatchGetItemCommand',
    ]);
    await clock.advance(0);
    await (
      await answering
    ).settled;
  });
});

describe('a process that ends between reservation and settlement', () => {
  it('loses nothing: the attempt stays spent at its bound, and nobody else is in its way', async () => {
    const { clock, database, gateway, asked, chat } = await scene({
      first: [{ never: true }, whole()],
      key: { budgets: [{ ...hard, limitUsd: 1 }] },
    });
    // It is never answered, and its process never heard of again.
    void chat({ ...body, model: 'first/priced', stream: true });
    await until(() => asked().length > 0);
    const other = createGateway({
      ...gateway.environment,
      ...oneSite('eu-central-1', database.client),
      // Another process draws other tickets.
      random: () => 0.25,
    });
    const answering = chat(body, {}, other);
    await until(() => asked().length > 1);
    await clock.advance(0);
    const response = await answering;
    expect(response.status).toBe(200);
    await response.settled;
    const { used, spent, held } = await totals(database, clock.nowMs());
    expect(spent).toBe(4_000);
    // 2 USD a million in, 10 out: the bytes of the body and the template, and 100 tokens of output.
    expect(held).toBeGreaterThan(3_000);
    expect(used).toBe(spent + held);
  });
});

it('a settlement the ledger does not take waits in the queue, and is carried out from there', async () => {
  const queued: Settlement[] = [];
  const { clock, database, gateway, chat } = await scene({
    first: [whole()],
    key: { budgets: [{ ...hard, limitUsd: 1 }] },
  });
  let failing = true;
  // Reservations are taken, settlements are not.
  database.client.middlewareStack.add(
    (next) => async (args) => {
      if (failing && 'UpdateExpression' in args.input && args.input.UpdateExpression?.includes('DELETE')) {
        throw new Error('the table is away');
      }
      return next(args);
    },
    { step: 'initialize' },
  );
  const other = createGateway({
    ...gateway.environment,
    ...oneSite('eu-central-1', database.client, queued),
  });
  const response = await chatted(chat, clock, other);
  await response.settled;
  failing = false;
  expect(queued.map(({ kind }) => kind)).toEqual(['settle']);
  const store = new QuotaStore({
    region: 'eu-central-1',
    table: database.tableNames.quotas,
    clientFor: () => database.client,
  });
  for (const settlement of [...queued, ...queued]) {
    if (settlement.kind === 'settle') await store.settle(settlement, settlement.actual);
  }
  expect(await totals(database, clock.nowMs())).toEqual({ used: 4_000, spent: 4_000, held: 0 });
});

type Scene = Awaited<ReturnType<typeof scene>>;

/** A request from beginning to end. */
async function chatted(chat: Scene['chat'], clock: Scene['clock'], by?: Gateway) {
  const answering = chat(body, {}, by);
  let answered = false;
  void answering.then(() => (answered = true));
  while (!answered) await clock.advance(0);
  return answering;
}

async function totals(database: Scene['database'], nowMs: number) {
  const store = new QuotaStore({
    region: 'eu-central-1',
    table: database.tableNames.quotas,
    clientFor: () => database.client,
  });
  const createdAtS = Math.floor(1_000_000 / 1000);
  const key = {
    owner: { kind: 'virtual_key', id: 'tester' },
    quotaId: '1d',
    unit: 'microUsd',
    window: windowAt({ every: '1d', calendar: false, createdAtS }, nowMs).label,
    place: { site: 'eu-central-1', lane: 0 },
  } as const;
  const balance = await store.read(key);
  return totalsOf(balance === undefined ? [] : [balance]);
}
