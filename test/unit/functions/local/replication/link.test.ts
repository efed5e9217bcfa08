import { describe, expect, it } from 'vitest';
import { Link } from '../../../../../functions/local/replication/link.ts';
import type { ReplicatedWrite } from '../../../../../functions/local/replication/replica.ts';
import { ManualClock, settle } from '../../../../support/manual-clock.ts';

const write = (id: string, n: number): ReplicatedWrite => ({
  item: { table: 'quotas', key: { pk: { S: id } }, id },
  version: { atMs: n, region: 'us-east-1', sequence: 0 },
  image: { pk: { S: id }, n: { N: String(n) } },
});

/** A link whose far end notes what arrives. */
function scene() {
  const clock = new ManualClock();
  const arrived: string[] = [];
  const failures: unknown[] = [];
  const link = new Link({
    clock,
    apply: async ({ item, version }) => {
      await settle();
      if (item.id === 'refused') throw new Error('refused');
      arrived.push(`${item.id}${version.atMs}`);
    },
    onFailure: ({ item }, error) => void failures.push([item.id, error]),
  });
  return { clock, link, arrived, failures };
}

describe('Link', () => {
  it('delivers after the lag, and not before', async () => {
    const { clock, link, arrived } = scene();
    link.send(write('a', 1), 100);
    await clock.advance(99);
    expect([arrived, link.pending]).toEqual([[], 1]);
    await clock.advance(1);
    await link.drain();
    expect([arrived, link.pending, clock.pending]).toEqual([['a1'], 0, 0]);
  });

  it('without a lag is asynchronous all the same', async () => {
    const { link, arrived } = scene();
    link.send(write('a', 1), 0);
    expect(arrived).toEqual([]);
    await link.drain();
    expect(arrived).toEqual(['a1']);
  });

  it('keeps the order of an item whatever the lags; other items overtake it', async () => {
    const { clock, link, arrived } = scene();
    link.send(write('a', 1), 100);
    link.send(write('a', 2), 10);
    link.send(write('b', 3), 50);
    await clock.advance(100);
    await link.drain();
    expect(arrived).toEqual(['b3', 'a1', 'a2']);
  });

  it('holds everything back while it is cut, and delivers what is overdue when it is mended', async () => {
    const { clock, link, arrived } = scene();
    link.send(write('a', 1), 100);
    link.cut();
    link.send(write('b', 2), 0);
    link.send(write('c', 3), 500);
    await clock.advance(200);
    await link.drain();
    expect([arrived, link.pending, clock.pending]).toEqual([[], 3, 0]);
    link.mend();
    await clock.advance(0);
    await settle();
    expect(arrived).toEqual(['a1', 'b2']);
    await clock.advance(300);
    await link.drain();
    expect(arrived).toEqual(['a1', 'b2', 'c3']);
  });

  it('drains writes that come while it drains', async () => {
    const { link, arrived } = scene();
    link.send(write('a', 1), 1_000);
    const drained = link.drain();
    link.send(write('a', 2), 1_000);
    link.send(write('b', 3), 1_000);
    await drained;
    expect([arrived.toSorted(), link.pending]).toEqual([['a1', 'a2', 'b3'], 0]);
  });

  it('reports a write the far end cannot take, and goes on', async () => {
    const { link, arrived, failures } = scene();
    link.send(write('refused', 1), 0);
    link.send(write('a', 2), 0);
    await link.drain();
    expect([arrived, failures, link.pending]).toEqual([['a2'], [['refused', new Error('refused')]], 0]);
  });

  it('leaves no timer when it is closed', async () => {
    const { clock, link, arrived } = scene();
    link.send(write('a', 1), 100);
    await link.close();
    await clock.advance(200);
    expect([arrived, clock.pending]).toEqual([[], 0]);
  });
});
