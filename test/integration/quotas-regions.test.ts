import { expect, it, onTestFinished } from 'vitest';
import { type LocalRegions, startRegions } from '../../functions/local/local-regions.ts';
import { totalsOf } from '../../lib/accounting/quota/totals.ts';
import { windowAt } from '../../lib/accounting/quota/windows.ts';
import { QuotaStore } from '../../lib/stores/quota-store.ts';
import { question, startProvider } from '../support/gateway.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ap, eu, regionNames, us } from '../support/regions.ts';
import type { ScriptedProvider } from '../support/scripted.ts';

/** One hard dollar over three regions: 10 USD a million tokens, 1,000 tokens in and 100 out make 0.011 USD a request. */
const key = 'fl-three-regions-0123456789';
const used = { inputTokens: 1_000, outputTokens: 100 };
const costMicroUsd = 11_000;
const limitMicroUsd = 1_000_000;
const startMs = Date.parse('2026-11-24T10:00:00Z');

interface Scene extends LocalRegions {
  readonly provider: ScriptedProvider;
  readonly clock: ManualClock;
  /** So many requests at once to one region; how many were answered, and that none was refused but for the budget. */
  answered(region: string, count: number): Promise<number>;
  /** What the ledger says is used, as this region's replica has it. */
  totals(region: string): Promise<{ used: number; spent: number; held: number }>;
}

async function stage(enforcement: 'hard' | 'soft', limitUsd = 1): Promise<Scene> {
  const clock = new ManualClock(startMs);
  const provider = await startProvider({ behaviours: { '*': { usage: used } } });
  const settled: object[] = [];
  let sent = 0;
  const regions = await startRegions({
    document: {
      providers: { house: { type: 'openai-compatible', baseUrl: `${provider.baseUrl}/v1` } },
      virtualKeys: [
        {
          id: 'app',
          key,
          providers: [{ provider: 'house', models: ['*'] }],
          budgets: [{ limitUsd, every: '1d', calendar: true, enforcement }],
        },
      ],
      models: { prices: { 'house/m': { inputPerMTok: 10, outputPerMTok: 10 } } },
    },
    regions: regionNames,
    port: 0,
    readEnv: () => undefined,
    log: (line) => {
      if ('event' in line && line.event === 'request') settled.push(line);
    },
    onFailure: (record) => {
      throw new Error(JSON.stringify(record));
    },
    clock,
    random: Math.random,
  });
  onTestFinished(() => regions.close());
  const ask = async (region: string): Promise<number> => {
    const baseUrl = regions.gateways.find((gateway) => gateway.region === region)?.baseUrl ?? '';
    const response = await fetch(`${baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'house/m', messages: question, max_tokens: 100 }),
    });
    await response.arrayBuffer();
    return response.status;
  };
  return {
    ...regions,
    provider,
    clock,
    answered: async (region, count) => {
      sent += count;
      const statuses = await Promise.all(Array.from({ length: count }, () => ask(region)));
      expect(statuses.filter((status) => status !== 200 && status !== 402)).toEqual([]);
      return statuses.filter((status) => status === 200).length;
    },
    totals: async (region) => {
      // Every request of the test, settled or refused, has to be over.
      while (settled.length < sent) await new Promise((resolve) => setImmediate(resolve));
      await regions.replication.drain();
      const client = regions.replication.client(region);
      const store = new QuotaStore({
        region,
        table: regions.tableNames.quotas,
        clientFor: () => client,
      });
      const window = windowAt({ every: '1d', calendar: true, createdAtS: 0 }, startMs).label;
      const owner = { kind: 'virtual_key', id: 'app' } as const;
      const keys = regionNames.map((site) => ({
        owner,
        quotaId: '1d-calendar',
        unit: 'microUsd' as const,
        window,
        place: { site, lane: 0 },
      }));
      const balances = await store.readLocal(keys);
      client.destroy();
      return totalsOf(balances.filter((balance) => balance !== undefined));
    },
  };
}

it('one hard dollar is never exceeded from three regions, one of them cut off half-way', async () => {
  const { answered, totals, replication, provider, clock } = await stage('hard');
  const round = async (): Promise<number> => {
    const counts = await Promise.all(regionNames.map((region) => answered(region, 5)));
    await clock.advance(6_000);
    return counts.reduce((sum, count) => sum + count, 0);
  };
  let total = await round();
  total += await round();
  replication.partition(eu);
  for (let rounds = 0; rounds < 4; rounds += 1) total += await round();
  expect(provider.requests).toHaveLength(total);
  expect(total * costMicroUsd).toBeLessThanOrEqual(limitMicroUsd);

  replication.heal();
  await replication.drain();
  await clock.advance(31_000);
  for (let rounds = 0; rounds < 3; rounds += 1) total += await round();
  expect(total * costMicroUsd).toBeLessThanOrEqual(limitMicroUsd);
  // Nothing is left over that would have admitted one more.
  expect(total).toBeGreaterThanOrEqual(85);
  const spent = total * costMicroUsd;
  for (const region of regionNames) expect(await totals(region)).toEqual({ used: spent, spent, held: 0 });
});

it('fifty requests at once against a nearly exhausted hard budget spend what it has and no more', async () => {
  const { answered, totals, provider } = await stage('hard', 0.1);
  const counts = await Promise.all([answered(us, 50), answered(eu, 50), answered(ap, 50)]);
  const total = counts.reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThan(0);
  expect(provider.requests).toHaveLength(total);
  expect(total * costMicroUsd).toBeLessThanOrEqual(100_000);
  expect(await totals(us)).toEqual({ used: total * costMicroUsd, spent: total * costMicroUsd, held: 0 });
});

it('a soft budget that is nearly exhausted is overshot by no more than what was under way, in each region', async () => {
  const { answered, totals, clock } = await stage('soft', 0.5);
  // Under 90 % of the limit nothing is reserved, and each region knows only its own.
  let total = 0;
  for (let round = 0; round < 3; round += 1) {
    const counts = await Promise.all(regionNames.map((region) => answered(region, 50)));
    total += counts.reduce((sum, count) => sum + count, 0);
    await totals(us);
    await clock.advance(31_000);
  }
  const { spent } = await totals(us);
  expect(spent).toBe(total * costMicroUsd);
  // The stated bound: limit × regions, as if they were cut off from each other.
  expect(spent).toBeLessThanOrEqual(3 * 500_000);
  expect(await answered(us, 5)).toBe(0);
});
