import { expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../functions/cli/cli.ts';
import { localAccessKeyId } from '../../functions/local/admin-gateway.ts';
import { startRegions } from '../../functions/local/local-regions.ts';
import { question, startProvider } from '../support/gateway.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** Two regions with half of a hard limit each, one of which leaves by the command line, as an operator has it leave. */

const [stays, leaves] = ['us-east-1', 'eu-central-1'] as const;
const secret = 'the secret of this run';
const key = 'fl-two-regions-0123456789';
/** 10 USD a million tokens, 1,000 tokens in and 100 out make 0.011 USD a request: twenty in 0.22 USD. */
const used = { inputTokens: 1_000, outputTokens: 100 };
const requestsInLimit = 20;

async function stage() {
  const clock = new ManualClock(Date.parse('2026-11-24T10:00:00Z'));
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
          budgets: [{ limitUsd: 0.22, every: '1d', calendar: true, enforcement: 'hard' }],
        },
      ],
      models: { prices: { 'house/m': { inputPerMTok: 10, outputPerMTok: 10 } } },
    },
    regions: [stays, leaves],
    port: 0,
    adminSecret: secret,
    readEnv: () => undefined,
    log: (line) => {
      if ('event' in line && line.event === 'request') settled.push(line);
    },
    onFailure: (record) => {
      throw new Error(JSON.stringify(record));
    },
    clock,
  });
  onTestFinished(() => regions.close());
  const baseUrlOf = (region: string): string =>
    regions.gateways.find((gateway) => gateway.region === region)?.baseUrl ?? '';
  return {
    ...regions,
    clock,
    /** Requests one after the other until one is refused, or so many are answered; every one is settled afterwards. */
    answered: async (region: string, most: number): Promise<number> => {
      let count = 0;
      for (let status = 200; status === 200 && count < most;) {
        const response = await fetch(`${baseUrlOf(region)}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}` },
          body: JSON.stringify({ model: 'house/m', messages: question, max_tokens: 100 }),
        });
        await response.arrayBuffer();
        ({ status } = response);
        expect([200, 402]).toContain(status);
        sent += 1;
        while (settled.length < sent) await new Promise((resolve) => setImmediate(resolve));
        if (status === 200) count += 1;
      }
      return count;
    },
    fairlead: async (...args: readonly string[]) => {
      const out: string[] = [];
      const err: string[] = [];
      const code = await runCli([...args, '--region', leaves, '--json'], {
        fetch,
        credentials: async () => ({ accessKeyId: localAccessKeyId('owner'), secretAccessKey: secret }),
        nowMs: () => clock.nowMs(),
        out: (line) => void out.push(line),
        err: (line) => void err.push(line),
        env: (name) => (name === 'FAIRLEAD_ENDPOINT' ? baseUrlOf(leaves) : undefined),
        confirm: async () => false,
      });
      return { code, err, answer: out.length === 0 ? undefined : JSON.parse(out.join('\n')) };
    },
  };
}

it('hands its half of a hard limit over, which the other region spends to the last without it', async () => {
  const { answered, fairlead, replication, clock } = await stage();
  expect(await answered(leaves, 2)).toBe(2);

  const left = await fairlead('region', 'leave', leaves, '--yes');
  expect(left).toMatchObject({
    code: 0,
    err: [],
    answer: {
      heirs: [stays],
      looked: 1,
      quotas: [{ owner: 'virtual_key/app', handedOver: { [stays]: 88_000 }, remains: [] }],
    },
  });
  const again = await fairlead('region', 'leave', leaves, '--yes');
  expect(again).toMatchObject({ code: 0, err: [], answer: { looked: 1, quotas: [] } });

  await replication.drain();
  replication.partition(leaves);
  await clock.advance(31_000);
  const others = await answered(stays, requestsInLimit);
  expect(others).toBeLessThanOrEqual(requestsInLimit - 2);
  // A request reserves more than it costs: the last one or two find less than that left.
  expect(others).toBeGreaterThanOrEqual(requestsInLimit - 4);
  expect(await answered(leaves, 1)).toBe(0);
});

it('takes nothing from a region that goes on serving meanwhile: what it needs it borrows back', async () => {
  const { answered, fairlead, replication, clock } = await stage();
  await fairlead('region', 'leave', leaves, '--yes');
  await replication.drain();
  await clock.advance(31_000);
  const here = await answered(leaves, 3);
  expect(here).toBe(3);
  await replication.drain();
  await clock.advance(31_000);
  const there = await answered(stays, requestsInLimit);
  expect(here + there).toBeLessThanOrEqual(requestsInLimit);
  expect(here + there).toBeGreaterThanOrEqual(requestsInLimit - 2);
});

it('a laptop has settlements that wait, none that are dead, and none to replay', async () => {
  const { fairlead } = await stage();
  const standing = { region: leaves, waiting: 0, dead: 0 };
  expect(await fairlead('settlements')).toEqual({ code: 0, err: [], answer: standing });
  expect(await fairlead('settlements', 'replay')).toEqual({
    code: 0,
    err: ['there is nothing to replay'],
    answer: { ...standing, begun: false },
  });
});
