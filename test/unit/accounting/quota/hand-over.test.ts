import { describe, expect, it } from 'vitest';
import { accountAt, entryOf, openingOf } from '../../../../lib/accounting/quota/account.ts';
import { handOver, previewHandOver } from '../../../../lib/accounting/quota/hand-over.ts';
import type { Quota, Site } from '../../../../lib/domain/quota.ts';
import { readBalance } from '../../../../lib/stores/quota-items.ts';
import { QuotaStore } from '../../../../lib/stores/quota-store.ts';
import type { Fate } from '../../../support/simulated-regions.ts';
import { settle } from '../../../support/manual-clock.ts';
import { most, quota } from './quota.ts';
import { admitted, ap, costs, eu, reasonOf, Scene, us } from './scene.ts';

const hard = quota({ enforcement: 'hard', limit: 90 });
const thirds = [us, eu, ap].map((site): Site => ({ site, share: 1 / 3 }));
const without = (site: string, sites: readonly Site[] = thirds) => sites.filter((each) => each.site !== site);
/** As the sites that stay are told of it by the next deployment. */
const afterwards: readonly Site[] = [...without(ap), { site: ap, share: 0, left: true }];

function leaving(scene: Scene, sites: readonly Site[] = thirds) {
  const process = scene.regions.start(ap);
  const store = new QuotaStore({ region: ap, table: 'quotas', clientFor: process.clientFor });
  const args = (of: Quota) =>
    [store, { sites, site: ap }, accountAt(of, scene.nowMs), without(ap, sites)] as const;
  return {
    now: (of = hard) => scene.done(handOver(...args(of))),
    started: (of = hard) => handOver(...args(of)),
    preview: (of = hard) => scene.done(previewHandOver(...args(of))),
  };
}

/** Rights everywhere: given when items were opened, less what is spent or held; with loans on their way. */
function rights(scene: Scene): number {
  let total = 0;
  for (const region of scene.regions.regions) {
    for (const [pk, item] of scene.regions.items(region)) {
      const balance = pk.endsWith(`#${region}`) ? readBalance(item) : undefined;
      if (balance === undefined) continue;
      total += balance.available;
      for (const lent of balance.lent.values()) total += lent;
      for (const got of balance.got.values()) total -= got;
    }
  }
  return total;
}

/** Takes `held` at the leaving site, without anything being borrowed for it, and settles it for `actual` if that is given. */
async function spend(scene: Scene, held: number, actual?: number): Promise<void> {
  const process = scene.regions.start(ap);
  const store = new QuotaStore({ region: ap, table: 'quotas', clientFor: process.clientFor });
  const account = accountAt(hard, scene.nowMs);
  const place = { site: ap, lane: 0 };
  const key = entryOf(account, place);
  const ticket = '294832150000000001';
  await scene.done(store.open(key, openingOf(account, place, thirds)));
  expect((await scene.done(store.reserve(key, ticket, held))).outcome).toBe('reserved');
  if (actual !== undefined) await scene.done(store.settle({ key, ticket, held }, actual));
}

const given = (toUs: number, toEu: number) =>
  new Map([
    [us, toUs],
    [eu, toEu],
  ]);

