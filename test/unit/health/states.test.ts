import { describe, expect, it } from 'vitest';
import type { HealthState } from '../../../lib/domain/health.ts';
import { nextSnapshot, type Snapshot } from '../../../lib/health/snapshot.ts';
import { shareOf } from '../../../lib/health/states.ts';
import { lived, recordsOf, sampleOf, times, windowAt } from './samples.ts';

const route = 'openai/gpt-5';

/** State and share, as in "recovering 0.01". */
function standing(snapshot: Snapshot, subject = route): string {
  const known = snapshot.subjects.get(subject)?.standing;
  return known === undefined ? 'unknown' : `${known.state} ${shareOf(known)}`;
}

const stateOf = (snapshot: Snapshot): HealthState | undefined => snapshot.subjects.get(route)?.standing.state;

const mixed = (ok: number, failed: number) => [...times(ok, 'ok'), ...times(failed, 'error')];
const silence = (windows: number): undefined[] => Array.from({ length: windows }, () => undefined);
const outage = times(12, 'error');

describe('healthy and degraded', () => {
  it('is degraded over one failure in ten, and not before there are ten attempts', () => {
    expect(stateOf(lived([mixed(9, 1)]))).toBe('healthy');
    expect(stateOf(lived([mixed(8, 2)]))).toBe('degraded');
    expect(stateOf(lived([mixed(4, 1)]))).toBe('healthy');
  });

  it('is healthy again only after three windows under one in twenty, so that it does not flap', () => {
    const calm = mixed(20, 0);
    let snapshot = lived([mixed(16, 4)]);
    const seen: string[] = [];
    for (let window = 0; window < 9; window += 1) {
      snapshot = lived([calm], snapshot);
      const { evidence } = snapshot.subjects.get(route) ?? {};
      const rate = (evidence?.failures ?? 0) / (evidence?.judged ?? 1);
      seen.push(`${stateOf(snapshot)} ${rate > 0.1 ? 'over' : rate < 0.05 ? 'calm' : 'between'}`);
    }
    expect(seen).toEqual([
      'degraded between',
      'degraded between',
      'degraded calm',
      'degraded calm',
      'healthy calm',
      'healthy calm',
      'healthy calm',
      'healthy calm',
      'healthy calm',
    ]);
  });

  it('is degraded still while failures stay between the two thresholds', () => {
    const between = mixed(37, 3);
    expect(stateOf(lived([mixed(16, 4), ...Array.from({ length: 50 }, () => between)]))).toBe('degraded');
    expect(stateOf(lived(Array.from({ length: 50 }, () => between)))).toBe('healthy');
  });
});

describe('failed', () => {
  it('is a route most of whose recent attempts fail', () => {
    expect(stateOf(lived([mixed(5, 6)]))).toBe('failed');
    expect(stateOf(lived([mixed(6, 6)]))).toBe('degraded');
    expect(stateOf(lived([mixed(4, 5)]))).toBe('healthy');
  });

  it('is seen in one window, however good the minutes before were', () => {
    const good = Array.from({ length: 60 }, () => mixed(100, 0));
    expect(stateOf(lived([...good, mixed(45, 55)]))).toBe('failed');
  });

  it('is a route that failed five times in a row, however long that took', () => {
    const each = [times(1, 'error'), ...silence(11)];
    expect(stateOf(lived([...each, ...each, ...each, ...each]))).toBe('healthy');
    expect(stateOf(lived([...each, ...each, ...each, ...each, times(1, 'error')]))).toBe('failed');
    const success = [times(1, 'ok'), ...silence(11)];
    expect(stateOf(lived([...each, ...each, ...each, ...each, ...success, times(1, 'error')]))).not.toBe(
      'failed',
    );
  });

  it('is a model that is not there at all, at once; not one that is missed now and then', () => {
    expect(stateOf(lived([times(1, 'unserved')]))).toBe('failed');
    expect(stateOf(lived([[...times(3, 'ok'), ...times(1, 'unserved')]]))).toBe('healthy');
  });

  it('is a key that is refused, and not the route on which others work', () => {
    const refused = sampleOf('key_failed', { key: 'a' });
    const works = sampleOf('ok', { key: 'b' });
    const snapshot = lived([[refused, refused, refused, works]]);
    expect(standing(snapshot)).toBe('healthy 1');
    expect(standing(snapshot, `${route}#a`)).toBe('failed 0');
    expect(standing(snapshot, `${route}#b`)).toBe('healthy 1');
    expect(standing(lived([Array.from({ length: 30 }, () => refused)]))).toBe('healthy 1');
  });

  it('is no route that is only told to wait', () => {
    const snapshot = lived(Array.from({ length: 20 }, () => times(50, 'saturated')));
    expect(standing(snapshot)).toBe('healthy 1');
    const { weight, saturated } = snapshot.subjects.get(route)?.evidence ?? {};
    expect(saturated).toBe(weight);
  });
});

