import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { applyDocument } from './apply-document.ts';

/** `npm run apply -- --document FILE --table NAME --region REGION [--dry-run]`, with the caller's own AWS credentials. */
const usage = 'usage: npm run apply -- --document FILE --table NAME --region HOME_REGION [--dry-run]';

const flags = {
  document: { type: 'string' },
  table: { type: 'string' },
  region: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
} as const;

process.exitCode = await run();

async function run(): Promise<number> {
  let values;
  try {
    ({ values } = parseArgs({ options: flags }));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : 'wrong arguments'}\n${usage}`);
    return 2;
  }
  const { document, table, region } = values;
  if (document === undefined || table === undefined || region === undefined) {
    console.error(usage);
    return 2;
  }
  const { exitCode, lines } = await applyDocument({
    file: document,
    table,
    client: new DynamoDBClient({ region }),
    clock: systemClock,
    dryRun: values['dry-run'],
  });
  for (const line of lines) (exitCode === 0 ? console.log : console.error)(line);
  return exitCode;
}
