import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowAt } from '../../../../lib/accounting/quota/windows.ts';
import type { QuotaPeriod } from '../../../../lib/domain/quota.ts';

const at = (text: string): number => Date.parse(text);
const seconds = (text: string): number => at(text) / 1000;
const span = (
  every: QuotaPeriod,
  now: string,
  created?: string,
): readonly [start: string, end: string, label: string] => {
  const calendar = created === undefined;
  const window = windowAt({ every, calendar, createdAtS: calendar ? 0 : seconds(created) }, at(now));
  const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
  return [iso(window.startMs), iso(window.endMs), window.label];
};

describe('calendar windows', () => {
  it.each<[QuotaPeriod, string, string, string]>([
    ['1m', '2026-11-23T07:17:46Z', '2026-11-23T07:17:00Z', '2026-11-23T07:18:00Z'],
    ['1h', '2026-11-23T07:17:46Z', '2026-11-23T07:00:00Z', '2026-11-23T08:00:00Z'],
    ['1d', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z', '2026-11-24T00:00:00Z'],
    ['1w', '2026-11-22T23:59:59.999Z', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z'],
    ['1w', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'],
    ['1M', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
    ['1M', '2026-12-31T23:59:59Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  ])('%s at %s', (every, now, start, end) => {
    expect(span(every, now)).toEqual([start, end, `${every}@${start}`]);
  });
});

describe('windows from creation', () => {
  const created = '2026-01-31T08:30:15Z';
  it.each<[QuotaPeriod, string, string, string]>([
    ['1m', '2026-11-23T07:17:14.999Z', '2026-11-23T07:16:15Z', '2026-11-23T07:17:15Z'],
    ['1h', '2026-11-23T07:17:46Z', '2026-11-23T06:30:15Z', '2026-11-23T07:30:15Z'],
    ['1d', '2026-11-23T08:30:15Z', '2026-11-23T08:30:15Z', '2026-11-24T08:30:15Z'],
    ['1w', '2026-02-07T08:30:14Z', '2026-01-31T08:30:15Z', '2026-02-07T08:30:15Z'],
    ['1M', '2026-02-28T08:30:14Z', '2026-01-31T08:30:15Z', '2026-02-28T08:30:15Z'],
    ['1M', '2026-03-01T00:00:00Z', '2026-02-28T08:30:15Z', '2026-03-31T08:30:15Z'],
    ['1M', '2028-02-29T08:30:15Z', '2028-02-29T08:30:15Z', '2028-03-31T08:30:15Z'],
    ['1M', '2026-01-01T00:00:00Z', '2025-12-31T08:30:15Z', '2026-01-31T08:30:15Z'],
  ])('%s at %s', (every, now, start, end) => {
    expect(span(every, now, created)).toEqual([start, end, `${every}@${start}`]);
  });
});

describe('every window', () => {
  const kinds = fc.record({
    every: fc.constantFrom<QuotaPeriod>('1m', '1h', '1d', '1w', '1M'),
    calendar: fc.boolean(),
    createdAtS: fc.integer({ min: seconds('2020-01-01'), max: seconds('2040-01-01') }),
  });
  const times = fc.integer({ min: at('2019-01-01'), max: at('2045-01-01') });

  it('holds its moment, and the next begins where it ends, under another label', () => {
    fc.assert(
      fc.property(kinds, times, (kind, nowMs) => {
        const window = windowAt(kind, nowMs);
        expect(window.startMs).toBeLessThanOrEqual(nowMs);
        expect(window.endMs).toBeGreaterThan(nowMs);
        expect(windowAt(kind, window.endMs - 1)).toEqual(window);
        const next = windowAt(kind, window.endMs);
        expect(next.startMs).toBe(window.endMs);
        expect(next.label > window.label).toBe(true);
        expect(windowAt(kind, window.startMs - 1).endMs).toBe(window.startMs);
      }),
    );
  });

  it('may be deleted 35 days after its end, whenever it was opened', () => {
    const window = windowAt({ every: '1d', calendar: true, createdAtS: 0 }, at('2026-11-23T10:00:00Z'));
    expect(window.expiresS).toBe(seconds('2026-12-29T00:00:00Z'));
  });
});
