import type { Bounds, Quota, Standing } from '../../../../lib/domain/quota.ts';

/** A quota of a team of a thousand micro-dollars an hour, of which a test changes what matters to it. */
export const quota = (changes: Partial<Quota> = {}): Quota => ({
  id: 'hourly',
  owner: { kind: 'team', id: 'research' },
  unit: 'microUsd',
  limit: 1_000,
  edition: 1,
  every: '1h',
  calendar: true,
  createdAtS: 0,
  enforcement: 'soft',
  ...changes,
});

/** What one attempt may cost, of every unit. */
export const most = (amount: number): Bounds => ({
  microUsd: { known: true, most: amount },
  tokens: { known: true, most: amount },
  requests: { known: true, most: 1 },
});

export const sevenOClockMs = Date.UTC(2026, 10, 23, 7, 0);

export const standing = (used: number, changes: Partial<Quota> = {}): Standing => ({
  quota: quota(changes),
  window: {
    label: '1h@2026-11-23T07:00:00Z',
    startMs: sevenOClockMs,
    endMs: sevenOClockMs + 3_600_000,
    expiresS: 0,
  },
  used,
});
