import { parseArgs } from 'node:util';
import { catalogData, loadCatalog } from '../lib/accounting/catalog.ts';
import { hostProfile, loadDialect, parseClientRequest } from '../lib/dialects/index.ts';
import type { HealthView, RouteHealth } from '../lib/domain/health.ts';
import { KeyPauses } from '../lib/execution/key-pauses.ts';
import { KeyRests } from '../lib/execution/key-rests.ts';
import { hashVirtualKey } from '../lib/identity/virtual-key.ts';
import { decideWithDialects, type Deciding } from '../lib/pipeline/decide.ts';
import { parseDocument } from '../lib/policy/document.ts';
import { compileStoredCaller, compileStoredPolicy } from '../lib/policy/stored.ts';
import { systemClock } from '../lib/transport/system-clock.ts';
import { documentOf, type World } from './decide/world.ts';
import { quantile } from './overhead/statistics.ts';

/**
 * What one decision costs: rules, filters, scores, choice, by the very function a request is decided with. CPU time of
 * batches in one process, the worlds interleaved so that all of them meet the same moments of the machine.
 *
 *     npm run bench:decide -- [--json] [--batches 60]
 */

const world = (overrides: Partial<World> = {}): World => ({
  candidates: 20,
  rules: 50,
  foreignRules: 0,
  strategy: 'adaptive',
  ...overrides,
});

const worlds: readonly World[] = [
  world(),
  world({ strategy: 'weighted' }),
  world({ strategy: 'cheapest' }),
  world({ candidates: 5 }),
  world({ candidates: 10 }),
  world({ candidates: 40 }),
  world({ rules: 0 }),
  world({ rules: 25 }),
  world({ rules: 100 }),
  world({ foreignRules: 900 }),
];

const decisionsABatch = 200;

function healthOf(index: number): RouteHealth {
  const ms = 400 + 100 * (index % 7);
  const known = { samples: 100, errorRate: 0.01, saturation: 0, typicalMs: () => ms, p99Ms: () => 4 * ms };
  return { state: 'healthy', share: 1, perSecond: 20, ...known };
}

const envelope = { headers: { 'x-tier': 'silver', 'user-agent': 'bench' }, query: {} };
const asked = parseClientRequest(
  'chat',
  JSON.stringify({
    model: 'm',
    stream: true,
    messages: [{ role: 'user', content: 'Tell me of the heron. '.repeat(40) }],
  }),
  {},
);

async function prepare(of: World): Promise<() => Promise<unknown>> {
  const parsed = parseDocument(documentOf(of), {
    envSecrets: false,
    loopbackHttp: false,
    hashKey: hashVirtualKey,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { teams: _teams, customers: _customers, virtualKeys = [], ...rest } = parsed.document;
  const policy = await compileStoredPolicy(rest, { version: 1, digest: 'bench' }, hostProfile);
  const caller = compileStoredCaller(virtualKeys[0], undefined, undefined);
  const healths = Array.from({ length: of.candidates }, (_, index) => healthOf(index));
  const healthAt = (provider: string): RouteHealth | undefined => healths[Number(provider.slice(1))];
  const health: HealthView = { route: healthAt, key: healthAt };
  const catalog = loadCatalog(await catalogData());
  const gateway: Deciding = {
    catalog: () => catalog,
    dialect: loadDialect,
    clock: systemClock,
    random: Math.random,
    region: { name: 'eu-central-1', zones: ['eu'] },
    keyUnusable: () => false,
    execution: {
      rests: new KeyRests(),
      pauses: new KeyPauses(),
      health: { ...health, note: () => undefined },
    },
  };
  return () => decideWithDialects(gateway, policy, caller, undefined, asked, envelope);
}

async function cpuUsOfBatch(decide: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let each = 0; each < decisionsABatch; each += 1) await decide();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / decisionsABatch;
}

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean', default: false }, batches: { type: 'string', default: '60' } },
});
const batches = Number(flags.batches);
if (!Number.isInteger(batches) || batches < 1) {
  throw new RangeError(`--batches: expected a whole number of at least 1; received "${flags.batches}"`);
}

const prepared = await Promise.all(
  worlds.map(async (of) => ({ of, decide: await prepare(of), us: [] as number[] })),
);
for (const { decide } of prepared) for (let warm = 0; warm < 10; warm += 1) await cpuUsOfBatch(decide);
for (let batch = 0; batch < batches; batch += 1) {
  const order = batch % 2 === 0 ? prepared : prepared.toReversed();
  for (const { decide, us } of order) us.push(await cpuUsOfBatch(decide));
}

const report = prepared.map(({ of, us }) => ({
  ...of,
  p50Us: quantile(us, 0.5),
  p10Us: quantile(us, 0.1),
  p90Us: quantile(us, 0.9),
}));
if (flags.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else {
  process.stdout.write(
    `CPU of one decision, microseconds: median (10th to 90th percentile) of ${batches} batches of ${decisionsABatch}\n\n`,
  );
  process.stdout.write('| candidates | rules | rules of others | strategy | median | 10th to 90th |\n');
  process.stdout.write('| ---------: | ----: | --------------: | -------- | -----: | -----------: |\n');
  for (const { candidates, rules, foreignRules, strategy, p10Us, p50Us, p90Us } of report) {
    const cells = [
      candidates,
      rules,
      foreignRules,
      strategy,
      p50Us.toFixed(1),
      `${p10Us.toFixed(1)} to ${p90Us.toFixed(1)}`,
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
}
