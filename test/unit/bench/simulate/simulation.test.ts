import { describe, expect, it } from 'vitest';
import { render } from '../../../../bench/simulate/report.ts';
import { InvalidRun } from '../../../../bench/simulate/run.ts';
import { summarise } from '../../../../bench/simulate/summary.ts';
import { arrivalsEvery, documentOf, runSmall, steady, worldOf } from './small-world.ts';

/** Five hundred seconds, a request in each. */
const arrivals = arrivalsEvery(1_000, 500);
const everywhere = { '*': { models: { '*': steady } } };
const outage = { name: 'outage', from: 225, to: 275, provider: 'a', outage: '503' };
const broken = worldOf({ providers: everywhere, incidents: [outage] });

describe('an outage of a tenth of the time', () => {
  it('costs a single provider a tenth of its answers, which retries do not save', async () => {
    const result = await runSmall({ document: documentOf(['a']), world: broken, arrivals });
    expect(result.figures.requests).toBe(500);
    expect(result.figures.availability).toBeGreaterThan(0.89);
    expect(result.figures.availability).toBeLessThan(0.91);
    const [during] = summarise('d', result, broken.incidents).incidents;
    expect(during?.figures.requests).toBe(50);
    // The last few come through by their retries.
    expect(during?.figures.availability).toBeLessThan(0.1);
    expect(during?.figures.attemptsPerRequest).toBeGreaterThan(2.9);
  });

  it('costs nothing where another provider takes over', async () => {
    const { figures } = await runSmall({ document: documentOf(['a', 'b']), world: broken, arrivals });
    expect(figures.availability).toBe(1);
    expect(figures.shares['b']).toBeGreaterThan(0.5);
  });

  it('of the silent kind is left by hedges', async () => {
    const silent = { ...outage, from: 10, to: 110, outage: 'silent' };
    const world = worldOf({ providers: everywhere, incidents: [silent] });
    const document = documentOf(['a', 'b'], {}, { defaults: { hedgeAfterMs: 2_000 } });
    const { figures } = await runSmall({ document, world, arrivals: arrivals.slice(0, 120) });
    expect(figures.hedges).toBeGreaterThan(2);
    // Nobody waits for the 120 s after which a silent target counts as failed.
    expect(figures.firstTokenMs.p99).toBeLessThan(20_000);
    expect(figures.availability).toBe(1);
  });
});

