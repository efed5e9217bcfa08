import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDatabase } from '../functions/local/database.ts';
import { QuotaLedger } from '../lib/accounting/quota/ledger.ts';
import { equalShares } from '../lib/accounting/quota/shares.ts';
import type { Bounds, Owner, OwnerKind, Quota } from '../lib/domain/quota.ts';
import { QuotaStore } from '../lib/stores/quota-store.ts';
import { systemClock } from '../lib/transport/system-clock.ts';

/**
 * What quotas cost: `npm run bench:quotas`. The ledger of one process against an embedded DynamoDB on this machine, so
 * requests per second are those of the two together, on the same cores; calls and write units are exact.
 */

/** On demand, us-east-1, for a write of up to 1 KB in one replica (aws.amazon.com/dynamodb/pricing/on-demand). */
const usdPerMillionWrites = 0.625;
const costs = { microUsd: 1_000, tokens: 1_000, requests: 1 };
const bounds: Bounds = {
  microUsd: { known: true, most: 2_000 },
  tokens: { known: true, most: 2_000 },
  requests: { known: true, most: 1 },
};

const ownerKinds: readonly OwnerKind[] = ['virtual_key', 'team', 'customer', 'grant'];

const quotaOf = (owner: Owner, id: string, enforcement: 'soft' | 'hard'): Quota => ({
  id,
  owner,
  unit: 'microUsd',
  limit: 1e12,
  edition: 1,
  every: '1d',
  calendar: true,
  createdAtS: 0,
  enforcement,
});

interface Scenario {
  readonly enforcement: 'soft' | 'hard';
  readonly regions: number;
  readonly owners: number;
  readonly quotasEach: number;
  /** Virtual keys the requests are spread over. */
  readonly keys: number;
}

interface Result {
  readonly perSecond: number;
  readonly writes: number;
  readonly reads: number;
  readonly admitMs: number;
}

const regionNames = ['us-east-1', 'eu-central-1', 'ap-northeast-1'];
const requests = 500;
/** One after the other, for the time an admission takes by itself. */
const alone = 100;
const atOnce = 16;

async function measure(client: DynamoDBClient, table: string, scenario: Scenario): Promise<Result> {
  const counts = { writes: 0, reads: 0 };
  const regions = regionNames.slice(0, scenario.regions);
  const store = new QuotaStore({ region: 'us-east-1', table, clientFor: () => client });
  const run = `${Date.now()}-${Math.random()}`;
  const ledger = new QuotaLedger(
    {
      store,
      queue: { push: () => Promise.reject(new Error('the embedded database failed')) },
      clock: systemClock,
      random: Math.random,
      onProblem: (problem) => {
        throw new Error(problem);
      },
    },
    equalShares(regions),
    'us-east-1',
  );
  const quotasOf = (key: number): readonly Quota[] =>
    ownerKinds.slice(0, scenario.owners).flatMap((kind) => {
      const owner = { kind, id: `${run}-${kind === 'virtual_key' ? key : 'shared'}` };
      return Array.from({ length: scenario.quotasEach }, (_, index) =>
        quotaOf(owner, `q${index}`, scenario.enforcement),
      );
    });
  const one = async (request: number): Promise<number> => {
    const startedMs = performance.now();
    const admitted = await ledger.admit(quotasOf(request % scenario.keys), bounds);
    const tookMs = performance.now() - startedMs;
    if (!admitted.admitted) throw new Error(`refused: ${admitted.refusal.reason}`);
    await admitted.settle(costs, 'reported');
    return tookMs;
  };
  const many = async (from: number, count: number): Promise<void> => {
    let next = from;
    const worker = async (): Promise<void> => {
      while (next < from + count) await one(next++);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    await ledger.settleAll();
  };
  // Windows are opened and figures read before anything is counted.
  await many(0, Math.min(scenario.keys, 500));
  const tally = counting(client, counts);
  const startedMs = performance.now();
  await many(0, requests);
  const perSecond = (requests * 1000) / (performance.now() - startedMs);
  tally();
  const singly: number[] = [];
  for (let request = 0; request < alone; request += 1) singly.push(await one(request));
  await ledger.settleAll();
  return {
    perSecond,
    writes: counts.writes / requests,
    reads: counts.reads / requests,
    admitMs: median(singly),
  };
}

/** Counts commands until the function returned is called. */
function counting(client: DynamoDBClient, counts: { writes: number; reads: number }): () => void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === 'UpdateItemCommand') counts.writes += 1;
      else counts.reads += 1;
      return next(args);
    },
    { step: 'initialize', name: 'tally' },
  );
  return () => void client.middlewareStack.remove('tally');
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const base: Scenario = { enforcement: 'soft', regions: 1, owners: 3, quotasEach: 1, keys: 1 };
const both = (scenario: Partial<Scenario>): readonly Scenario[] => [
  { ...base, ...scenario, enforcement: 'soft' },
  { ...base, ...scenario, enforcement: 'hard' },
];
const scenarios: readonly (readonly [string, readonly Scenario[]])[] = [
  ['one region, key + team + customer', both({})],
  ['three regions', both({ regions: 3 })],
  ['one owner', both({ owners: 1 })],
  ['four owners', both({ owners: 4 })],
  ['one owner, four quotas', both({ owners: 1, quotasEach: 4 })],
  ['10 keys', both({ owners: 1, keys: 10 })],
  ['1,000 keys', both({ owners: 1, keys: 1_000 })],
  ['100,000 keys', both({ owners: 1, keys: 100_000 })],
];

const database = await startDatabase('us-east-1');
const rounds = 3;
console.log(
  '| quotas | | requests/s | admit, ms | writes a request | reads a request | write units, all replicas | USD a million |',
);
console.log('|---|---|---|---|---|---|---|---|');
try {
  for (const [name, pair] of scenarios) {
    const results = new Map<Scenario, Result[]>(pair.map((each) => [each, []]));
    // Interleaved, so that what the machine does meanwhile falls on both.
    for (let round = 0; round < rounds; round += 1) {
      for (const each of pair) {
        results.get(each)?.push(await measure(database.client, database.tableNames.quotas, each));
      }
    }
    for (const [scenario, measured] of results) {
      const of = (field: keyof Result): number => median(measured.map((each) => each[field]));
      const units = of('writes') * scenario.regions;
      const cells = [
        name,
        scenario.enforcement,
        of('perSecond').toFixed(0),
        of('admitMs').toFixed(2),
        of('writes').toFixed(2),
        of('reads').toFixed(2),
        units.toFixed(2),
        (units * usdPerMillionWrites).toFixed(2),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
} finally {
  await database.close();
}
