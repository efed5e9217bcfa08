import type { Quota, QuotaPeriod, QuotaWindow } from '../../domain/quota.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** 1970-01-05, the first Monday of the epoch. */
const mondayMs = 4 * dayMs;

/** Periods of one length: how long, and where the calendar's begin. */
const fixed: Readonly<
  Record<Exclude<QuotaPeriod, '1M'>, { readonly lengthMs: number; readonly fromMs: number }>
> = {
  '1m': { lengthMs: minuteMs, fromMs: 0 },
  '1h': { lengthMs: hourMs, fromMs: 0 },
  '1d': { lengthMs: dayMs, fromMs: 0 },
  '1w': { lengthMs: 7 * dayMs, fromMs: mondayMs },
};

/** Longer than any settlement can be late: queues keep messages for 14 days. */
const keptS = 35 * 24 * 60 * 60;

/**
 * The window of a quota that holds this moment. Windows follow one another without gap or overlap; a window is a label
 * in the key of the items, so that nothing is ever reset. A rolling month keeps the day and time of its creation, or
 * the month's last day where it has no such day.
 */
export function windowAt(
  { every, calendar, createdAtS }: Pick<Quota, 'every' | 'calendar' | 'createdAtS'>,
  nowMs: number,
): QuotaWindow {
  const anchorMs = createdAtS * 1000;
  const [startMs, endMs] =
    every === '1M'
      ? monthAround(calendar ? 0 : anchorMs, nowMs)
      : spanAround(every, calendar, anchorMs, nowMs);
  return {
    label: `${every}@${new Date(startMs).toISOString().replace(/\.000Z$/, 'Z')}`,
    startMs,
    endMs,
    expiresS: Math.ceil(endMs / 1000) + keptS,
  };
}

function spanAround(
  every: Exclude<QuotaPeriod, '1M'>,
  calendar: boolean,
  anchorMs: number,
  nowMs: number,
): readonly [number, number] {
  const { lengthMs, fromMs } = fixed[every];
  const originMs = calendar ? fromMs : anchorMs;
  const startMs = originMs + Math.floor((nowMs - originMs) / lengthMs) * lengthMs;
  return [startMs, startMs + lengthMs];
}

function monthAround(anchorMs: number, nowMs: number): readonly [number, number] {
  const [anchor, now] = [new Date(anchorMs), new Date(nowMs)];
  const months =
    (now.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + now.getUTCMonth() - anchor.getUTCMonth();
  const current = monthsAfter(anchor, months) <= nowMs ? months : months - 1;
  return [monthsAfter(anchor, current), monthsAfter(anchor, current + 1)];
}

function monthsAfter(anchor: Date, months: number): number {
  const [year, month] = [anchor.getUTCFullYear(), anchor.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const intoDayMs = anchor.getTime() - Math.floor(anchor.getTime() / dayMs) * dayMs;
  return Date.UTC(year, month, Math.min(anchor.getUTCDate(), lastDay)) + intoDayMs;
}