describe('a simulation', () => {
  const fair = worldOf({
    providers: {
      '*': { models: { '*': { ...steady, firstToken: { medianMs: 500, p99Ms: 3_000 }, errorRate: 0.1 } } },
    },
  });
  const document = documentOf(['a', 'b'], { strategy: 'adaptive' });
  const tableOf = async (seed: number): Promise<string> =>
    render([
      summarise(
        'd',
        await runSmall({ document, world: fair, arrivals: arrivals.slice(0, 150), seed }),
        fair.incidents,
      ),
    ]);

  it('gives the same table for the same seed, another for another', async () => {
    const table = await tableOf(1);
    expect(await tableOf(1)).toBe(table);
    expect(await tableOf(2)).not.toBe(table);
  });

  it('gives an attempt the same luck whatever the document', async () => {
    const varied = { ...steady, firstToken: { medianMs: 500, p99Ms: 3_000 }, errorRate: 0.1 };
    const world = worldOf({ providers: { '*': { models: { '*': varied } } } });
    const outcomesOf = async (providers: readonly string[]) => {
      const { tally } = await runSmall({ document: documentOf(providers), world, arrivals });
      return new Map([...tally.outcomes()].map((outcome) => [outcome.startedMs, outcome]));
    };
    const alone = await outcomesOf(['a']);
    const atOnce = [...(await outcomesOf(['a', 'b'])).values()].filter(
      ({ provider, attempts }) => provider === 'a' && attempts === 1,
    );
    expect(atOnce.length).toBeGreaterThan(150);
    expect(atOnce).toEqual(atOnce.map(({ startedMs }) => alone.get(startedMs)));
  });

  it('charges what the document says, and what the world changes it to', async () => {
    const free = { inputPerMTok: 0, outputPerMTok: 0 };
    const world = worldOf({
      providers: everywhere,
      incidents: [{ name: 'gift', from: 250, to: 500, provider: 'a', prices: free }],
    });
    const { figures } = await runSmall({ document: documentOf(['a']), world, arrivals });
    // 250 requests of 200 tokens at 1 USD and 100 tokens at 2 USD per million.
    expect(figures.costUsd).toBeCloseTo(250 * 400e-6, 6);
    expect(figures.unpriced).toBe(0);
  });

  it('charges the price of the world where it gives one, for whatever it stands', async () => {
    const prices = { inputPerMTok: 3, outputPerMTok: 6 };
    const world = worldOf({ providers: { '*': { models: { '*': { ...steady, prices } } } } });
    const few = arrivals.slice(0, 10);
    const { figures } = await runSmall({ document: documentOf(['a']), world, arrivals: few });
    expect(figures.costUsd).toBeCloseTo(10 * 1_200e-6, 6);
  });

  it('follows the rules of the document, over the budget that requests have used', async () => {
    const document = documentOf(
      ['a', 'b'],
      { budgets: [{ limitUsd: 0.1, every: '1d', calendar: true }] },
      {
        rules: [
          {
            id: 'thrift',
            when: 'budget_used > 40.0',
            targets: [{ provider: 'b' }],
            fallbacks: ['b/m'],
          },
          { id: 'first', when: 'true', priority: 1, targets: [{ provider: 'a' }], fallbacks: ['a/m'] },
        ],
      },
    );
    const gift = {
      name: 'gift',
      from: 0,
      to: 1_000,
      provider: 'b',
      prices: { inputPerMTok: 0, outputPerMTok: 0 },
    };
    const world = worldOf({ providers: everywhere, incidents: [gift] });
    const { figures } = await runSmall({ document, world, arrivals });
    expect(figures.availability).toBe(1);
    // 40 % of 0.1 USD are 100 requests; figures of the ledger are a few seconds old.
    expect(figures.shares['a']).toBeGreaterThan(0.19);
    expect(figures.shares['a']).toBeLessThan(0.25);
  });

  it('slows a provider down by what it is answering at that moment, and by nothing else', async () => {
    const model = { ...steady, errorRate: 0.3, cutRate: 0.3 };
    const timesAt = async (everyMs: number, doublesAtRequests: number): Promise<readonly number[]> => {
      const world = worldOf({ providers: { '*': { models: { '*': { ...model, doublesAtRequests } } } } });
      const few = arrivalsEvery(everyMs, 60);
      const { tally } = await runSmall({ document: documentOf(['a']), world, arrivals: few });
      return [...tally.outcomes()].map(({ durationMs }) => durationMs);
    };
    expect(await timesAt(60_000, 1)).toEqual(await timesAt(60_000, 1e9));
    const sum = (times: readonly number[]): number => times.reduce((total, time) => total + time, 0);
    expect(sum(await timesAt(500, 1))).toBeGreaterThan(2 * sum(await timesAt(500, 1e9)));
  });

  it('counts answers from outside the zones their key demands', async () => {
    const world = worldOf({
      residency: { app: ['eu'] },
      providers: {
        a: { zones: ['us'], models: { '*': steady } },
        b: { zones: ['eu'], models: { '*': steady } },
      },
    });
    const few = arrivals.slice(0, 50);
    const abroad = await runSmall({ document: documentOf(['a']), world, arrivals: few });
    const home = await runSmall({ document: documentOf(['b']), world, arrivals: few });
    expect(abroad.figures.outsideZones).toBe(50);
    expect(home.figures.outsideZones).toBe(0);
  });

  it('lets arrivals say as whom, for what and where they ask', async () => {
    const world = worldOf({ regions: { r1: {}, r2: {} }, providers: everywhere });
    const [arrival] = arrivalsEvery(1, 1);
    if (arrival === undefined) throw new Error('no arrival');
    const asked = [
      { ...arrival, model: 'b/m', region: 'r2' },
      { ...arrival, model: 'b/unknown' },
      { ...arrival, key: 'nobody' },
    ];
    const { tally } = await runSmall({ document: documentOf(['a', 'b']), world, arrivals: asked });
    const outcomes = [...tally.outcomes()].map(({ provider, attempts }) => ({ provider, attempts }));
    expect(outcomes).toEqual(
      expect.arrayContaining([
        { provider: 'b', attempts: 1 },
        { provider: '', attempts: 0 },
      ]),
    );
    await expect(
      runSmall({ document: documentOf(['a']), world, arrivals: [{ ...arrival, region: 'r3' }] }),
    ).rejects.toThrow('no region "r3"');
  });

  it('is refused where the document goes and the world says nothing', async () => {
    const world = worldOf({ providers: { b: { models: { '*': steady } } } });
    const lost = runSmall({ document: documentOf(['a']), world, arrivals: arrivals.slice(0, 2) });
    await expect(lost).rejects.toThrow('"a/m", of which the world says nothing');
    await expect(lost).rejects.toBeInstanceOf(InvalidRun);
  });

  it('of nothing has no figures', async () => {
    const result = await runSmall({ document: documentOf(['a']), world: broken, arrivals: [] });
    expect(render([summarise('d', result, broken.incidents)])).toContain('| d | – | – / – / – |');
  });
});
