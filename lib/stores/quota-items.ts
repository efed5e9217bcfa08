import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Balance, EntryKey } from '../domain/quota-ledger.ts';

/** How a ledger's item looks in the table; see schema.ts for its key. */
export type LedgerItem = Record<string, AttributeValue>;

/**
 * The partition key. It ends with the site, by which IAM confines every principal to the items of its own replica.
 * The unit is part of the quota's name: an id used again for another unit begins a ledger of its own.
 */
export const entryPk = ({ owner, quotaId, unit, window, place }: EntryKey): string =>
  `${owner.kind}/${owner.id}#${quotaId}.${unit}#${window}#${place.lane}#${place.site}`;

const figure = (value: AttributeValue | undefined): number => {
  const number = Number(value?.N ?? NaN);
  return Number.isSafeInteger(number) ? number : 0;
};

function figures(item: LedgerItem, prefix: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [name, value] of Object.entries(item)) {
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), figure(value));
  }
  return found;
}

/** An item as a balance; undefined for one that is not open. */
export function readBalance(item: LedgerItem | undefined): Balance | undefined {
  if (item?.['granted']?.N === undefined) return undefined;
  const marks = new Map<string, string>();
  for (const [name, value] of Object.entries(item)) {
    if (/^m\d+$/.test(name) && value.N !== undefined) marks.set(name, value.N);
  }
  return {
    granted: figure(item['granted']),
    available: figure(item['available']),
    spent: figure(item['spent']),
    edition: figure(item['edition']),
    tickets: item['tickets']?.NS ?? [],
    marks,
    lent: figures(item, 'lent_'),
    got: figures(item, 'got_'),
  };
}
