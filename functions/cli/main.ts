import { createInterface } from 'node:readline/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { runCli } from './cli.ts';

/** `npm run fairlead -- COMMAND`: the admin API of a gateway, from a terminal. */
process.exitCode = await runCli(process.argv.slice(2), {
  fetch,
  nowMs: Date.now,
  // The SDK's own chain: environment, profile, SSO.
  credentials: () => new DynamoDBClient({}).config.credentials(),
  // What nobody reads any more, as in `fairlead audit | head`, is no error to console.
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  env: (name) => process.env[name],
  confirm: async (question) => {
    if (!process.stdin.isTTY) return false;
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await terminal.question(`${question} [y/N] `);
    terminal.close();
    return /^y(?:es)?$/i.test(answer.trim());
  },
});
