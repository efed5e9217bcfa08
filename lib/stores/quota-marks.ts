import { asArray, asObject, asString, parseJson, type JsonObject } from '../domain/json.ts';
import {
  marksOf,
  readMarks,
  type QuotaFields,
  type QuotaMarks,
  type TopUp,
} from '../domain/quota-entries.ts';
import {
  documentOwner,
  grantOwner,
  mapPolicyQuotas,
  mapScopeQuotas,
  providerKeyOwner,
  providerOwner,
  type ScopeKind,
} from '../domain/quota-owners.ts';
import type { Owner } from '../domain/quota.ts';
import type { OwnerItem, StorableDocument } from './governance-items.ts';

/** What the ledger needs to know of quotas from version to version, as it stands beside them in the stored document. */

/** Marks by owner. */
export type StoredMarks = ReadonlyMap<string, QuotaMarks>;

/** A top-up of one owner's quota. */
export interface OwnedTopUp extends TopUp {
  readonly owner: Owner;
}

const nameOf = ({ kind, id }: Owner): string => `${kind}/${id}`;

/** The document with every quota marked for this version. */
export function markDocument<T extends StorableDocument>(
  document: T,
  before: StoredMarks,
  made: { readonly version: number; readonly nowS: number; readonly topUps: readonly OwnedTopUp[] },
): T {
  const mark = <Entry extends QuotaFields>(owner: Owner, entry: Entry): Entry => {
    const name = nameOf(owner);
    const topUps = made.topUps.filter((each) => nameOf(each.owner) === name);
    const quotaMarks = marksOf(entry, before.get(name) ?? {}, { ...made, topUps });
    return Object.keys(quotaMarks).length === 0 ? entry : { ...entry, quotaMarks };
  };
  const markAll = <Scope extends NonNullable<StorableDocument['customers']>[number]>(
    kind: ScopeKind,
    scopes: readonly Scope[] | undefined,
  ) => scopes?.map((scope) => mapScopeQuotas(kind, scope, mark));
  const [customers, teams, virtualKeys] = [
    markAll('customer', document.customers),
    markAll('team', document.teams),
    markAll('virtual_key', document.virtualKeys),
  ];
  return {
    ...mapPolicyQuotas(document, mark),
    ...(customers !== undefined && { customers }),
    ...(teams !== undefined && { teams }),
    ...(virtualKeys !== undefined && { virtualKeys }),
  };
}

/** The marks of everything stored, the policy's and those of the owners stored one by one. */
export function storedMarks(policy: JsonObject, owners: Iterable<OwnerItem>): StoredMarks {
  const marks = new Map<string, QuotaMarks>();
  const note = (owner: Owner, { quotaMarks }: JsonObject): void => {
    if (quotaMarks !== undefined) marks.set(nameOf(owner), readMarks(quotaMarks));
  };
  note(documentOwner, policy);
  for (const [id, stored] of Object.entries(asObject(policy['providers']))) {
    const provider = asObject(stored);
    note(providerOwner(id), provider);
    for (const key of asArray(provider['keys']).map(asObject)) {
      note(providerKeyOwner(id, asString(key['id']) ?? ''), key);
    }
  }
  for (const { sk, body } of owners) {
    // A hundred thousand keys without a quota are not worth reading.
    if (!body.includes('"quotaMarks"')) continue;
    const scope = asObject(parseJson(body));
    const [kind, id] = [kindOf(sk), asString(scope['id']) ?? ''];
    note({ kind, id }, scope);
    for (const entry of asArray(scope['providers']).map(asObject)) {
      note(grantOwner(kind, id, asString(entry['provider']) ?? ''), entry);
    }
  }
  return marks;
}

const kindOf = (sk: string): ScopeKind => (sk === 'customer' || sk === 'team' ? sk : 'virtual_key');

const stripOne = ({ quotaMarks: _marks, ...rest }: JsonObject): JsonObject => rest;
const stripList = (entry: JsonObject, field: string): JsonObject =>
  entry[field] === undefined
    ? entry
    : { ...entry, [field]: asArray(entry[field]).map((each) => stripOne(asObject(each))) };

/** A stored policy as a person wrote it. */
export function stripPolicy(policy: JsonObject): JsonObject {
  const providers = Object.entries(asObject(policy['providers'])).map(([id, provider]) => [
    id,
    stripList(stripOne(asObject(provider)), 'keys'),
  ]);
  return { ...stripOne(policy), providers: Object.fromEntries(providers) };
}

/** A stored customer, team or virtual key as a person wrote it. */
export const stripScope = (scope: JsonObject): JsonObject => stripList(stripOne(scope), 'providers');
