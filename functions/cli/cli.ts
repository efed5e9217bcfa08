import { didYouMean } from '../../lib/policy/nearest.ts';
import { AdminClient, Refused, targetOf, Unreachable } from './client.ts';
import { argument, parseFlags, type Call, type CliPorts, type ExitCode } from './command.ts';
import { apply, compare } from './document-commands.ts';
import { commandHelp, helpText } from './help.ts';
import { keys } from './key-commands.ts';
import { region, settlements } from './operation-commands.ts';
import { auditLines, explainLines, providerKeyLines, usageLines } from './render.ts';
import * as shapes from './shapes.ts';
import { amount } from './table.ts';

export type { CliPorts, ExitCode } from './command.ts';

/** Runs one command line. Never rejects. */
export async function runCli(args: readonly string[], ports: CliPorts): Promise<ExitCode> {
  try {
    const { values, positionals } = parseFlags(args);
    const [command, ...rest] = positionals;
    if (values.help || command === undefined) {
      helpText(command).forEach(ports.out);
      return values.help ? 0 : 2;
    }
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (run === undefined) {
      throw new RangeError(
        `there is no command "${command}"${didYouMean(command, Object.keys(commandHelp))}`,
      );
    }
    const endpoint = values.endpoint ?? ports.env('FAIRLEAD_ENDPOINT');
    if (endpoint === undefined) throw new RangeError('--endpoint (or FAIRLEAD_ENDPOINT) is missing');
    const client = new AdminClient(targetOf(endpoint, values.region, ports.env('AWS_REGION')), ports);
    const show = (answer: unknown, lines: readonly string[]): void =>
      values.json ? ports.out(JSON.stringify(answer, undefined, 2)) : lines.forEach(ports.out);
    return await run({ client, values, rest, ports, show });
  } catch (error) {
    return told(error, ports);
  }
}

function told(error: unknown, { err }: CliPorts): ExitCode {
  if (error instanceof Refused) {
    err(`fairlead: ${error.message}`);
    // The message has the first one.
    const [first = '', ...others] = error.problems;
    if (others.length > 0 || !error.message.includes(first)) {
      error.problems.forEach((problem) => err(`  ${problem}`));
    }
    return error.status >= 500 ? 3 : error.status === 400 ? 2 : 1;
  }
  if (error instanceof Unreachable) {
    err(`fairlead: ${error.message}`);
    return 3;
  }
  // Ours name what is wrong, and so do those of parseArgs.
  if (error instanceof RangeError || error instanceof TypeError) {
    err(`fairlead: ${error.message}; see fairlead --help`);
    return 2;
  }
  err('fairlead: failed');
  return 3;
}

const commands: Readonly<Record<string, (call: Call) => Promise<ExitCode>>> = {
  apply,
  diff: compare,
  document: async ({ client, values, ports }) => {
    const query = { virtualKeys: values['omit-keys'] ? 'omit' : undefined };
    const { document } = await client.call(shapes.storedDocument, 'GET', '/document', { query });
    ports.out(JSON.stringify(document, undefined, 2));
    return 0;
  },
  keys,
  usage: async ({ client, values, rest, show }) => {
    const query = { owner: argument(rest, 0, 'OWNER'), from: values.from, to: values.to };
    const answer = await client.call(shapes.usage, 'GET', '/usage', { query });
    show(answer, usageLines(answer));
    return 0;
  },
  quotas,
  settlements,
  region,
  'provider-keys': async ({ client, show }) => {
    const answer = await client.call(shapes.providerKeys, 'GET', '/provider-keys');
    show(answer, providerKeyLines(answer));
    return 0;
  },
  audit: async ({ client, values, show }) => {
    const answer = await client.call(shapes.audit, 'GET', '/audit', { query: { month: values.month } });
    show(answer, auditLines(answer));
    return 0;
  },
  explain: async ({ client, rest, show }) => {
    const id = encodeURIComponent(argument(rest, 0, 'REQUEST_ID'));
    const answer = await client.call(shapes.decision, 'GET', `/decisions/${id}`);
    show(answer, explainLines(answer));
    return 0;
  },
};

const units: Readonly<Record<string, string>> = { usd: 'microUsd', tokens: 'tokens', requests: 'requests' };

async function quotas({ client, rest, ports, show }: Call): Promise<ExitCode> {
  const [action, owner, quota, unitName] = [
    argument(rest, 0, 'reset or top-up'),
    argument(rest, 1, 'OWNER'),
    argument(rest, 2, 'QUOTA'),
    argument(rest, 3, 'UNIT'),
  ];
  const unit = units[unitName];
  if (unit === undefined)
    throw new RangeError(`UNIT must be usd, tokens or requests, received "${unitName}"`);
  if (action !== 'reset' && action !== 'top-up') {
    throw new RangeError(`quotas takes reset or top-up, not "${action}"`);
  }
  const figure = action === 'reset' ? undefined : Number(argument(rest, 4, 'AMOUNT'));
  const added = figure === undefined ? {} : unit === 'microUsd' ? { amountUsd: figure } : { amount: figure };
  const answer = await client.call(shapes.changedQuota, 'POST', `/quotas/${action}`, {
    body: { owner, quota, unit, ...added },
  });
  show(answer, [
    `${owner} ${quota}: ${amount(unit, answer.used)} used of ${amount(unit, answer.limit)} until ${answer.resetsAt}`,
  ]);
  ports.err(`in version ${answer.version}`);
  return 0;
}
