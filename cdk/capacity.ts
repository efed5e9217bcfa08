import { demandSchema } from './capacity/demand.ts';
import { reportOf, textOf } from './capacity/report.ts';
import { checked, numbersOf, readFlags, UsageError } from './cost/flags.ts';

/**
 * What traffic takes: environments, quotas to raise, DynamoDB units, and when managed instances pay:
 * `npm run capacity -- --requests-per-second 200 --seconds 8`. cdk/capacity/demand.ts has every flag; `--json` for
 * machines.
 */
function main(args: readonly string[]): void {
  const { values, on } = readFlags(Object.keys(demandSchema.shape), ['json'], args);
  const report = reportOf(checked(demandSchema, numbersOf(values)));
  console.log(on.has('json') ? JSON.stringify(report, null, 2) : textOf(report));
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
