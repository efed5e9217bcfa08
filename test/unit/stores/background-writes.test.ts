import { expect, it } from 'vitest';
import { Background } from '../../../lib/accounting/quota/background.ts';
import { BackgroundWrites } from '../../../lib/stores/background-writes.ts';
import { settle as turn } from '../../support/manual-clock.ts';

/** A process under steady traffic: whenever a write ends, the next request's has begun. */
async function underTraffic(
  run: (work: () => Promise<unknown>) => Promise<void>,
  settled: () => Promise<void>,
): Promise<{ readonly endedAfter: number }> {
  let endedAfter = Infinity;
  let writes = 0;
  const traffic = (): void => {
    writes += 1;
    if (writes < 100) void run(() => turn().then(traffic));
  };
  traffic();
  void settled().then(() => (endedAfter = writes));
  while (writes < 100) await turn();
  await turn();
  return { endedAfter };
}

it('a request waits for its own writes, not for those of all that come after it', async () => {
  const writes = new BackgroundWrites(() => undefined);
  const ended = await underTraffic(
    (work) => writes.run('test', work),
    () => writes.settle(),
  );
  expect(ended.endedAfter).toBeLessThan(5);
});

it('nor for their settlements', async () => {
  const background = new Background(() => undefined);
  const ended = await underTraffic(
    (work) => background.run(work),
    () => background.done(),
  );
  expect(ended.endedAfter).toBeLessThan(10);
});
