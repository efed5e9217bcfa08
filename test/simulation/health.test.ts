import { describe, expect, it } from 'vitest';
import type { HealthState, RouteHealth } from '../../lib/domain/health.ts';
import type { Clock } from '../../lib/domain/ports.ts';
import { LiveHealth } from '../../lib/health/live-health.ts';
import { entryChance } from '../../lib/routing/let-in.ts';
import { seeded } from '../support/random.ts';
import { MemoryHealthStore } from '../unit/health/memory-health-store.ts';
import { sampleOf, startMs } from '../unit/health/samples.ts';

/**
 * A region of processes that share a store and prefer one provider of two. Time is a number; whoever is asked by a
 * request is drawn. What the preferred provider does at which second is the story.
 */
class Region {
  readonly store = new MemoryHealthStore();
  readonly problems: string[] = [];
  readonly random = seeded(11);
  readonly processes: readonly LiveHealth[];
  nowMs = startMs;
  /** Attempts of each second, by provider. */
  readonly attempts = { first: 0, second: 0 };

  constructor(processes: number, skewMs: (process: number) => number = () => 0) {
    this.processes = Array.from({ length: processes }, (_, each) => {
      const clock: Clock = {
        nowMs: () => this.nowMs + skewMs(each),
        after: () => ({ cancel: () => undefined }),
      };
      return new LiveHealth({
        store: this.store,
        clock,
        random: this.random,
        onProblem: (line) => void this.problems.push(line),
      });
    });
  }

  get seconds(): number {
    return (this.nowMs - startMs) / 1_000;
  }

  /** What is stored for all, as a process that starts now reads it. */
  async fleetState(): Promise<HealthState | undefined> {
    const clock = { nowMs: () => this.nowMs, after: () => ({ cancel: () => undefined }) };
    const reader = new LiveHealth({ store: this.store, clock, random: this.random });
    await reader.ready();
    return reader.route('first', 'm')?.state;
  }

  /** One request: the preferred provider if it is let in, the other one if it is not or fails. */
  request(process: LiveHealth, works: boolean): void {
    const route = process.route('first', 'm');
    const demand = (route?.perSecond ?? 0) + (process.route('second', 'm')?.perSecond ?? 0);
    if (this.#letsIn(route, demand)) {
      this.attempts.first += 1;
      process.note(sampleOf(works ? 'ok' : 'error', { provider: 'first', model: 'm' }));
      if (works) return;
    }
    this.attempts.second += 1;
    process.note(sampleOf('ok', { provider: 'second', model: 'm' }));
  }

  #letsIn(route: RouteHealth | undefined, demand: number): boolean {
    if (route?.state === 'failed') return false;
    return route?.state !== 'recovering' || this.random() < entryChance(route.share, demand);
  }

  /** `rate` requests a second until `untilSeconds`, each process settled after each of its turns. */
  async run(untilSeconds: number, rate: number, works: boolean): Promise<void> {
    const turnMs = rate >= 1 ? 100 : 1_000 / rate;
    const perTurn = Math.round((rate * turnMs) / 1_000);
    while (this.seconds < untilSeconds) {
      const asked = new Set<LiveHealth>();
      for (let each = 0; each < perTurn; each += 1) {
        const process = this.processes[Math.floor(this.random() * this.processes.length)];
        if (process === undefined) throw new Error('no process');
        if (!asked.has(process)) await process.ready();
        asked.add(process);
        this.request(process, works);
      }
      for (const process of asked) await process.settle();
      this.nowMs += turnMs;
    }
  }

  /** Runs until the fleet says one of `states`; how many seconds that took. */
  async until(
    states: HealthState | readonly HealthState[],
    rate: number,
    works: boolean,
    withinSeconds: number,
  ): Promise<number> {
    const from = this.seconds;
    const step = rate >= 1 ? 1 : 1 / rate;
    for (;;) {
      const state = await this.fleetState();
      if (state !== undefined && states.includes(state)) break;
      if (this.seconds - from > withinSeconds) throw new Error(`still ${state} after ${withinSeconds} s`);
      await this.run(this.seconds + step, rate, works);
    }
    return this.seconds - from;
  }

  /** Samples written a second since the last call, by route. */
  written(provider: string, seconds: number): number {
    const route = this.store.added.filter(({ subject }) => subject === `${provider}/m`);
    const samples = route.reduce((sum, { counts }) => sum + (counts['n'] ?? 0), 0);
    return samples / seconds;
  }
}

const reset = (region: Region): void => {
  region.store.added.length = 0;
  region.store.calls.length = 0;
  region.attempts.first = 0;
  region.attempts.second = 0;
};

