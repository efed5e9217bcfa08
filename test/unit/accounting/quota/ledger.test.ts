import { describe, expect, it } from 'vitest';
import { InvalidShares } from '../../../../lib/accounting/quota/shares.ts';
import { most, quota } from './quota.ts';
import { admitted, ap, costs, eu, reasonOf, Scene, us } from './scene.ts';

const hard = quota({ enforcement: 'hard', limit: 90 });
const soft = quota({ id: 'soft', limit: 1_000 });

describe('a soft quota far from its limit', () => {
  it('waits for nothing once its totals are known, and charges after the response', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    await scene.done(ledger.standings([soft]));
    const { settle } = admitted(await scene.atOnce(ledger.admit([soft], most(100))));
    expect(scene.regions.waiting).toBe(0);
    await scene.done(Promise.all([settle(costs(30), 'reported'), settle(costs(30), 'reported')]));
    expect(scene.at(us)).toEqual([334 - 30, 30]);
  });

  it('uses totals for 5 s, for 30 s while they are read again, and then reads first', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const first = ledger.admit([soft], most(100));
    expect(await scene.atOnce(first)).toBe('waits');
    admitted(await scene.done(first));

    scene.nowMs += 4_999;
    admitted(await scene.atOnce(ledger.admit([soft], most(100))));
    expect(scene.regions.waiting).toBe(0);

    scene.nowMs += 1;
    admitted(await scene.atOnce(ledger.admit([soft], most(100))));
    expect(scene.regions.waiting).toBe(1);
    await scene.rest();

    scene.nowMs += 30_000;
    expect(await scene.atOnce(ledger.admit([soft], most(100)))).toBe('waits');
    await scene.rest();
  });

  it('reads the totals of all owners in one batch', async () => {
    const scene = new Scene();
    const team = quota({ id: 'team' });
    const customer = quota({ owner: { kind: 'customer', id: 'acme' } });
    const admitting = scene.ledger().admit([team, customer], most(1));
    expect(await scene.rest()).toBe(1);
    expect(admitted(await admitting).standings.map(({ used }) => used)).toEqual([0, 0]);
  });

  it('reads once, however many wait for it', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const waiting = [1, 2, 3].map(() => ledger.admit([soft], most(1)));
    expect(await scene.atOnce(Promise.all(waiting))).toBe('waits');
    expect(scene.regions.waiting).toBe(1);
    await scene.done(Promise.all(waiting));
  });

  it('counts what this process has under way', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    await scene.done(ledger.standings([soft]));
    const first = admitted(await scene.atOnce(ledger.admit([soft], most(500))));
    const second = ledger.admit([soft], most(500));
    expect(await scene.atOnce(second)).toBe('waits');
    expect(admitted(await scene.done(second)).reservations).toMatchObject([{ held: 500 }]);
    await scene.done(first.settle(costs(1), 'reported'));
    expect(admitted(await scene.done(ledger.admit([soft], most(300)))).reservations).toEqual([]);
  });

  it('spreads charges over its lanes, and sums them', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const hot = quota({ lanes: 16, limit: 1_000_000 });
    await scene.done(ledger.standings([hot]));
    for (let count = 0; count < 40; count++) {
      await scene.done(
        admitted(await scene.atOnce(ledger.admit([hot], most(10)))).settle(costs(10), 'reported'),
      );
    }
    expect(scene.regions.items(us).size).toBeGreaterThan(10);
    const [standing] = await scene.done(scene.ledger().standings([hot]));
    expect(standing?.used).toBe(400);
  });

  it('charges nothing for an attempt the provider refused', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const { settle } = admitted(await scene.done(ledger.admit([soft], most(100))));
    await scene.done(settle(costs(0), 'reported'));
    expect(scene.at(us)).toBeUndefined();
  });
});

