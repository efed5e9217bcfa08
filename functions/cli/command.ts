import { parseArgs } from 'node:util';
import { didYouMeanOneOf } from '../../lib/policy/nearest.ts';
import type { AdminClient, ClientPorts } from './client.ts';

export interface CliPorts extends ClientPorts {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly env: (name: string) => string | undefined;
  /** Asks a person; false where nobody is there to ask. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** 0 done, 1 refused or different, 2 wrong usage or document, 3 unreachable or failed. */
export type ExitCode = 0 | 1 | 2 | 3;

const flags = {
  endpoint: { type: 'string' },
  region: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  'dry-run': { type: 'boolean', default: false },
  'keep-keys': { type: 'boolean', default: false },
  'omit-keys': { type: 'boolean', default: false },
  yes: { type: 'boolean', short: 'y', default: false },
  id: { type: 'string' },
  team: { type: 'string' },
  customer: { type: 'string' },
  provider: { type: 'string', multiple: true },
  models: { type: 'string', multiple: true },
  budget: { type: 'string', multiple: true },
  requests: { type: 'string', multiple: true },
  tokens: { type: 'string', multiple: true },
  hard: { type: 'boolean', default: false },
  grace: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  month: { type: 'string' },
} as const;

/** Throws TypeError naming the flag that is unknown or wrong. */
export const parseFlags = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: flags, allowPositionals: true });
type Parsed = ReturnType<typeof parseFlags>;

/** One command on its way. */
export interface Call {
  readonly client: AdminClient;
  readonly values: Parsed['values'];
  /** What follows the command. */
  readonly rest: readonly string[];
  readonly ports: CliPorts;
  /** Prints an answer: as JSON where that was asked for. */
  readonly show: (answer: unknown, lines: readonly string[]) => void;
}

/** What to throw for an action a command does not take. */
export const unknownAction = (command: string, action: string, known: readonly string[]): RangeError =>
  new RangeError(`there is no command "${command} ${action}"${didYouMeanOneOf(action, known)}`);

/** Throws RangeError where it is missing. */
export function argument(rest: readonly string[], at: number, name: string): string {
  const value = rest[at];
  if (value === undefined) throw new RangeError(`${name} is missing`);
  return value;
}
