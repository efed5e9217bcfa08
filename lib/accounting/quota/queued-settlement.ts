import { asNumber, asObject, asString, isObject, parseJson, type JsonObject } from '../../domain/json.ts';
import type { OwnerKind, Place, QuotaUnit } from '../../domain/quota.ts';
import type { EntryKey, Opening, Settlement } from '../../domain/quota-ledger.ts';

/** A settlement as a queue's message. The ticket is unique among them: it may serve as deduplication id. */
export const writeSettlement = (settlement: Settlement): string => JSON.stringify(settlement);

const ownerKinds: Readonly<Record<OwnerKind, true>> = {
  grant: true,
  virtual_key: true,
  team: true,
  customer: true,
  provider: true,
  provider_key: true,
  document: true,
};
const units: Readonly<Record<QuotaUnit, true>> = { microUsd: true, tokens: true, requests: true };

const isOwnerKind = (text: string): text is OwnerKind => Object.hasOwn(ownerKinds, text);
const isUnit = (text: string): text is QuotaUnit => Object.hasOwn(units, text);

/** A message as a settlement; undefined for any other text. */
export function readSettlement(text: string): Settlement | undefined {
  const message = asObject(parseJson(text));
  const key = readKey(asObject(message['key']));
  const [ticket, actual] = [asString(message['ticket']), wholeNumber(message['actual'])];
  if (key === undefined || ticket === undefined || !/^\d+$/.test(ticket) || actual === undefined) {
    return undefined;
  }
  if (message['kind'] === 'settle') {
    const held = wholeNumber(message['held']);
    return held === undefined ? undefined : { kind: 'settle', key, ticket, held, actual };
  }
  const opening = readOpening(message['opening']);
  return message['kind'] === 'charge' && opening !== undefined
    ? { kind: 'charge', key, ticket, actual, opening }
    : undefined;
}

function readKey(fields: JsonObject): EntryKey | undefined {
  const owner = asObject(fields['owner']);
  const [kind, id] = [asString(owner['kind']) ?? '', asString(owner['id'])];
  const [quotaId, unit] = [asString(fields['quotaId']), asString(fields['unit']) ?? ''];
  const [window, place] = [asString(fields['window']), readPlace(asObject(fields['place']))];
  if (!isOwnerKind(kind) || !isUnit(unit) || id === undefined) return undefined;
  if (quotaId === undefined || window === undefined || place === undefined) return undefined;
  return { owner: { kind, id }, quotaId, unit, window, place };
}

function readPlace(fields: JsonObject): Place | undefined {
  const [site, lane] = [asString(fields['site']), wholeNumber(fields['lane'])];
  return site === undefined || lane === undefined ? undefined : { site, lane };
}

function readOpening(value: unknown): Opening | undefined {
  if (!isObject(value)) return undefined;
  const granted = wholeNumber(value['granted']);
  const [edition, expiresS] = [wholeNumber(value['edition']), wholeNumber(value['expiresS'])];
  if (granted === undefined || edition === undefined || expiresS === undefined) return undefined;
  return { granted, edition, expiresS };
}

function wholeNumber(value: unknown): number | undefined {
  const number = asNumber(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
