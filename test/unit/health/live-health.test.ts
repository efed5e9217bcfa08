import { describe, expect, it } from 'vitest';
import type { StoredSnapshot } from '../../../lib/domain/health-store.ts';
import type { KeyRest } from '../../../lib/domain/key-rest.ts';
import { LiveHealth } from '../../../lib/health/live-health.ts';
import { snapshotText } from '../../../lib/health/snapshot-text.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { seeded } from '../../support/random.ts';
import { MemoryHealthStore } from './memory-health-store.ts';
import { lived, sampleOf, startMs, times, windowAt } from './samples.ts';

class Scene {
  readonly store = new MemoryHealthStore();
  readonly problems: string[] = [];
  readonly rests: (readonly KeyRest[])[] = [];
  readonly clock: ManualClock;
  readonly health: LiveHealth;

  constructor(atMs = startMs, random = () => 0) {
    this.clock = new ManualClock(atMs);
    this.health = this.process(random);
  }

  process(random = () => 0, clock = this.clock): LiveHealth {
    return new LiveHealth({
      store: this.store,
      clock,
      random,
      onProblem: (line) => void this.problems.push(line),
      onRests: (rests) => void this.rests.push(rests),
    });
  }

  get state(): string | undefined {
    return this.health.route('openai', 'gpt-5')?.state;
  }
}

const stored = (windows: Parameters<typeof lived>[0], rests: readonly KeyRest[] = []): StoredSnapshot => {
  const snapshot = lived(windows);
  return { untilMs: snapshot.untilMs, body: snapshotText(snapshot), rests };
};
const failed = stored([times(12, 'error')]);
const well = stored([times(12, 'ok')]);

describe('reading the snapshot', () => {
  it('is waited for once, at the beginning', async () => {
    const scene = new Scene(failed.untilMs);
    scene.store.snapshot = failed;
    expect(scene.state).toBeUndefined();
    const first = scene.health.ready();
    expect(first).toBeInstanceOf(Promise);
    // Requests that arrive meanwhile wait for the same.
    expect(scene.health.ready()).toBe(first);
    await first;
    expect(scene.state).toBe('failed');
    expect(scene.health.ready()).toBeUndefined();
    expect(scene.store.calls).toEqual(['read']);
  });

  it('happens in the background after five seconds, and is waited for again after thirty', async () => {
    const scene = new Scene(well.untilMs);
    scene.store.snapshot = well;
    await scene.health.ready();
    await scene.clock.advance(4_999);
    expect([scene.health.ready(), scene.store.calls.length]).toEqual([undefined, 1]);
    await scene.clock.advance(1);
    expect([scene.health.ready(), scene.store.calls.length]).toEqual([undefined, 2]);
    await scene.health.settle();
    await scene.clock.advance(30_000);
    expect(scene.health.ready()).toBeInstanceOf(Promise);
  });

  it('is over before the invocation ends', async () => {
    const scene = new Scene(well.untilMs);
    scene.store.snapshot = well;
    await scene.health.ready();
    await scene.clock.advance(6_000);
    scene.store.snapshot = stored([times(12, 'ok'), times(12, 'error')]);
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const read = scene.store.read.bind(scene.store);
    scene.store.read = () => answered.then(read);
    scene.health.ready();
    let isOver = false;
    const settled = scene.health.settle().then(() => void (isOver = true));
    await settle();
    expect(isOver).toBe(false);
    answer();
    await settled;
    expect(scene.state).toBe('failed');
  });

  const future = stored([...[1, 2, 3, 4].map(() => undefined), times(12, 'ok')]);
  it.each([
    ['from the future', future, future.untilMs - 11_000],
    ['that is cut', { ...well, body: well.body.slice(0, -1) }, well.untilMs],
    ['of another time than it says', { ...well, untilMs: windowAt(3) }, windowAt(3)],
    ['of another version', { ...well, body: well.body.replace('"v":1', '"v":2') }, well.untilMs],
  ])('takes no snapshot %s', async (_, offer, atMs) => {
    const scene = new Scene(atMs);
    scene.store.snapshot = offer;
    await scene.health.ready();
    expect(scene.state).toBeUndefined();
  });

  it('takes no snapshot older than the one it has', async () => {
    const newer = stored([undefined, times(12, 'error')]);
    const scene = new Scene(newer.untilMs);
    for (const snapshot of [newer, well]) {
      scene.store.snapshot = snapshot;
      await scene.clock.advance(30_000);
      await scene.health.ready();
    }
    // Its cooldown is over by now.
    expect(scene.state).toBe('recovering');
  });

  it('takes a snapshot that is a little ahead: clocks differ', async () => {
    const scene = new Scene(failed.untilMs - 10_000);
    scene.store.snapshot = failed;
    await scene.health.ready();
    expect(scene.state).toBe('failed');
    const behind = new Scene(failed.untilMs - 10_001);
    behind.store.snapshot = failed;
    await behind.health.ready();
    expect(behind.state).toBeUndefined();
  });

  it('that fails is safe, is said once, and is not repeated at once', async () => {
    const scene = new Scene(well.untilMs);
    scene.store.failing.add('read');
    await expect(scene.health.ready()).resolves.toBeUndefined();
    expect(scene.state).toBeUndefined();
    expect(scene.health.ready()).toBeUndefined();
    await scene.clock.advance(5_000);
    await scene.health.ready();
    expect(scene.problems).toEqual(['the health snapshot cannot be read (Throttled)']);
    scene.store.failing.clear();
    scene.store.snapshot = well;
    await scene.clock.advance(5_000);
    await scene.health.ready();
    expect(scene.state).toBe('healthy');
    scene.store.failing.add('read');
    await scene.clock.advance(30_000);
    await scene.health.ready();
    expect([scene.state, scene.problems.length]).toEqual(['healthy', 2]);
    // Of what nobody has confirmed for five minutes nothing is known.
    await scene.clock.advance(300_000);
    await scene.health.ready();
    expect(scene.state).toBeUndefined();
  });

  it('hands on the keys that rest, of an unchanged snapshot too', async () => {
    const scene = new Scene(well.untilMs);
    const rest = { provider: 'openai', key: 'a', untilMs: well.untilMs + 60_000 };
    scene.store.snapshot = { ...well, rests: [rest] };
    await scene.health.ready();
    scene.store.snapshot = { ...well, rests: [] };
    await scene.clock.advance(30_000);
    await scene.health.ready();
    expect(scene.rests).toEqual([[rest], []]);
  });
});

