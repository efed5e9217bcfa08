import { describe, expect, it } from 'vitest';
import type { HealthOutcome, RouteHealth } from '../../../lib/domain/health.ts';
import { OwnCircuits } from '../../../lib/health/breaker.ts';

const health = (state: RouteHealth['state'], share: number): RouteHealth => ({
  state,
  share,
  perSecond: 3,
  samples: 40,
  errorRate: 0.02,
  saturation: 0.1,
  utilisation: 0.5,
  typicalMs: () => 500,
  p99Ms: () => 2_000,
});
const well = health('healthy', 1);

/** One route's circuit, told outcomes at given times. */
class Scene {
  readonly circuits = new OwnCircuits();
  note(atMs: number, ...outcomes: readonly HealthOutcome[]): this {
    for (const outcome of outcomes) this.circuits.note('a/b', outcome, atMs, 1);
    return this;
  }
  at(atMs: number, known: RouteHealth | undefined = well): string {
    const seen = this.circuits.worse(known, 'a/b', atMs);
    return seen === undefined ? 'unknown' : `${seen.state} ${seen.share}`;
  }
}

const three: readonly HealthOutcome[] = ['error', 'error', 'error'];

describe("a process' own circuit", () => {
  it('opens at the third failure in a row', () => {
    const scene = new Scene().note(0, 'error', 'unserved');
    expect([scene.at(0), scene.circuits.allClosed]).toEqual(['healthy 1', true]);
    expect(scene.note(0, 'error').at(0)).toBe('failed 0');
    expect(scene.circuits.allClosed).toBe(false);
    expect(scene.circuits.worse(well, 'c/d', 0)).toBe(well);
  });

  it('counts only failures in a row', () => {
    expect(new Scene().note(0, 'error', 'error', 'ok', 'error', 'error').at(0)).toBe('healthy 1');
  });

  it('learns nothing about the route from rate limits and refused keys', () => {
    const none: HealthOutcome[] = ['saturated', 'key_failed'];
    expect(new Scene().note(0, ...none, ...none, ...none).at(0)).toBe('healthy 1');
    expect(new Scene().note(0, 'error', ...none, 'error', ...none, 'error').at(0)).toBe('failed 0');
    const halfOpen = new Scene().note(0, ...three).note(5_000, ...none);
    expect(halfOpen.at(5_000)).toBe('recovering 1');
  });

  it('lets attempts through after five seconds; a success closes it', () => {
    const scene = new Scene().note(0, ...three);
    expect([scene.at(4_999), scene.at(5_000)]).toEqual(['failed 0', 'recovering 1']);
    expect(scene.note(6_000, 'ok').at(6_000)).toBe('healthy 1');
    expect(scene.note(6_000, 'error', 'error').at(6_000)).toBe('healthy 1');
    expect(scene.circuits.allClosed).toBe(true);
  });

  it('lets about one attempt a second through where there were many', () => {
    const circuits = new OwnCircuits();
    for (let each = 0; each < 3; each += 1) circuits.note('a/b', 'error', 0, 200);
    expect(circuits.worse(well, 'a/b', 5_000)?.share).toBe(1 / 200);
    circuits.note('a/b', 'error', 5_000, 1);
    expect(circuits.worse(well, 'a/b', 15_000)?.share).toBe(1 / 200);
  });

  it('opens for twice as long each time, up to a minute', () => {
    const scene = new Scene().note(0, ...three);
    const periods: number[] = [];
    let openedMs = 0;
    for (let trip = 0; trip < 6; trip += 1) {
      let atMs = openedMs;
      while (scene.at(atMs) === 'failed 0') atMs += 100;
      periods.push(atMs - openedMs);
      openedMs = atMs;
      scene.note(openedMs, 'error');
    }
    expect(periods).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('stays open as long as it was to be, whatever ends meanwhile', () => {
    const scene = new Scene().note(0, ...three).note(5_000, 'error');
    // Until 15,000 now. These began before, or were a last resort.
    scene.note(6_000, ...three, ...three).note(7_000, 'ok');
    expect([scene.at(14_999), scene.at(15_000)]).toEqual(['failed 0', 'recovering 1']);
  });

  it('never makes a route look better than the region knows it', () => {
    const scene = new Scene().note(0, ...three);
    expect(scene.at(5_000, health('failed', 0))).toBe('failed 0');
    expect(scene.at(5_000, health('recovering', 0.1))).toBe('recovering 0.1');
    expect(scene.at(5_000, undefined)).toBe('recovering 1');
    scene.note(5_000, 'ok');
    expect(scene.at(5_000, health('degraded', 1))).toBe('degraded 1');
  });

  it("keeps the region's figures", () => {
    const { circuits } = new Scene().note(0, ...three);
    const seen = circuits.worse(well, 'a/b', 0);
    const size = { inputTokens: 1, stream: true };
    expect([seen?.perSecond, seen?.samples, seen?.errorRate, seen?.saturation, seen?.utilisation]).toEqual([
      3, 40, 0.02, 0.1, 0.5,
    ]);
    expect([seen?.typicalMs(size), seen?.p99Ms(size)]).toEqual([500, 2_000]);
  });

  it('does not grow with the models callers invent, and keeps what is used', () => {
    const circuits = new OwnCircuits();
    for (const outcome of three) circuits.note('a/b', outcome, 0, 1);
    for (let each = 0; each < 25_000; each += 1) circuits.note(`house/${each}`, 'unserved', 1, 1);
    expect(circuits.worse(well, 'a/b', 1)?.state).toBe('failed');
    expect(circuits.size).toBeLessThanOrEqual(20_000);
  });
});
