import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { deployments } from './config.ts';
import { billOf } from './cost/bill.ts';
import { checked, numbersOf, readFlags, UsageError } from './cost/flags.ts';
import { reportOf, textOf } from './cost/report.ts';
import { UnknownPriceError } from './cost/standing.ts';
import { trafficSchema, type Traffic } from './cost/traffic.ts';
import { ConfigurationError, readDeployments } from './deployment.ts';
import { examples } from './examples.ts';

/**
 * What deployments cost in a month, idle and at given traffic, by their templates and AWS's list prices: `npm run cost`.
 * `--deployment NAME` one of them, `--examples` those of cdk/examples.ts too, `--json` for machines; traffic as flags
 * (`--requests 5e6 --seconds 8`, cdk/cost/traffic.ts has all of them) or as a JSON file (`--traffic FILE`), flags first.
 */
const fields = Object.keys(trafficSchema.shape);

function trafficOf(values: Readonly<Record<string, string>>): Traffic {
  const { traffic: path, deployment: _, ...flags } = values;
  const given = numbersOf(flags);
  if (path === undefined) return checked(trafficSchema, given);
  const fromFile = readJson(path);
  checked(trafficSchema, fromFile, (field) => `${path}: ${field}`);
  return checked(trafficSchema, { ...fromFile, ...given });
}

function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'expected a JSON object' : String(error);
    throw new UsageError(`--traffic: ${path}: ${reason}`);
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { values, on } = readFlags([...fields, 'traffic', 'deployment'], ['examples', 'json'], args);
  const traffic = trafficOf(values);
  const all = readDeployments(on.has('examples') ? [...deployments, ...examples] : deployments);
  const chosen = all.filter(
    ({ name }) => values['deployment'] === undefined || values['deployment'] === name,
  );
  if (chosen.length === 0) {
    throw new UsageError(`--deployment: expected one of ${all.map(({ name }) => name).join(', ')}`);
  }
  // Templates are validated where they are deployed from.
  process.env['CDK_VALIDATION'] = 'false';
  // Whoever mistyped a flag need not wait for the CDK.
  const { templatesOf } = await import('./cost/synthesis.ts');
  const reports = chosen.map((each) => reportOf(each.name, traffic, billOf(templatesOf(each), traffic)));
  console.log(on.has('json') ? JSON.stringify(reports, null, 2) : reports.map(textOf).join('\n\n'));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const expected =
    error instanceof UsageError || error instanceof UnknownPriceError || error instanceof ConfigurationError;
  if (!expected) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