describe('a soft quota near its limit', () => {
  it('reserves first, counting what the other regions have used', async () => {
    const scene = new Scene();
    const [here, there] = [scene.ledger(us), scene.ledger(eu)];
    await scene.done(
      admitted(await scene.done(there.admit([soft], most(100)))).settle(costs(850), 'reported'),
    );
    scene.replicate();
    const { reservations, settle } = admitted(await scene.done(here.admit([soft], most(100))));
    expect(reservations).toMatchObject([{ held: 100, key: { place: { site: us, lane: 0 } } }]);
    const rest = admitted(await scene.done(here.admit([soft], most(100))));
    expect(rest.reservations).toMatchObject([{ held: 50 }]);
    expect(await scene.done(here.admit([soft], most(1)))).toMatchObject({
      refusal: { reason: 'exhausted', used: 1_000, quota: soft },
    });
    await scene.done(settle(costs(20), 'reported'));
    expect(reasonOf(await scene.done(here.admit([soft], most(80))))).toBe('admitted');
  });

  it('lets fifty at once spend no more than is left', async () => {
    const scene = new Scene();
    const [ledger, elsewhere] = [scene.ledger(us), scene.ledger(eu)];
    await scene.done(
      admitted(await scene.done(elsewhere.admit([soft], most(1)))).settle(costs(500), 'reported'),
    );
    scene.replicate();
    await scene.done(
      admitted(await scene.done(ledger.admit([soft], most(1)))).settle(costs(450), 'reported'),
    );
    const answers = await scene.done(
      Promise.all(Array.from({ length: 50 }, () => ledger.admit([soft], most(7)))),
    );
    const held = answers.flatMap((each) => (each.admitted ? each.reservations : [])).map((each) => each.held);
    expect(held.reduce((sum, each) => sum + each, 0)).toBe(50);
  });
});