describe('handing over', () => {
  it('gives all that is not spent to those that stay, who can spend it to the last', async () => {
    const scene = new Scene();
    await spend(scene, 10, 4);
    expect(await leaving(scene).now()).toEqual({ given: given(13, 13), held: 0, unsettled: 0, available: 0 });
    scene.replicate();
    const heir = scene.ledger(us, afterwards);
    expect(reasonOf(await scene.done(heir.admit([hard], most(86))))).toBe('admitted');
    expect(reasonOf(await scene.done(heir.admit([hard], most(1))))).toBe('exhausted');
  });

  it('gives the share of an item nobody has opened, which nobody could borrow afterwards', async () => {
    const scene = new Scene();
    expect((await leaving(scene).now()).given).toEqual(given(15, 15));
    scene.replicate();
    const heir = scene.ledger(eu, afterwards);
    expect(reasonOf(await scene.done(heir.admit([hard], most(90))))).toBe('admitted');
  });

  it.each([
    [0.6, 0.2, 100, [15, 5]],
    [0.4, 0.4, 105, [11, 10]],
    [0, 0.8, 100, [0, 20]],
    [0, 0, 100, [10, 10]],
  ])(
    'gives by the shares %f and %f, the odd one to the first; equal parts where none has any',
    async (usShare, euShare, limit, expected) => {
      const scene = new Scene();
      const sites = [
        { site: us, share: usShare },
        { site: eu, share: euShare },
        { site: ap, share: 0.2 },
      ];
      const result = await leaving(scene, sites).now({ ...hard, limit });
      expect([...result.given.values()]).toEqual(expected);
      const [item] = scene.regions.items(ap).values();
      const lent = Object.keys(item ?? {}).filter((name) => name.startsWith('lent_'));
      expect(lent).toHaveLength(expected.filter((part) => part > 0).length);
    },
  );

  it('opens no item that holds nothing', async () => {
    const scene = new Scene();
    const sites = [
      { site: us, share: 1 },
      { site: ap, share: 0 },
    ];
    expect((await leaving(scene, sites).now()).given).toEqual(new Map([[us, 0]]));
    expect(scene.regions.items(ap).size).toBe(0);
  });

  it('may be repeated: what is handed over is not there any more', async () => {
    const scene = new Scene();
    const { now } = leaving(scene);
    await now();
    const items = [...scene.regions.items(ap)];
    expect((await now()).given).toEqual(given(0, 0));
    expect([...scene.regions.items(ap)]).toEqual(items);
  });

  it('leaves what attempts hold, and hands over what they give back when it is called again', async () => {
    const scene = new Scene();
    const ledger = scene.ledger(ap);
    const { settle: settled } = admitted(await scene.done(ledger.admit([hard], most(6))));
    const { now } = leaving(scene);
    expect(await now()).toEqual({ given: given(12, 12), held: 6, unsettled: 1, available: 0 });
    await scene.done(settled(costs(1), 'reported'));
    await scene.done(ledger.settleAll());
    expect(await now()).toEqual({ given: given(3, 2), held: 0, unsettled: 0, available: 0 });
    expect(rights(scene)).toBe(29);
  });

  it('takes what others have lent the site along, once it is received', async () => {
    const scene = new Scene();
    for (const region of [us, eu]) admitted(await scene.done(scene.ledger(region).admit([hard], most(1))));
    scene.replicate();
    admitted(await scene.done(scene.ledger(ap).admit([hard], most(40))));
    const { given: parts, held } = await leaving(scene).now();
    expect(held).toBe(40);
    expect([...parts.values()].reduce((sum, part) => sum + part, 0)).toBeGreaterThan(0);
    expect(scene.at(ap)).toEqual([0, 0]);
    expect(rights(scene)).toBe(90 - 42);
  });

  it('gives of an edited limit what the edit leaves, since nobody can edit the item afterwards', async () => {
    const raised = new Scene();
    await spend(raised, 10, 10);
    const more = await leaving(raised).now({ ...hard, limit: 120, edition: 2 });
    expect(more.given).toEqual(given(15, 15));

    const lowered = new Scene();
    await spend(lowered, 10, 10);
    const less = await leaving(lowered).now({ ...hard, limit: 60, edition: 2 });
    expect([less.given, less.available]).toEqual([given(5, 5), 0]);
  });

  it('gives nothing where a lowered limit leaves a debt, and says how much', async () => {
    const scene = new Scene();
    await spend(scene, 25, 25);
    const { now } = leaving(scene);
    const lowered = { ...hard, limit: 60, edition: 2 };
    expect(await now(lowered)).toEqual({ given: given(0, 0), held: 0, unsettled: 0, available: -5 });
  });

  it('keeps, of several lanes, what covers the debt of another', async () => {
    const scene = new Scene();
    const process = scene.regions.start(ap);
    const store = new QuotaStore({ region: ap, table: 'quotas', clientFor: process.clientFor });
    const lanes = { ...hard, lanes: 2 };
    const account = accountAt(lanes, scene.nowMs);
    const key = entryOf(account, { site: ap, lane: 1 });
    await scene.done(store.open(key, { granted: 0, edition: 1, expiresS: 1 }));
    await scene.done(store.charge(key, '294832150000000001', 8));
    const result = await leaving(scene).now(lanes);
    expect([result.given, result.available]).toEqual([given(11, 11), 0]);
    expect([scene.at(ap, 0), scene.at(ap, 1)]).toEqual([
      [8, 0],
      [-8, 8],
    ]);
  });
});

describe('a preview', () => {
  it('says what would be handed over, and writes nothing', async () => {
    const scene = new Scene();
    admitted(await scene.done(scene.ledger(ap).admit([hard], most(5))));
    const { preview, now } = leaving(scene);
    const items = [...scene.regions.items(ap)];
    const seen = await preview();
    expect([...scene.regions.items(ap)]).toEqual(items);
    expect(seen).toEqual({ given: given(13, 12), held: 5, unsettled: 1, available: 0 });
    expect(await now()).toEqual(seen);
  });

  it('says it of an item nobody has opened, or of an older edition, and leaves it so', async () => {
    const scene = new Scene();
    expect((await leaving(scene).preview()).given).toEqual(given(15, 15));
    expect(scene.regions.items(ap).size).toBe(0);
    await spend(scene, 4, 4);
    const edited = await leaving(scene).preview({ ...hard, limit: 60, edition: 2 });
    expect([edited.given, edited.available]).toEqual([given(8, 8), 0]);
    expect(scene.at(ap)).toEqual([26, 4]);
  });
});

it.each<readonly Fate[]>([
  ['answer lost'],
  ['done', 'answer lost'],
  ['done', 'done', 'answer lost'],
  ['done', 'done', 'done', 'answer lost', 'answer lost'],
  ['done', 'done', 'done', 'done', 'answer lost'],
  ['request lost', 'answer lost'],
])('conserves rights when calls end so: %s, %s, %s, %s, %s', async (...fates) => {
  const scene = new Scene();
  for (const region of [us, eu, ap]) {
    admitted(await scene.done(scene.ledger(region).admit([hard], most(1))));
  }
  expect(rights(scene)).toBe(87);
  const { now, started } = leaving(scene);
  const first = started().catch(() => undefined);
  for (const fate of fates.filter((each) => each !== undefined)) {
    await settle();
    if (scene.regions.waiting > 0) scene.regions.deliver(0, fate);
  }
  await scene.done(first);
  expect(rights(scene)).toBe(87);
  await now();
  expect(rights(scene)).toBe(87);
  expect(scene.at(ap)?.[0]).toBe(0);
});
