import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { QuotaDocument, ScopeQuotas } from '../domain/quota-owners.ts';
import { asArray, asNumber, asObject, asString, parseJson, type JsonObject } from '../domain/json.ts';

/** How governance data looks in the table; see schema.ts for the keys. */

export type Item = Record<string, AttributeValue>;

/** The gateway document, as far as the store looks into it. */
export interface StorableDocument extends QuotaDocument {
  readonly teams?: readonly (ScopeQuotas & { readonly customer?: string | undefined })[] | undefined;
  readonly virtualKeys?: readonly StorableKey[] | undefined;
}

interface StorableKey extends ScopeQuotas {
  readonly hash?: string | undefined;
  readonly team?: string | undefined;
  readonly customer?: string | undefined;
  readonly retiring?: readonly { readonly hash: string; readonly until: string }[] | undefined;
  readonly retiresAt?: string | undefined;
}

/** A customer, a team or a virtual key as its own item. */
export interface OwnerItem {
  readonly pk: string;
  readonly sk: string;
  /** Its part of the document, as JSON text. */
  readonly body: string;
  /** Whom it belongs to: what a reader fetches next. */
  readonly team?: string;
  readonly customer?: string;
}

/** One stored policy: the parts under `policy#<digest>`. */
export interface PolicyReference {
  readonly digest: string;
  readonly parts: number;
}

/** What is in force. */
export interface Pointer extends PolicyReference {
  /** Counts the documents stored, from 1. */
  readonly version: number;
  /** The policies before this one, latest first: what a reader falls back to while this one is not whole yet. */
  readonly earlier: readonly PolicyReference[];
}

export const pointerPk = 'policy';
export const pointerKey: Item = { pk: { S: pointerPk }, sk: { S: 'current' } };
export const policyPk = (digest: string): string => `policy#${digest}`;
export const partSk = (index: number): string => `part#${String(index).padStart(6, '0')}`;
export const virtualKeyPk = (hash: string): string => `key#${hash.replace(/^sha256:/, '')}`;
export const hashOfPk = (pk: string): string => pk.replace(/^key#/, 'sha256:');
export const teamPk = (id: string): string => `team#${id}`;
export const customerPk = (id: string): string => `customer#${id}`;

export const digestOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

export const ownerSks = { key: 'virtual-key', team: 'team', customer: 'customer' } as const;

/** The full primary key of a governance item that has only one sort key. */
export function itemKey(pk: string): Item {
  const kind = pk.slice(0, pk.indexOf('#'));
  const sk = kind === 'key' || kind === 'team' || kind === 'customer' ? ownerSks[kind] : 'current';
  return { pk: { S: pk }, sk: { S: sk } };
}

/** The document's customers, teams and virtual keys as items, in the order in which they are written. */
export const ownerItems = (document: StorableDocument): readonly OwnerItem[] => [
  ...(document.customers ?? []).map((customer) => ({
    pk: customerPk(customer.id),
    sk: ownerSks.customer,
    body: JSON.stringify(customer),
  })),
  ...(document.teams ?? []).map((team) => ({
    pk: teamPk(team.id),
    sk: ownerSks.team,
    body: JSON.stringify(team),
    ...(team.customer !== undefined && { customer: team.customer }),
  })),
  ...(document.virtualKeys ?? []).flatMap((key) =>
    key.hash === undefined
      ? []
      : [keyItem(key.hash, key), ...(key.retiring ?? []).map((earlier) => retiringItem(key, earlier))],
  ),
];

const keyItem = (hash: string, key: StorableKey): OwnerItem => ({
  pk: virtualKeyPk(hash),
  sk: ownerSks.key,
  body: JSON.stringify(key),
  ...(key.team !== undefined && { team: key.team }),
  ...(key.customer !== undefined && { customer: key.customer }),
});

/** The same key under an earlier hash, good until its grace is over. */
const retiringItem = (
  { retiring: _retiring, ...key }: StorableKey,
  { hash, until }: { readonly hash: string; readonly until: string },
): OwnerItem => keyItem(hash, { ...key, hash, retiresAt: until });

/** When a stored key's hash is over (ISO 8601); undefined for a key under its own hash. */
export const retiresAtOf = (body: JsonObject): string | undefined => asString(body['retiresAt']);
export const isRetiringBody = (body: JsonObject): boolean => retiresAtOf(body) !== undefined;

export const writeOwner = (owner: OwnerItem): Item => ({
  pk: { S: owner.pk },
  sk: { S: owner.sk },
  body: { S: owner.body },
  ...(owner.team !== undefined && { team: { S: owner.team } }),
  ...(owner.customer !== undefined && { customer: { S: owner.customer } }),
});

/** An owner's item, or undefined for any other. */
export function readOwner(item: Item): OwnerItem | undefined {
  const [pk, sk, body] = [item['pk']?.S, item['sk']?.S, item['body']?.S];
  if (pk === undefined || sk === undefined || body === undefined) return undefined;
  if (!Object.values(ownerSks).some((each) => each === sk)) return undefined;
  const [team, customer] = [item['team']?.S, item['customer']?.S];
  return { pk, sk, body, ...(team !== undefined && { team }), ...(customer !== undefined && { customer }) };
}

/** The pointer, or undefined where nothing has been stored whole yet. */
export function readPointer(item: Item | undefined): Pointer | undefined {
  const version = Number(item?.['version']?.N ?? NaN);
  const reference = readReference(item?.['digest']?.S, Number(item?.['parts']?.N ?? NaN));
  if (!Number.isSafeInteger(version) || reference === undefined) return undefined;
  const earlier = asArray(parseJson(item?.['earlier']?.S ?? '[]')).flatMap((entry) => {
    const fields = asObject(entry);
    return readReference(asString(fields['digest']), asNumber(fields['parts']) ?? NaN) ?? [];
  });
  return { version, ...reference, earlier };
}

const readReference = (digest: string | undefined, parts: number): PolicyReference | undefined =>
  digest !== undefined && Number.isSafeInteger(parts) ? { digest, parts } : undefined;

/** DynamoDB takes items up to 400 KB, names included. */
const partBytes = 350_000;

/** Cuts a text into parts of at most `limit` bytes of UTF-8, never inside a character. */
export function splitText(text: string, limit = partBytes): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  const parts: string[] = [];
  for (let from = 0; from < bytes.length;) {
    let to = Math.min(from + limit, bytes.length);
    while (to < bytes.length && ((bytes[to] ?? 0) & 0xc0) === 0x80) to--;
    parts.push(bytes.toString('utf8', from, to));
    from = to;
  }
  return parts;
}
