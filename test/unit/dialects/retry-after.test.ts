import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../lib/dialects/retry-after.ts';

describe('how long to wait', () => {
  const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
  it.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '20' }, 20_000],
    ['parts of seconds', { 'retry-after': '0.25' }, 250],
    ['milliseconds, which are exact', { 'retry-after': '20', 'retry-after-ms': '19800' }, 19_800],
    ['a date, by the clock of the sender', { date, 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT' }, 30_000],
    ['a date that is over', { date, 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT' }, 0],
    ['a date without a clock', { 'retry-after': date }, undefined],
    ['more than a day, which nobody means', { 'retry-after': '9'.repeat(400) }, 86_400_000],
    ['nonsense', { 'retry-after': 'soon', 'retry-after-ms': '-1' }, undefined],
    ['nothing', {}, undefined],
  ])('is told by %s', (_name, headers, expected) => {
    expect(retryAfterMs(headers)).toBe(expected);
  });
});