describe('recovering', () => {
  const failedNow = lived([outage]);
  // Its cooldown is half a minute: six windows.
  const back = lived(silence(6), failedNow);

  it('begins when the cooldown is over, not before', () => {
    expect(standing(lived(silence(5), failedNow))).toBe('failed 0');
    expect(standing(back)).toBe('recovering 0.01');
  });

  it('takes one step for each window that works: 1 %, 10 %, 50 %, all', () => {
    const seen = [back];
    for (let window = 0; window < 3; window += 1) seen.push(lived([mixed(8, 1)], seen.at(-1)));
    expect(seen.map((snapshot) => standing(snapshot))).toEqual([
      'recovering 0.01',
      'recovering 0.1',
      'recovering 0.5',
      'healthy 1',
    ]);
  });

  it('takes no step in silence, and none for a window with more than a few failures', () => {
    expect(standing(lived(silence(20), back))).toBe('recovering 0.01');
    expect(standing(lived([mixed(7, 3)], back))).toBe('recovering 0.01');
    expect(standing(lived([times(9, 'saturated')], back))).toBe('recovering 0.01');
  });

  it('ends at one request a minute too', () => {
    const minute = [mixed(1, 0), ...silence(11)];
    expect(standing(lived([...minute, ...minute], back))).toBe('recovering 0.5');
    expect(standing(lived([...minute, ...minute, ...minute], back))).toBe('healthy 1');
  });

  it('is not judged by what it did before it failed', () => {
    const healthyAgain = lived([mixed(3, 0), mixed(3, 0), mixed(3, 0), mixed(10, 1)], back);
    expect(standing(healthyAgain)).toBe('healthy 1');
  });

  it('goes back for twice as long each time, up to five minutes', () => {
    const cooldowns: number[] = [];
    let snapshot = failedNow;
    for (let relapse = 0; relapse < 6; relapse += 1) {
      const { failedUntilMs } = snapshot.subjects.get(route)?.standing ?? { failedUntilMs: 0 };
      cooldowns.push(failedUntilMs - snapshot.untilMs);
      const windows = (failedUntilMs - snapshot.untilMs) / 5_000;
      expect(standing(lived(silence(windows - 1), snapshot))).toBe('failed 0');
      snapshot = lived([...silence(windows), times(1, 'error')], snapshot);
      expect(standing(snapshot)).toBe('failed 0');
    }
    expect(cooldowns).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
  });

  it('remembers for ten minutes that it failed', () => {
    const well = lived([mixed(3, 0), mixed(3, 0), mixed(3, 0)], back);
    const soon = lived([...silence(20), outage], well);
    const late = lived([...silence(125), outage], well);
    const cooldown = (snapshot: Snapshot) => snapshot.subjects.get(route)?.standing.cooldownMs;
    expect([cooldown(soon), cooldown(late)]).toEqual([60_000, 30_000]);
  });

  it('waits as long as it was told to, whatever fails meanwhile', () => {
    const relapsed = lived([times(1, 'error')], back);
    const until = relapsed.subjects.get(route)?.standing.failedUntilMs;
    expect(until).toBe(relapsed.untilMs + 60_000);
    const after = lived(
      [outage, outage, times(3, 'ok'), ...Array.from({ length: 7 }, () => outage)],
      relapsed,
    );
    expect(standing(after)).toBe('failed 0');
    expect(after.subjects.get(route)?.standing.failedUntilMs).toBe(until);
    const again = lived([outage, undefined, outage], after);
    expect(standing(again)).toBe('failed 0');
    // Twice the last cooldown, whatever failed while that ran.
    expect(again.subjects.get(route)?.standing.cooldownMs).toBe(120_000);
  });

  it('takes one step a snapshot, even if none was made for several windows', () => {
    const first = (back.untilMs - windowAt(0)) / 5_000;
    const three = [0, 1, 2].flatMap((each) => recordsOf(first + each, times(5, 'ok')));
    const late = nextSnapshot(back, three, windowAt(first + 3));
    expect(standing(late)).toBe('recovering 0.1');
    // Nor is the end of the cooldown followed by a step nobody could see coming.
    const early = nextSnapshot(failedNow, three, windowAt(first + 3));
    expect(standing(early)).toBe('recovering 0.01');
  });
});
