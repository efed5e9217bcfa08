import type { DocumentChange } from '../domain/administration.ts';
import { asArray, isObject } from '../domain/json.ts';

/**
 * Where two gateway documents in human form differ, in the order of the later one, what is gone last. Entries of the
 * lists below are found by their id wherever they stand, those of other lists by their position. Hashes of keys are
 * shown by their first twelve digits. Takes time linear in the documents.
 */
export function diffDocuments(before: unknown, after: unknown): readonly DocumentChange[] {
  const changes: DocumentChange[] = [];
  compare([], before, after, changes);
  return changes;
}

/** The first twelve hex digits of a key's hash: enough to tell keys apart, too few to be one. */
export const fingerprintOf = (hash: string): string => hash.replace(/^sha256:/, '').slice(0, 12);

/** Lists whose entries have ids, by the fields that lead to them (`*` is any one), and whether their order counts. */
const identified: readonly { readonly fields: readonly string[]; readonly ordered: boolean }[] = [
  { fields: ['virtualKeys'], ordered: false },
  { fields: ['teams'], ordered: false },
  { fields: ['customers'], ordered: false },
  { fields: ['rules'], ordered: true },
  { fields: ['providers', '*', 'keys'], ordered: true },
];

const listAt = (at: readonly (string | number)[]) =>
  at.length > 3
    ? undefined
    : identified.find(
        ({ fields }) =>
          fields.length === at.length && fields.every((field, index) => field === '*' || field === at[index]),
      );

function compare(
  at: readonly (string | number)[],
  before: unknown,
  after: unknown,
  changes: DocumentChange[],
): void {
  if (before === after) return;
  const list = listAt(at);
  const [was, is] = list === undefined ? [] : [byId(before), byId(after)];
  if (was !== undefined && is !== undefined) {
    compareEntries(at, was, is, changes);
    if (list?.ordered === true) compareOrder(at, was, is, changes);
  } else if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(after), ...Object.keys(before)])) {
      compare([...at, name], before[name], after[name], changes);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    const [old, now] = [asArray(before), asArray(after)];
    for (let index = 0; index < Math.max(old.length, now.length); index++) {
      compare([...at, index], old[index], now[index], changes);
    }
  } else {
    changes.push({
      path: pathOf(at),
      ...(before !== undefined && { before: shown(before) }),
      ...(after !== undefined && { after: shown(after) }),
    });
  }
}

type Entries = ReadonlyMap<string, unknown>;

function compareEntries(
  at: readonly (string | number)[],
  before: Entries,
  after: Entries,
  changes: DocumentChange[],
): void {
  for (const [id, entry] of after) compare([...at, id], before.get(id), entry, changes);
  for (const [id, entry] of before) {
    if (!after.has(id)) compare([...at, id], entry, undefined, changes);
  }
}

function compareOrder(
  at: readonly (string | number)[],
  before: Entries,
  after: Entries,
  changes: DocumentChange[],
): void {
  const was = [...before.keys()].filter((id) => after.has(id));
  const is = [...after.keys()].filter((id) => before.has(id));
  if (was.some((id, index) => id !== is[index])) changes.push({ path: pathOf(at), before: was, after: is });
}

/** Entries by id, a missing list as an empty one; undefined where one has no id of its own. */
function byId(list: unknown): Entries | undefined {
  const entries = new Map<string, unknown>();
  if (list === undefined) return entries;
  if (!Array.isArray(list)) return undefined;
  for (const entry of asArray(list)) {
    const id = isObject(entry) ? entry['id'] : undefined;
    if (typeof id !== 'string' || entries.has(id)) return undefined;
    entries.set(id, entry);
  }
  return entries;
}

/** Names that hold more than letters, digits, "_" and "-" stand in brackets. */
function pathOf(at: readonly (string | number)[]): string {
  const [first, ...rest] = at.map((part) =>
    typeof part === 'number' ? `[${part}]` : /^[\w-]+$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`,
  );
  return first === undefined ? '(document)' : [first.replace(/^\./, ''), ...rest].join('');
}

const keyHash = /^sha256:[0-9a-f]{64}$/;

/** A value as a person may see it. */
function shown(value: unknown): unknown {
  if (typeof value === 'string') return keyHash.test(value) ? fingerprintOf(value) : value;
  if (Array.isArray(value)) return asArray(value).map(shown);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [name, shown(field)]),
  );
}
