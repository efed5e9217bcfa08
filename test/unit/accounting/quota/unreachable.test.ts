import { expect, it } from 'vitest';
import { accountAt, entryOf } from '../../../../lib/accounting/quota/account.ts';
import { QuotaStore } from '../../../../lib/stores/quota-store.ts';
import { most, quota } from './quota.ts';
import { admitted, ap, costs, reasonOf, Scene, us } from './scene.ts';

const hard = quota({ enforcement: 'hard', limit: 90 });
const sites = [
  { site: us, share: 0.5 },
  { site: ap, share: 0.5 },
];
/** As a region without a way to the other one's replica is told. */
const cutOff = [
  { site: us, share: 0.5 },
  { site: ap, share: 0.5, unreachable: true },
];

it('a site there is no way to is asked for nothing: its share is out of reach', async () => {
  const scene = new Scene();
  const ledger = scene.ledger(us, cutOff);
  expect(reasonOf(await scene.done(ledger.admit([hard], most(46))))).toBe('exhausted');
  expect(reasonOf(await scene.done(ledger.admit([hard], most(45))))).toBe('admitted');
  expect(reasonOf(await scene.done(ledger.admit([hard], most(1))))).toBe('exhausted');
  await scene.done(ledger.settleAll());
  expect(scene.regions.items(ap).size).toBe(0);
});

it('what a site there is no way to has spent counts, and what it lends is received', async () => {
  const scene = new Scene();
  const there = admitted(await scene.done(scene.ledger(ap, sites).admit([hard], most(5))));
  await scene.done(there.settle(costs(5), 'reported'));
  scene.replicate();

  const here = scene.ledger(us, cutOff);
  expect(await scene.done(here.standings([hard]))).toMatchObject([{ used: 5 }]);
  expect(reasonOf(await scene.done(here.admit([hard], most(46))))).toBe('exhausted');

  const lender = new QuotaStore({
    region: ap,
    table: 'quotas',
    clientFor: scene.regions.start(ap).clientFor,
  });
  const from = entryOf(accountAt(hard, scene.nowMs), { site: ap, lane: 0 });
  expect(await scene.done(lender.lend(from, { site: us, lane: 0 }, 40))).toBe(40);
  scene.replicate();
  expect(reasonOf(await scene.done(here.admit([hard], most(85))))).toBe('admitted');
  expect(reasonOf(await scene.done(here.admit([hard], most(1))))).toBe('exhausted');
});
