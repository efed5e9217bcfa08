import { describe, expect, it } from 'vitest';
import type { AttemptSample } from '../../../lib/domain/health.ts';
import { HealthTable } from '../../../lib/health/health-table.ts';
import type { Snapshot } from '../../../lib/health/snapshot.ts';
import { lived, sampleOf, times } from './samples.ts';

const table = (snapshot: Snapshot, afterMs = 0) => new HealthTable(snapshot, snapshot.untilMs + afterMs);
const read = (snapshot: Snapshot, afterMs = 0) => table(snapshot, afterMs).route('openai', 'gpt-5');
const readKey = (snapshot: Snapshot) => table(snapshot).key('openai', 'gpt-5', 'a');

const streams = (count: number, firstContentMs: number, inputTokens = 100): AttemptSample[] =>
  Array.from({ length: count }, () => sampleOf('ok', { firstContentMs, inputTokens }));
const short = { inputTokens: 100, stream: true };
const long = { inputTokens: 30_000, stream: true };

/** Within a bucket. */
const about = (ms: number | undefined): number => (ms === undefined ? -1 : Number(ms.toPrecision(1)));

describe('a snapshot, read', () => {
  it('tells how a route does', () => {
    const samples = [...times(15, 'ok'), ...times(5, 'error'), ...times(5, 'saturated')];
    const seen = read(lived([samples.map((each) => ({ ...each, utilisation: 0.5 }))]));
    expect(seen).toMatchObject({ state: 'degraded', share: 1, perSecond: 5, errorRate: 0.25 });
    expect(seen?.saturation).toBeCloseTo(0.2);
    expect(seen?.utilisation).toBe(0.5);
    expect(seen?.samples).toBeCloseTo(20);
  });

  it('finds everything by its names, again and again', () => {
    const names = [
      ['openai', 'gpt-5', 'a'],
      ['openai', 'meta/llama', 'a#b'],
      ['openai/meta', 'llama', 'b'],
    ] as const;
    const snapshot = lived([
      names.map(([provider, model, key]) => sampleOf('ok', { provider, model, key })),
      [sampleOf('key_failed', { key: 'b' })],
    ]);
    const known = table(snapshot);
    for (const [provider, model, key] of [...names, ...names]) {
      expect(known.route(provider, model)?.state).toBe('healthy');
      expect(known.key(provider, model, key)?.state).toBe('healthy');
    }
    expect(known.key('openai', 'gpt-5', 'b')?.state).toBe('failed');
    expect(known.key('openai', 'gpt-5', 'c')).toBeUndefined();
    expect(known.route('openai', 'llama')).toBeUndefined();
    expect(known.key('openai', 'llama', 'a')).toBeUndefined();
  });

  it('tells the typical wait by the size of the input', () => {
    const seen = read(lived([[...streams(10, 300), ...streams(10, 4_000, 30_000)]]));
    expect([about(seen?.typicalMs(short)), about(seen?.typicalMs(long))]).toEqual([300, 4_000]);
    expect(seen?.typicalMs({ inputTokens: 2_000, stream: true })).toBeUndefined();
    expect(seen?.typicalMs({ inputTokens: 100, stream: false })).toBeUndefined();
  });

  it('tells the pace of whole replies, however long they are, and their longest duration', () => {
    const whole = (outputTokens: number) =>
      sampleOf('ok', { stream: false, wholeMs: 20 * (outputTokens + 50), outputTokens, key: 'a' });
    const replies = Array.from({ length: 60 }, (_, each) => whole(10 * each));
    const snapshot = lived([replies, replies]);
    const size = { inputTokens: 100, stream: false };
    expect(Math.abs((read(snapshot)?.typicalMs(size) ?? 0) / 20 - 1)).toBeLessThan(0.1);
    expect(about(read(snapshot)?.p99Ms(size))).toBe(10_000);
    // Of one key it is not kept: whether to hedge is asked of the route.
    expect(readKey(snapshot)?.p99Ms(size)).toBeUndefined();
    expect(readKey(snapshot)?.typicalMs(size)).toBe(read(snapshot)?.typicalMs(size));
  });

  it('tells the 99th percentile only where there is more than a handful', () => {
    const tail = [...streams(97, 300), ...streams(3, 20_000)];
    expect(about(read(lived([tail, tail]))?.p99Ms(short))).toBe(20_000);
    expect(read(lived([streams(19, 300)]))?.p99Ms(short)).toBeUndefined();
    expect(read(lived([streams(19, 300)]))?.typicalMs(short)).toBeGreaterThan(0);
  });

  it('follows a change in 35 seconds where there is traffic', () => {
    const before = Array.from({ length: 60 }, () => streams(100, 1_000));
    const after = Array.from({ length: 7 }, () => streams(100, 3_000));
    expect(about(read(lived(before))?.typicalMs(short))).toBe(1_000);
    expect(read(lived([...before, ...after]))?.typicalMs(short)).toBeGreaterThan(2_700);
  });

  it('follows a change in ten requests where there is one a minute', () => {
    const minute = (ms: number) => [streams(1, ms), ...Array.from({ length: 11 }, () => undefined)];
    const of = (ms: number, minutes: number) => Array.from({ length: minutes }, () => minute(ms)).flat();
    expect(about(read(lived(of(1_000, 20)))?.typicalMs(short))).toBe(1_000);
    expect(read(lived([...of(1_000, 20), ...of(3_000, 10)]))?.typicalMs(short)).toBeGreaterThan(2_700);
  });

  it('lets figures age in silence, and a cooldown end, though nobody makes a new snapshot', () => {
    const busy = lived(Array.from({ length: 20 }, () => streams(500, 300)));
    expect(read(busy, 10_000)?.perSecond).toBeCloseTo(100, 0);
    expect(read(busy, 135_000)?.perSecond).toBeLessThan(0.1);
    expect(read(busy, 1_800_000)?.samples).toBeLessThan(2);
    const failed = lived([times(12, 'error')]);
    expect([0, 29_999, 30_000].map((afterMs) => read(failed, afterMs)?.state)).toEqual([
      'failed',
      'failed',
      'recovering',
    ]);
    expect([0, 30_000].map((afterMs) => read(failed, afterMs)?.errorRate)).toEqual([1, 0]);
  });

  it('forgets what a limit of a minute ago was', () => {
    const seen = lived([[sampleOf('ok', { utilisation: 0.9 })]]);
    expect(read(seen, 70_000)?.utilisation).toBe(0.9);
    expect(read(seen, 76_000)?.utilisation).toBeUndefined();
  });

  it('adds up what the region does, keys not again', () => {
    const samples = [
      ...Array.from({ length: 20 }, () => sampleOf('ok', { key: 'a' })),
      ...Array.from({ length: 5 }, () => sampleOf('ok', { model: 'other', key: 'a' })),
    ];
    const snapshot = lived([samples]);
    expect(new HealthTable(snapshot, snapshot.untilMs).perSecond).toBe(5);
  });
});
