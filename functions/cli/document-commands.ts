import type * as z from 'zod';
import { isObject } from '../../lib/domain/json.ts';
import { hashVirtualKey } from '../../lib/identity/virtual-key.ts';
import { readConfigFile } from '../local/config-file.ts';
import { argument, type Call, type ExitCode } from './command.ts';
import { changeLines } from './render.ts';
import * as shapes from './shapes.ts';

/** A file as an object, with virtual keys in clear hashed: they go no further. Throws RangeError. */
export function documentIn(file: string): object {
  const read = readConfigFile(file);
  if (!read.ok) throw new RangeError(read.message);
  const { value } = read;
  if (!isObject(value)) throw new RangeError(`${file} must hold an object`);
  const keys = value['virtualKeys'];
  return Array.isArray(keys) ? { ...value, virtualKeys: keys.map(hashed) } : value;
}

function hashed(entry: unknown): unknown {
  if (!isObject(entry) || typeof entry['key'] !== 'string') return entry;
  const { key, ...rest } = entry;
  return { ...rest, hash: hashVirtualKey(String(key)) };
}

async function checkedIn({ client, values, rest }: Call) {
  const document = documentIn(argument(rest, 0, 'FILE'));
  const query = { virtualKeys: values['keep-keys'] ? 'keep' : undefined };
  const answer = await client.call(shapes.checkedDocument, 'POST', '/document/check', {
    query,
    body: { document },
  });
  return { document, query, answer };
}

type Checked = z.infer<typeof shapes.checkedDocument>;

/** A change may be too large to be shown at all. */
const isSame = ({ changes, changesOmitted = 0 }: Checked): boolean => changes.length + changesOmitted === 0;

/** `diff`: 1 where the document differs from the one in force. */
export async function compare(call: Call): Promise<ExitCode> {
  const { answer } = await checkedIn(call);
  answer.warnings.forEach((warning) => call.ports.err(`warning: ${warning}`));
  const same = isSame(answer);
  call.show(
    answer,
    same
      ? [`no difference from version ${answer.version}`]
      : changeLines(answer.changes, answer.changesOmitted),
  );
  return same ? 0 : 1;
}

/** Of a document without virtual keys. What is gone comes last, so that it may be what is not shown. */
const mayDeleteKeys = ({ changes, changesOmitted = 0 }: Checked): boolean =>
  changesOmitted > 0 || changes.some(({ path }) => /^virtualKeys\b/.test(path));

/** `apply`: shows what changes, asks, stores. */
export async function apply(call: Call): Promise<ExitCode> {
  const { client, values, rest, ports } = call;
  const { document, query, answer } = await checkedIn(call);
  answer.warnings.forEach((warning) => ports.err(`warning: ${warning}`));
  if (answer.version > 0 && isSame(answer)) {
    ports.err(`no difference from version ${answer.version}; nothing was stored`);
    return 0;
  }
  changeLines(answer.changes, answer.changesOmitted).forEach(ports.err);
  if (!values['keep-keys'] && !('virtualKeys' in document) && mayDeleteKeys(answer)) {
    throw new RangeError(
      `${rest[0]} leaves virtualKeys out, which would delete stored ones: --keep-keys keeps them, ` +
        '"virtualKeys: []" in the file deletes them',
    );
  }
  if (values['dry-run']) {
    ports.err('the document is valid; nothing was stored');
    return 0;
  }
  if (!values.yes && !(await ports.confirm(`replace version ${answer.version}?`))) {
    ports.err('nothing was stored; --yes stores without asking');
    return 1;
  }
  const stored = await client.call(shapes.checkedDocument, 'PUT', '/document', {
    query,
    body: { expectedVersion: answer.version, document },
  });
  ports.err(`stored as version ${stored.version}`);
  return 0;
}
