import * as z from 'zod';
import type { StoredDocument } from '../domain/administration.ts';
import { asArray, asObject, asString, type JsonObject } from '../domain/json.ts';
import { hashVirtualKey } from '../identity/virtual-key.ts';
import { diffDocuments } from '../policy/document-diff.ts';
import { bodyOf, queryOf, strict } from './asked.ts';
import { changeDocument, type Edit } from './change.ts';
import { AdminError } from './errors.ts';
import { retiringOf } from './key-views.ts';
import type { Call, Handle } from './ports.ts';

/** Virtual keys one by one. A clear key is made here, hashed here, and in one answer only. */

/** What is made for a key, and never given. */
const made = ['key', 'hash', 'retiring'];
const mostRetiring = 4;
const nothing = strict({});

export const createKey: Handle = async (admin, call) => {
  queryOf(call, nothing);
  const { id, ...fields } = bodyOf(call, z.looseObject({ id: z.string() }));
  const given = made.find((field) => field in fields);
  if (given !== undefined) {
    throw new AdminError('invalid_request', `${given}: is made for the key, so leave it out`, {
      param: given,
    });
  }
  const key = admin.newKey();
  const { version } = await changeDocument(admin, call, ({ document }) => {
    const keys = keysOf(document);
    if (keys.some((entry) => entry['id'] === id)) {
      throw new AdminError('already_exists', `there is a virtual key "${id}" already`, { param: 'id' });
    }
    return changed(document, keys.length, undefined, { id, ...fields, hash: hashVirtualKey(key) });
  });
  return { status: 201, body: { id, key, version } };
};

export const rotateKey: Handle = async (admin, call) => {
  queryOf(call, nothing);
  const { graceS = 86_400 } = bodyOf(call, strict({ graceS: z.int().min(0).max(2_592_000).optional() }));
  const key = admin.newKey();
  const nowMs = admin.clock.nowMs();
  const until = new Date(nowMs + graceS * 1000).toISOString();
  const { version } = await changeKey(call, admin, (entry) => {
    const { retiring: _retiring, ...rest } = entry;
    const hash = hashVirtualKey(key);
    // Without grace nothing but the new key is good from now on, earlier ones included.
    if (graceS === 0) return { ...rest, hash };
    const retiring = [...retiringOf(entry, nowMs), { hash: asString(entry['hash']) ?? '', until }];
    if (retiring.length > mostRetiring) throw tooMany(retiring);
    return { ...rest, hash, retiring };
  });
  const id = idOf(call);
  return { body: { id, key, version, ...(graceS > 0 && { previousUntil: until }) } };
};

const tooMany = (retiring: readonly { readonly until: string }[]): AdminError => {
  const soonest = retiring.map(({ until }) => until).sort()[0];
  return new AdminError(
    'too_many_rotations',
    `${mostRetiring} earlier keys are still good, the first until ${soonest}; wait, or rotate with graceS 0 to end them all`,
  );
};

export const switchKey =
  (enabled: boolean): Handle =>
  async (admin, call) => {
    queryOf(call, nothing);
    bodyOf(call, nothing);
    const { version } = await changeKey(call, admin, (entry) =>
      (entry['enabled'] !== false) === enabled ? entry : { ...entry, enabled },
    );
    return { body: { id: idOf(call), enabled, version } };
  };

export const deleteKey: Handle = async (admin, call) => {
  queryOf(call, nothing);
  bodyOf(call, nothing);
  const { version } = await changeKey(call, admin, () => undefined);
  return { body: { id: idOf(call), version } };
};

const idOf = (call: Call): string => call.names['id'] ?? '';

const keysOf = (document: StoredDocument['document']): readonly JsonObject[] =>
  asArray(document['virtualKeys']).map(asObject);

/** Replaces one key; the same entry: nothing is stored, undefined: it is deleted. */
const changeKey = (
  call: Call,
  admin: Parameters<Handle>[0],
  change: (entry: JsonObject) => JsonObject | undefined,
) =>
  changeDocument(admin, call, ({ document }): Edit<undefined> => {
    const id = idOf(call);
    const index = keysOf(document).findIndex((entry) => entry['id'] === id);
    const entry = keysOf(document)[index];
    if (entry === undefined) throw new AdminError('unknown_key', `there is no virtual key "${id}"`);
    const next = change(entry);
    return next === entry ? { value: undefined } : changed(document, index, entry, next);
  });

function changed(
  document: JsonObject,
  index: number,
  before: JsonObject | undefined,
  after: object | undefined,
): Edit<undefined> {
  const { virtualKeys: _before, ...rest } = document;
  const virtualKeys: object[] = [...keysOf(document)];
  virtualKeys.splice(index, before === undefined ? 0 : 1, ...(after === undefined ? [] : [after]));
  const only = (entry: object | undefined) => ({ virtualKeys: entry === undefined ? [] : [entry] });
  return {
    value: undefined,
    to: {
      document: { ...rest, virtualKeys },
      changes: diffDocuments(only(before), only(after)),
      ...(after !== undefined && { entry: `virtualKeys[${index}]` }),
    },
  };
}
