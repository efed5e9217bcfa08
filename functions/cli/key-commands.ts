import type { CliPorts } from './command.ts';
import { argument, unknownAction, type Call, type ExitCode } from './command.ts';
import { documentIn } from './document-commands.ts';
import { keyEntryOf } from './new-key.ts';
import { keyLines } from './render.ts';
import * as shapes from './shapes.ts';

const actions: readonly string[] = ['list', 'create', 'rotate', 'disable', 'enable', 'delete'];

/** `keys`: what there are, and everything that is done to one. */
export async function keys(call: Call): Promise<ExitCode> {
  const { client, values, rest, ports, show } = call;
  const [action = 'list', id] = rest;
  if (!actions.includes(action)) throw unknownAction('keys', action, actions);
  if (action === 'list') {
    const query = { team: values.team, customer: values.customer, limit: '1000' };
    const answer = await client.call(shapes.keyList, 'GET', '/keys', { query });
    show(answer, keyLines(answer));
    return 0;
  }
  if (action === 'create') {
    const body = id === undefined ? keyEntryOf(values) : documentIn(id);
    return made(ports, await client.call(shapes.madeKey, 'POST', '/keys', { body }), 'created');
  }
  const path = `/keys/${encodeURIComponent(argument(rest, 1, 'ID'))}`;
  if (action === 'rotate') {
    const body = values.grace === undefined ? {} : { graceS: secondsIn(values.grace) };
    return made(ports, await client.call(shapes.madeKey, 'POST', `${path}/rotate`, { body }), 'rotated');
  }
  if (action === 'disable' || action === 'enable') {
    const { version } = await client.call(shapes.changedKey, 'POST', `${path}/${action}`, { body: {} });
    ports.err(`${action}d ${id} in version ${version}`);
    return 0;
  }
  const { version } = await client.call(shapes.changedKey, 'DELETE', path);
  ports.err(`deleted ${id} in version ${version}`);
  return 0;
}

function secondsIn(grace: string): number {
  if (/^\d+$/.test(grace)) return Number(grace);
  throw new RangeError(`--grace must be seconds, such as 3600, received "${grace}"`);
}

/** The key alone goes to standard output, so that it can be piped away. */
function made(
  { out, err }: CliPorts,
  {
    id,
    key,
    version,
    previousUntil,
  }: { id: string; key: string; version: number; previousUntil?: string | undefined },
  what: string,
): ExitCode {
  err(`${what} ${id} in version ${version}; the key is shown this once`);
  if (previousUntil !== undefined) err(`the previous key is good until ${previousUntil}`);
  out(key);
  return 0;
}