describe('a region of many processes', () => {
  it('sees an outage and a recovery at 5,000 requests a second, and writes about twenty', async () => {
    const rate = 5_000;
    const region = new Region(50);
    await region.run(20, rate, true);
    reset(region);
    await region.run(30, rate, true);
    expect(region.written('first', 10)).toBeGreaterThan(15);
    expect(region.written('first', 10)).toBeLessThan(25);

    reset(region);
    const seen = await region.until('failed', rate, false, 20);
    expect(seen).toBeLessThanOrEqual(15);
    // Meanwhile their own circuits spare the requests: three failures each, then one attempt a second.
    expect(region.attempts.first).toBeLessThan(1_000);
    reset(region);
    await region.run(region.seconds + 10, rate, false);
    // Each process asked it three times, or has heard of it by now.
    expect(region.attempts.first / (10 * rate)).toBeLessThan(0.01);
    expect(region.written('second', 10)).toBeLessThan(60);

    await region.until('healthy', rate, true, 90);
    await region.run(region.seconds + 10, rate, true);
    reset(region);
    await region.run(region.seconds + 5, rate, true);
    expect(region.attempts.first / (5 * rate)).toBeGreaterThan(0.99);
    expect(region.problems).toEqual([]);
  });

  it('sees it where each process serves a request now and then, and none fails three times', async () => {
    const rate = 500;
    const region = new Region(1_000);
    await region.run(40, rate, true);
    reset(region);
    const seen = await region.until('failed', rate, false, 20);
    expect(seen).toBeLessThanOrEqual(8);
    expect(region.written('first', seen)).toBeLessThan(30);
    // Ten of all of them try for a snapshot each second, not all.
    expect(region.store.calls.filter((call) => call === 'claim').length / seen).toBeLessThan(20);
    await region.until('healthy', rate, true, 90);
  });

  it('sees an outage and a recovery at one request a minute', async () => {
    const rate = 1 / 60;
    const region = new Region(3);
    await region.run(1_200, rate, true);
    expect(await region.fleetState()).toBe('healthy');
    // Five failures in a row, and a sixth request that makes the snapshot; its cooldown is shorter than a minute.
    const seen = await region.until(['failed', 'recovering'], rate, false, 600);
    expect(seen).toBe(360);
    reset(region);
    await region.run(region.seconds + 1_800, rate, false);
    // Every five minutes it is asked twice: what the first learns is in the snapshot after the second.
    expect(region.attempts.first).toBeLessThanOrEqual(14);
    expect(region.attempts.second).toBe(30);
    const back = await region.until('healthy', rate, true, 900);
    expect(back).toBeLessThanOrEqual(480);
    expect(region.written('first', region.seconds)).toBeLessThan(1);
  });

  it('comes back in steps: an outage that goes on costs one request in a hundred at first', async () => {
    const rate = 500;
    const region = new Region(50);
    await region.run(20, rate, true);
    await region.until('failed', rate, false, 20);
    await region.until('recovering', rate, false, 60);
    reset(region);
    // Back to failed, having been let in for a few seconds.
    await region.until('failed', rate, false, 30);
    const all = region.attempts.second;
    expect(region.attempts.first).toBeGreaterThan(0);
    expect(region.attempts.first / all).toBeLessThan(0.03);
  });

  it('agrees although clocks differ by three seconds', async () => {
    const rate = 200;
    const region = new Region(20, (process) => (process % 3) * 3_000 - 3_000);
    await region.run(30, rate, true);
    expect(await region.until('failed', rate, false, 30)).toBeLessThanOrEqual(15);
    await region.until('healthy', rate, true, 120);
    expect(region.problems).toEqual([]);
  });

  it('goes on when every second maker of a snapshot dies on the way', async () => {
    const rate = 200;
    const region = new Region(20);
    const { store } = region;
    const publish = store.publish.bind(store);
    let published = 0;
    store.publish = async (snapshot) => {
      published += 1;
      if (published % 2 === 1) await publish(snapshot);
    };
    await region.run(30, rate, true);
    expect(await region.until('failed', rate, false, 40)).toBeLessThanOrEqual(20);
    await region.until('healthy', rate, true, 200);
  });

  it('keeps its own circuits when the store is gone', async () => {
    const region = new Region(5);
    for (const call of ['read', 'latest', 'claim', 'windows', 'publish'] as const)
      region.store.failing.add(call);
    await region.run(10, 100, false);
    expect(region.attempts.first).toBeLessThan(60);
    expect(region.problems.length).toBeLessThanOrEqual(10);
  });
});
