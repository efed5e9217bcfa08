import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../bench/simulate/virtual-clock.ts';

describe('the virtual clock', () => {
  it('fires what is due in order of time, then of setting, unless cancelled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delayMs: fc.nat(50), cancelled: fc.boolean() }), { maxLength: 60 }),
        async (timers) => {
          const clock = new VirtualClock(1_000);
          const fired: { readonly index: number; readonly atMs: number }[] = [];
          const set = timers.map(({ delayMs }, index) =>
            clock.after(delayMs, () => fired.push({ index, atMs: clock.nowMs() })),
          );
          timers.forEach(({ cancelled }, index) => cancelled && set[index]?.cancel());
          await clock.runUntil(1_100);
          expect(fired).toEqual(
            timers
              .map(({ delayMs, cancelled }, index) => ({ index, cancelled, atMs: 1_000 + delayMs }))
              .filter(({ cancelled }) => !cancelled)
              .toSorted((a, b) => a.atMs - b.atMs || a.index - b.index)
              .map(({ index, atMs }) => ({ index, atMs })),
          );
          expect(clock.nowMs()).toBe(1_100);
        },
      ),
    );
  });

  it('lets everything a timer sets off happen before the next one', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    const chain = async (name: string): Promise<void> => {
      for (let step = 0; step < 20; step += 1) await Promise.resolve();
      seen.push(`${name} at ${clock.nowMs()}`);
    };
    clock.after(1, () => void chain('first'));
    clock.after(2, () => {
      void chain('second');
      clock.after(0, () => void chain('third'));
    });
    await clock.runUntil(2);
    expect(seen).toEqual(['first at 1', 'second at 2', 'third at 2']);
  });

  it('stays in order when thousands of timers are cancelled', async () => {
    const clock = new VirtualClock(0);
    const fired: number[] = [];
    for (let index = 0; index < 20_000; index += 1) {
      const delayMs = (index * 7_919) % 10_007;
      const timer = clock.after(delayMs, () => fired.push(clock.nowMs()));
      if (index % 10 !== 0) timer.cancel();
    }
    await clock.runUntil(10_007);
    expect(fired).toHaveLength(2_000);
    expect(fired).toEqual(fired.toSorted((a, b) => a - b));
  });

  it('says so when it is to go on and nothing is due', async () => {
    const clock = new VirtualClock(0);
    await expect(clock.runWhile(() => true)).rejects.toThrow('never happens');
  });
});