describe('a hard quota', () => {
  it('costs one awaited write, side by side with that of other owners', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const other = quota({ ...hard, owner: { kind: 'customer', id: 'acme' }, limit: 900 });
    const first = admitted(await scene.done(ledger.admit([hard, other], most(1))));
    await scene.done(first.settle(costs(1), 'reported'));
    await scene.done(ledger.settleAll());

    const admitting = ledger.admit([hard, other], most(2));
    expect(await scene.atOnce(admitting)).toBe('waits');
    expect(scene.regions.waiting).toBe(2);
    expect(await scene.rest()).toBe(1);
    expect(admitted(await admitting).reservations.map(({ held }) => held)).toEqual([2, 2]);
  });

  it('holds the bound, and gives back the difference once', async () => {
    const scene = new Scene();
    const roomy = quota({ ...hard, limit: 900 });
    const { settle } = admitted(await scene.done(scene.ledger().admit([roomy], most(20))));
    expect(scene.at(us)).toEqual([280, 0]);
    await scene.done(Promise.all([settle(costs(5), 'reported'), settle(costs(5), 'reported')]));
    await scene.done(settle(costs(5), 'reported'));
    expect(scene.at(us)).toEqual([295, 5]);
  });

  it('lets one region spend the whole limit on loans, and nobody more', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    for (let count = 0; count < 9; count++) {
      const { settle } = admitted(await scene.done(ledger.admit([hard], most(10))));
      await scene.done(settle(costs(10), 'reported'));
      scene.replicate();
    }
    expect(await scene.done(ledger.admit([hard], most(1)))).toMatchObject({
      admitted: false,
      refusal: { reason: 'exhausted', used: 90, wanted: 1 },
    });
    expect(reasonOf(await scene.done(scene.ledger(eu).admit([hard], most(1))))).toBe('exhausted');
  });

  it('borrows before it runs low, so that nobody waits for a loan', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const { settle } = admitted(await scene.done(ledger.admit([hard], most(10))));
    await scene.done(settle(costs(10), 'reported'));
    await scene.done(ledger.settleAll());
    // 30 of its own less 10, and half of another region's 30.
    expect(scene.at(us)).toEqual([35, 10]);
    expect(scene.at(eu)).toEqual([15, 0]);
  });

  it('takes one loan at a time', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const roomy = quota({ ...hard, limit: 900 });
    await scene.done(Promise.all([1, 2, 3].map(() => ledger.admit([roomy], most(80)))));
    await scene.done(ledger.settleAll());
    expect([scene.at(us), scene.at(eu), scene.at(ap)]).toEqual([[210, 0], [150, 0], undefined]);
  });

  it('does not ask another region for what its own has in another lane', async () => {
    const scene = new Scene();
    scene.regions.cut = us;
    const ledger = scene.ledger();
    const laned = quota({ ...hard, limit: 900, lanes: 4 });
    for (let count = 0; count < 20; count++) {
      const { settle } = admitted(await scene.done(ledger.admit([laned], most(5))));
      await scene.done(settle(costs(5), 'reported'));
    }
    const [standing] = await scene.done(scene.ledger().standings([laned]));
    expect(standing?.used).toBe(100);
  });

  it('serves what it has rights for when it is cut off, and refuses the rest', async () => {
    const scene = new Scene();
    scene.regions.cut = us;
    const [here, there] = [scene.ledger(us), scene.ledger(eu)];
    for (const _ of [1, 2, 3]) admitted(await scene.done(here.admit([hard], most(10))));
    expect(reasonOf(await scene.done(here.admit([hard], most(10))))).toBe('exhausted');
    for (const _ of [1, 2, 3, 4, 5, 6]) admitted(await scene.done(there.admit([hard], most(10))));
    expect(reasonOf(await scene.done(there.admit([hard], most(10))))).toBe('exhausted');
  });

  it('takes nothing when another quota refuses', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const small = quota({ ...hard, id: 'small', limit: 6 });
    admitted(await scene.done(ledger.admit([small], most(6))));
    const answer = await scene.done(ledger.admit([hard, small], most(5)));
    expect(answer).toMatchObject({ refusal: { quota: small, reason: 'exhausted' } });
    await scene.done(ledger.settleAll());
    const [standing] = await scene.done(scene.ledger().standings([hard]));
    expect(standing?.used).toBe(0);
  });

  it('lets fifty at once in three regions hold no more than the limit', async () => {
    const scene = new Scene();
    const ledgers = [us, eu, ap].map((region) => scene.ledger(region));
    const asking = ledgers.flatMap((ledger) =>
      Array.from({ length: 50 }, () => ledger.admit([hard], most(4))),
    );
    const answers = await scene.done(Promise.all(asking));
    const held = answers.filter((answer) => answer.admitted).length * 4;
    expect(held).toBeLessThanOrEqual(90);
    expect(held).toBeGreaterThan(70);
  });

  it('follows an edited limit at every site, idle ones too', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    admitted(await scene.done(scene.ledger(eu).admit([hard], most(1))));
    admitted(await scene.done(ledger.admit([hard], most(25))));
    await scene.done(ledger.settleAll());
    scene.replicate();
    const lower = { ...hard, limit: 30, edition: 2 };
    expect(reasonOf(await scene.done(ledger.admit([lower], most(20))))).toBe('exhausted');
    const higher = { ...hard, limit: 300, edition: 3 };
    expect(reasonOf(await scene.done(ledger.admit([higher], most(100))))).toBe('admitted');
  });

  it('counts on what lenders will have once they have seen an edit', async () => {
    const scene = new Scene();
    const opened = admitted(await scene.done(scene.ledger(eu).admit([hard], most(1))));
    await scene.done(opened.settle(costs(0), 'reported'));
    scene.replicate();
    const higher = { ...hard, limit: 900, edition: 2 };
    expect(reasonOf(await scene.done(scene.ledger(us).admit([higher], most(850))))).toBe('admitted');
    expect(reasonOf(await scene.done(scene.ledger(us).admit([higher], most(51))))).toBe('exhausted');
  });

  it('asks another lender when one does not answer, and that one not again for five seconds', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const roomy = quota({ ...hard, limit: 900 });
    admitted(await scene.done(ledger.admit([roomy], most(300))));
    await scene.done(ledger.settleAll());
    scene.nowMs += 6_000;
    scene.regions.cut = eu;
    expect(reasonOf(await scene.done(ledger.admit([roomy], most(200))))).toBe('admitted');
    scene.regions.cut = us;
    scene.nowMs += 6_000;
    const rounds = async (): Promise<number> => {
      const admitting = ledger.admit([roomy], most(290));
      const waited = await scene.rest();
      expect(reasonOf(await admitting)).toBe('exhausted');
      return waited;
    };
    const asking = await rounds();
    expect(await rounds()).toBeLessThan(asking);
  });

  it('asks nothing of a site that has left', async () => {
    const scene = new Scene();
    const sites = [
      { site: us, share: 0.5 },
      { site: ap, share: 0.5, left: true },
    ];
    const ledger = scene.ledger(us, sites);
    expect(reasonOf(await scene.done(ledger.admit([hard], most(50))))).toBe('exhausted');
    await scene.done(ledger.settleAll());
    expect(scene.regions.items(ap).size).toBe(0);
  });

  it('makes room in a full item by letting go of what was abandoned an hour ago', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const daily = quota({ ...hard, every: '1d', limit: 9_000 });
    for (let count = 0; count < 60; count++) admitted(await scene.done(ledger.admit([daily], most(1))));
    expect(reasonOf(await scene.done(ledger.admit([daily], most(1))))).toBe('unavailable');
    scene.nowMs += 62 * 60_000;
    const { settle } = admitted(await scene.done(ledger.admit([daily], most(1))));
    await scene.done(settle(costs(0), 'reported'));
    const [standing] = await scene.done(scene.ledger().standings([daily]));
    expect(standing?.used).toBe(60);
  });
});