describe('what a process notes', () => {
  it('is written when the request is settled, once, into the window of then', async () => {
    const scene = new Scene(windowAt(0));
    scene.health.note(sampleOf('error', { key: 'a' }));
    scene.health.note(sampleOf('error', { key: 'a' }));
    // The fallback takes its time.
    await scene.clock.advance(31_000);
    expect(scene.store.added).toEqual([]);
    await scene.health.settle();
    await scene.health.settle();
    expect(scene.store.added).toEqual([
      { startMs: windowAt(6), subject: 'openai/gpt-5', counts: { n: 2, a: 2, e: 2 } },
      { startMs: windowAt(6), subject: 'openai/gpt-5#a', counts: { n: 2, a: 2, e: 2 } },
    ]);
  });

  it('has been written when the request is settled', async () => {
    const scene = new Scene(windowAt(0));
    const { promise: written, resolve: write } = Promise.withResolvers<void>();
    scene.store.settle = () => written;
    scene.health.note(sampleOf('ok'));
    let isOver = false;
    const settled = scene.health.settle().then(() => void (isOver = true));
    await settle();
    expect([scene.store.added.length, isOver]).toEqual([1, false]);
    write();
    await settled;
  });

  it('opens its own circuit at once, before anybody else knows', async () => {
    const scene = new Scene(well.untilMs);
    scene.store.snapshot = well;
    await scene.health.ready();
    for (const sample of times(3, 'error')) scene.health.note(sample);
    expect(scene.state).toBe('failed');
    expect(scene.health.route('openai', 'other')).toBeUndefined();
    await scene.clock.advance(5_000);
    expect(scene.state).toBe('recovering');
    scene.health.note(sampleOf('ok'));
    expect(scene.state).toBe('healthy');
  });

  it('is drawn by what the region does, and by what this process does before it knows', async () => {
    const busy = stored(Array.from({ length: 8 }, () => times(1_000, 'ok')));
    const scene = new Scene(busy.untilMs);
    scene.store.snapshot = busy;
    await scene.health.ready();
    scene.health.note(sampleOf('ok'));
    await scene.health.settle();
    // 200 a second: one in ten is written.
    expect(scene.store.added[0]?.counts).toMatchObject({ n: 1, a: 10 });
    const alone = new Scene(windowAt(0));
    for (let each = 0; each < 100; each += 1) alone.health.note(sampleOf('ok'));
    await alone.health.settle();
    expect(alone.store.added[0]?.counts['a']).toBe(20 + 20 * 2 + 20 * 3 + 20 * 4 + 20 * 5);
  });

  it('adds up to the truth on average, failures like all others', async () => {
    const busy = stored(Array.from({ length: 8 }, () => times(1_000, 'ok')));
    const scene = new Scene(busy.untilMs, seeded(7));
    scene.store.snapshot = busy;
    await scene.health.ready();
    const [attempts, failuresInHundred] = [20_000, 3];
    for (let each = 0; each < attempts; each += 1) {
      // A hundred a second here, two hundred in the region: one in ten is written.
      if (each % 100 === 99) await scene.clock.advance(1_000);
      scene.health.note(sampleOf(each % 100 < 3 * failuresInHundred && each % 3 === 0 ? 'error' : 'ok'));
    }
    await scene.health.settle();
    const { n = 0, a = 0, e = 0 } = scene.store.added[0]?.counts ?? {};
    const failures = (attempts * failuresInHundred) / 100;
    // Each within four standard deviations.
    expect(Math.abs(n - attempts / 10)).toBeLessThan(4 * Math.sqrt(attempts / 10));
    expect(Math.abs(a - attempts)).toBeLessThan(40 * Math.sqrt(attempts / 10));
    expect(Math.abs(e - failures)).toBeLessThan(40 * Math.sqrt(failures / 10));
  });

  it('never throws, whatever the sample', () => {
    const { health } = new Scene();
    const wild = { inputTokens: Number.NaN, firstContentMs: -1, utilisation: Infinity };
    expect(() => health.note(sampleOf('ok', wild))).not.toThrow();
    expect(() => health.note(sampleOf('error', { model: '\ud800'.repeat(2_000) }))).not.toThrow();
  });
});

