import { catalogData, loadCatalog } from '../lib/accounting/catalog.ts';
import { helpText, parseOptions, type Options } from './simulate/options.ts';
import { render } from './simulate/report.ts';
import { InvalidRun, run } from './simulate/run.ts';
import { scenarioOf } from './simulate/scenario.ts';
import { summarise, type Summary } from './simulate/summary.ts';

/**
 * What a gateway document would have made of some traffic: the same arrivals through every document, on a virtual
 * clock, by the very code that serves requests; only providers and stores are simulated.
 *
 *     npm run simulate -- [--document FILE ...] [--trace FILE] [--world FILE] [--requests N] [--seed N] [--json]
 */
const parsed = parseOptions(process.argv.slice(2));
if (parsed.kind === 'help') process.stdout.write(`${helpText}\n`);
else if (parsed.kind === 'wrong') fail(parsed.message);
else {
  await simulate(parsed.options).catch((error: unknown) => {
    if (!(error instanceof InvalidRun)) throw error;
    fail(error.message);
  });
}

async function simulate(options: Options): Promise<void> {
  const { contestants, world, arrivals } = scenarioOf(options);
  const catalog = loadCatalog(await catalogData());
  const summaries: Summary[] = [];
  for (const { name, document, model, key, warnings } of contestants) {
    for (const warning of warnings) process.stderr.write(`${name}: ${warning}\n`);
    const before = process.cpuUsage();
    const { seed, environments } = options;
    const result = await run({
      document,
      world,
      catalog,
      arrivals: arrivals(),
      model,
      key,
      seed,
      environments,
    });
    const { user, system } = process.cpuUsage(before);
    const { size } = result.tally;
    const perRequestUs = ((user + system) / size).toFixed(0);
    process.stderr.write(`${name}: ${size} requests, ${perRequestUs} us of CPU each\n`);
    summaries.push(summarise(name, result, world.incidents));
  }
  const { seed, environments } = options;
  process.stdout.write(
    options.json ? `${JSON.stringify({ seed, environments, summaries }, null, 2)}\n` : render(summaries),
  );
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}