describe('a ledger that cannot be reached', () => {
  it('refuses under a hard quota and takes the reservation back, in case it was made', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const admitting = ledger.admit([hard], most(10));
    await scene.fail();
    expect(await admitting).toMatchObject({ refusal: { reason: 'unavailable', quota: hard } });
    await ledger.settleAll();
    expect(scene.queue).toMatchObject([{ kind: 'settle', held: 10, actual: 0 }]);
  });

  it('serves a soft quota from the last totals and queues the charge', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    await scene.done(
      admitted(await scene.done(ledger.admit([soft], most(1)))).settle(costs(300), 'reported'),
    );
    scene.nowMs += 60_000;
    const admitting = ledger.admit([soft], most(100));
    await scene.fail();
    const { settle, standings } = admitted(await admitting);
    expect(standings[0]?.used).toBe(300);
    const settled = settle(costs(40), 'reported');
    await scene.fail();
    await settled;
    expect(scene.queue).toMatchObject([{ kind: 'charge', actual: 40 }]);
    const carrier = scene.ledger(eu);
    for (const settlement of [...scene.queue, ...scene.queue]) await scene.done(carrier.apply(settlement));
    expect(scene.at(us)).toEqual([334 - 340, 340]);
  });

  it('is left alone for a second after a read that failed', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const failing = ledger.standings([soft]);
    await scene.fail();
    expect((await failing)[0]?.used).toBe(0);
    await scene.atOnce(ledger.standings([soft]));
    expect(scene.regions.waiting).toBe(0);
    scene.nowMs += 1_001;
    expect(await scene.atOnce(ledger.standings([soft]))).toBe('waits');
    await scene.rest();
  });

  it('reserves nothing near a soft limit, but serves', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    await scene.done(
      admitted(await scene.done(ledger.admit([soft], most(1)))).settle(costs(950), 'reported'),
    );
    const admitting = ledger.admit([soft], most(10));
    await scene.fail();
    expect(admitted(await admitting).reservations).toEqual([]);
  });

  it('keeps in memory what the queue refuses too, and offers it again', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const { settle } = admitted(await scene.done(ledger.admit([hard], most(10))));
    await scene.done(ledger.settleAll());
    scene.queueWorks = false;
    const settled = settle(costs(3), 'reported');
    await scene.fail();
    await settled;
    expect(scene.queue).toEqual([]);
    scene.queueWorks = true;
    await ledger.settleAll();
    expect(scene.queue).toMatchObject([{ kind: 'settle', held: 10, actual: 3 }]);
    expect(scene.problems.join()).toContain('kept in memory');
  });

  it('asks a queue to deliver again what it could not carry out', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const { reservations } = admitted(await scene.done(ledger.admit([hard], most(10))));
    await scene.done(ledger.settleAll());
    const [reservation] = reservations;
    if (reservation === undefined) throw new Error('nothing was reserved');
    const applying = ledger.apply({ kind: 'settle', ...reservation, actual: 1 });
    const outcome = expect(applying).rejects.toThrow('does not answer');
    await scene.fail();
    await outcome;
  });
});

describe('a window that passes', () => {
  it('settles in the window of its reservation, and leaves the next one whole', async () => {
    const scene = new Scene();
    const ledger = scene.ledger();
    const { settle } = admitted(await scene.done(ledger.admit([hard], most(30))));
    scene.nowMs += 3_600_000;
    expect((await scene.done(ledger.standings([hard])))[0]?.used).toBe(0);
    await scene.done(settle(costs(12), 'reported'));
    const spent = [...scene.regions.items(us)].filter(([, item]) => item['spent']?.N === '12');
    expect(spent.map(([pk]) => pk)).toEqual([
      'team/research#hourly.microUsd#1h@2026-11-23T07:00:00Z#0#us-east-1',
    ]);
  });
});

it('refuses shares that hand out more than there is', () => {
  const sites = [
    { site: us, share: 0.6 },
    { site: eu, share: 0.6 },
  ];
  expect(() => new Scene().ledger(us, sites)).toThrow(InvalidShares);
});