describe('making the next snapshot', () => {
  it('is due two seconds after the end of a window, and done by one of all', async () => {
    const scene = new Scene(windowAt(0));
    const other = scene.process();
    for (const sample of times(12, 'error')) scene.health.note(sample);
    await scene.health.settle();
    await scene.clock.advance(6_999);
    await other.settle();
    expect(scene.store.snapshot?.untilMs).toBe(windowAt(0));
    await scene.clock.advance(1);
    scene.store.calls.length = 0;
    await Promise.all([scene.health.settle(), other.settle()]);
    expect(scene.store.snapshot?.untilMs).toBe(windowAt(1));
    expect(scene.store.calls).toEqual(['claim', 'claim', 'latest', 'windows', 'publish']);
    expect(scene.state).toBe('failed');
  });

  it('is tried once a window', async () => {
    const scene = new Scene(windowAt(0) + 7_000);
    const other = scene.process();
    await scene.health.settle();
    await other.settle();
    const before = scene.store.calls.length;
    await other.settle();
    await scene.health.settle();
    expect(scene.store.calls).toHaveLength(before);
  });

  it('is taken over from a process that died on the way', async () => {
    const scene = new Scene(windowAt(1) + 2_000);
    for (const sample of times(12, 'error')) scene.health.note(sample);
    await scene.health.settle();
    await scene.clock.advance(5_000);
    // Somebody claims the next and is never heard of again.
    await scene.store.claim(windowAt(2), scene.clock.nowMs(), 2_000);
    await scene.process().settle();
    expect(scene.store.snapshot?.untilMs).toBe(windowAt(1));
    await scene.clock.advance(2_001);
    await scene.process().settle();
    expect(scene.store.snapshot?.untilMs).toBe(windowAt(2));
    const reader = scene.process();
    await reader.ready();
    expect(reader.route('openai', 'gpt-5')?.state).toBe('failed');
  });

  it('is left to others the more of them there are', async () => {
    const busy = stored(Array.from({ length: 8 }, () => times(1_000, 'ok')));
    for (const [draw, tries] of [
      [0.04, true],
      [0.06, false],
    ] as const) {
      // 200 a second, of which ten try.
      const scene = new Scene(busy.untilMs + 7_000, () => draw);
      scene.store.snapshot = busy;
      await scene.health.ready();
      await scene.health.settle();
      expect(scene.store.calls.includes('claim')).toBe(tries);
    }
  });

  it('is not left to a crowd that has gone', async () => {
    const busy = stored(Array.from({ length: 8 }, () => times(1_000, 'ok')));
    const scene = new Scene(busy.untilMs + 600_000, () => 0.5);
    scene.store.snapshot = busy;
    await scene.health.ready();
    await scene.health.settle();
    expect(scene.store.calls).toContain('claim');
  });

  it('takes what is there already, and adds nothing twice', async () => {
    const scene = new Scene(failed.untilMs + 2_000);
    scene.store.snapshot = failed;
    await scene.health.settle();
    expect(scene.store.calls).toEqual(['claim', 'latest']);
    expect(scene.state).toBe('failed');
  });

  it('starts afresh from a snapshot that cannot be read', async () => {
    const scene = new Scene(windowAt(1));
    scene.store.snapshot = { untilMs: windowAt(1), body: 'x', rests: [] };
    for (const sample of times(12, 'error')) scene.health.note(sample);
    await scene.health.settle();
    await scene.clock.advance(7_000);
    await scene.health.settle();
    expect([scene.state, scene.store.snapshot.untilMs]).toEqual(['failed', windowAt(2)]);
  });

  it.each(['claim', 'latest', 'windows', 'publish'] as const)(
    'that fails at "%s" is said once and tried again in the next window',
    async (call) => {
      const scene = new Scene(windowAt(1) + 2_000);
      scene.store.failing.add(call);
      await scene.health.settle();
      await scene.clock.advance(5_000);
      await scene.health.settle();
      expect(scene.problems).toEqual(['the next health snapshot cannot be made (Throttled)']);
      scene.store.failing.clear();
      await scene.clock.advance(5_000);
      await scene.health.settle();
      expect(scene.store.snapshot?.untilMs).toBe(windowAt(3));
    },
  );
});
