import { asObject, parseJson, type JsonObject } from '../domain/json.ts';
import { EntryTooLarge } from './governance-errors.ts';
import { isRetiringBody, type OwnerItem, type StorableDocument } from './governance-items.ts';
import { stripPolicy, stripScope } from './quota-marks.ts';

/** The gateway document as a person wrote it, put together from what is stored. */
export function assembled(policyText: string, owners: Iterable<OwnerItem>): JsonObject {
  const inOrder = [...owners].sort((a, b) => (a.pk < b.pk ? -1 : 1));
  const bodies = (sk: string): readonly JsonObject[] =>
    inOrder
      .filter((owner) => owner.sk === sk)
      .map(({ body }) => asObject(parseJson(body)))
      .filter((body) => !isRetiringBody(body))
      .map(stripScope);
  return {
    ...stripPolicy(asObject(parseJson(policyText))),
    customers: bodies('customer'),
    teams: bodies('team'),
    virtualKeys: bodies('virtual-key'),
  };
}

/** Rotated keys without the hashes whose grace is over. */
export function withoutPast(document: StorableDocument, nowMs: number): StorableDocument {
  const { virtualKeys } = document;
  if (virtualKeys === undefined) return document;
  return {
    ...document,
    virtualKeys: virtualKeys.map((key) => {
      if (key.retiring === undefined) return key;
      const { retiring, ...rest } = key;
      const left = retiring.filter(({ until }) => Date.parse(until) > nowMs);
      return left.length === 0 ? rest : { ...rest, retiring: left };
    }),
  };
}

/** DynamoDB takes items up to 400 KB, keys and names included. */
const entryBytes = 350_000;

/** Throws EntryTooLarge where a customer, a team or a virtual key does not fit. */
export function refuseTooLarge(owners: readonly OwnerItem[]): void {
  for (const { sk, body } of owners) {
    const bytes = Buffer.byteLength(body);
    if (bytes > entryBytes) throw new EntryTooLarge(sk.replace('-', ' '), bytes, entryBytes);
  }
}
