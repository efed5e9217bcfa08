import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startDatabase } from '../../../../functions/local/database.ts';
import { ap, eu, quotaTable, regionNames, startTestRegions, us } from '../../../support/regions.ts';

/** Regions whose databases persist: what they owed each other when they ended arrives at the next start. */

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
});

const n = (value: number) => ({ n: { N: String(value) } });
const item = (pk: string, value: number) => ({ pk: { S: pk }, ...n(value) });

/** One region by itself, without a replicator. */
async function alone(
  region: string,
  act: (table: ReturnType<typeof quotaTable>) => Promise<void>,
): Promise<void> {
  const database = await startDatabase(region, directory);
  await act(quotaTable(database.client));
  await database.close();
}

describe('at the next start', () => {
  it('writes and deletes arrive that were under way', async () => {
    const first = await startTestRegions({ directory });
    await first.in(us).put('gone', n(1));
    await first.replication.drain();
    first.replication.partition(eu);
    await first.in(eu).put('new', n(2));
    await first.in(us).remove('gone');
    await first.close();

    const second = await startTestRegions({ directory, lag: 1_000 });
    for (const region of regionNames) {
      const table = second.in(region);
      expect([await table.get('new'), await table.get('gone')]).toEqual([item('new', 2), undefined]);
    }
  });

  it('the last writer still wins', async () => {
    const first = await startTestRegions({ directory, lag: 1_000 });
    await first.in(us).put('a', n(1));
    await first.clock.advance(1);
    await first.in(ap).put('a', n(2));
    await first.close();

    const second = await startTestRegions({ directory, lag: 1_000 });
    for (const region of regionNames) expect(await second.in(region).get('a')).toEqual(item('a', 2));
  });

  it('what one region did by itself in the meantime arrives too', async () => {
    const first = await startTestRegions({ directory });
    for (const pk of ['same', 'changed', 'removed']) await first.in(us).put(pk, n(1));
    await first.replication.drain();
    await first.close();
    await alone(eu, async (table) => {
      await table.put('changed', n(2));
      await table.remove('removed');
      await table.put('new', n(3));
    });

    const second = await startTestRegions({ directory, lag: 1_000 });
    for (const region of regionNames) {
      const table = second.in(region);
      expect(await Promise.all(['same', 'changed', 'removed', 'new'].map(table.get))).toEqual([
        item('same', 1),
        item('changed', 2),
        undefined,
        item('new', 3),
      ]);
    }
  });

  it('a region that joins receives everything', async () => {
    await alone(us, (table) => table.put('a', n(1)));
    const regions = await startTestRegions({ directory, lag: 1_000 });
    expect(await regions.in(ap).get('a')).toEqual(item('a', 1));
  });
});
