import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settle } from '../support/manual-clock.ts';
import { schedules, type Changes } from './ledger-moves.ts';
import { LedgerWorld, regionNames, type Conditions } from './ledger-world.ts';
import { mutants } from './mutants.ts';
import { NaiveCounter } from './naive-counter.ts';

/**
 * Gateways in three regions admit, bill and settle attempts on the real ledger and the real store, over a simulated
 * global table: requests and answers lost, late and repeated, items replicated in any order or not at all, processes
 * that end between any two steps. After every step (see LedgerWorld.check) rights are conserved, nothing received was
 * not lent, a hard limit is not exceeded by what providers have billed and none of it is missing from the ledger. When
 * all partitions are healed (LedgerWorld.finish) every region has the same totals, exact to the micro-dollar.
 */
const ledgerHolds = (changes: Changes, conditions: Conditions = {}) =>
  fc.asyncProperty(schedules(changes), async (commands) => {
    const world = new LedgerWorld(conditions);
    await fc.asyncModelRun(() => ({ model: { taken: 0 }, real: world }), commands);
    await world.finish();
  });

describe('the ledger of three regions', () => {
  it.each<[string, Changes]>([
    ['requests, answers, replication and partitions', 'steady'],
    ['crashes and edited limits', 'changing'],
    ['a region that leaves and returns under another name', 'joining'],
  ])('holds through %s', async (_, changes) => {
    await fc.assert(ledgerHolds(changes), { numRuns: 100 });
  });
});

describe('without one of its guards', () => {
  it.each(mutants)('$name', async ({ schedules: changes, conditions }) => {
    const details = await fc.check(ledgerHolds(changes, conditions), {
      numRuns: 60,
      seed: 1,
      endOnFailure: true,
    });
    expect(details.failed).toBe(true);
    // Broken by a figure of the books, not by accident.
    expect(String(details.errorInstance)).toContain('AssertionError');
  });
});

describe('the same requests at a counter all regions add to', () => {
  /** Ten of one micro-dollar in each region, and only then replication. */
  const schedule = Array.from({ length: 30 }, (_, index) => regionNames[index % 3] ?? '');

  it('spend more than the limit, and most of it is forgotten', async () => {
    const counter = new NaiveCounter(18);
    let billed = 0;
    for (const region of schedule) if (await counter.spend(region, 1)) billed++;
    while (counter.regions.unreplicated > 0) counter.regions.replicate(0);
    expect(billed).toBe(30);
    expect(regionNames.map((region) => counter.counted(region))).toEqual([10, 10, 10]);
    counter.regions.close();
  });

  it('spend the limit at the ledger, and every region knows it', async () => {
    const world = new LedgerWorld();
    world.hard = { ...world.hard, limit: 18 };
    for (const region of schedule) {
      const host = world.hosts.get(region);
      if (host !== undefined) world.ask(host, 1, 1);
      await world.drain();
    }
    await world.finish();
    expect(world.attempts.filter(({ state }) => state === 'settled')).toHaveLength(18);
    for (const { ledger } of world.hosts.values()) {
      const standings = ledger.standings([world.hard]);
      world.clock.ms += 31_000;
      const later = ledger.standings([world.hard]);
      await settle();
      await world.drain();
      await standings;
      expect((await later)[0]?.used).toBe(18);
    }
  });
});
