import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { WindowCounts } from '../domain/health-store.ts';

/** How windows of live health look in the health table; see schema.ts for its keys. What is malformed is as if absent. */

export type Item = Readonly<Record<string, AttributeValue>>;

/** One partition takes 1,000 writes a second at most. */
export const windowLanes = 4;

export const windowPk = (lane: number): string => `window#${lane}`;

/** A time as a text that sorts as the time does. */
export const sortable = (ms: number): string => String(Math.max(0, Math.floor(ms))).padStart(13, '0');

export const windowSortKey = ({ startMs, subject }: WindowCounts): string =>
  `${sortable(startMs)}#${subject}`;
const windowKey = /^(\d{13})#(.*)$/s;

const mostSortKeyBytes = 1_024;
/** Whether a table can have it: callers may name any model of an in-house provider. */
export const isSortKey = (text: string): boolean => Buffer.byteLength(text) <= mostSortKeyBytes;

/** Stands before a counter's name, so that none can be called like a key of the table. */
const counterPrefix = '.';
/** DynamoDB counts with 38 digits: sums of counts this large, and this finely divided, stay exact. */
const mostCount = 1e15;
const parts = 1e6;

/** The same in every function (FNV-1a over UTF-16 units): a subject's window is one item. */
export function laneOf(subject: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < subject.length; at++) hash = Math.imul(hash ^ subject.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % windowLanes;
}

/** Counters as attributes; what counts nothing is left out. */
export const attributesOf = (counts: WindowCounts['counts']): readonly (readonly [string, number])[] =>
  Object.entries(counts).flatMap(([name, count]) => {
    const rounded = Math.round(count * parts) / parts;
    return rounded > 0 && rounded <= mostCount ? [[counterPrefix + name, rounded] as const] : [];
  });

export function windowOf(item: Item): WindowCounts | undefined {
  const [, start, subject] = windowKey.exec(item['sk']?.S ?? '') ?? [];
  if (start === undefined || subject === undefined) return undefined;
  const counts = Object.entries(item).flatMap(([name, value]) => {
    const count = numberOf(value);
    return name.startsWith(counterPrefix) && count !== undefined && count >= 0
      ? [[name.slice(counterPrefix.length), count] as const]
      : [];
  });
  return counts.length === 0
    ? undefined
    : { startMs: Number(start), subject, counts: Object.fromEntries(counts) };
}

/** A number attribute that a double can hold. */
export function numberOf(value: AttributeValue | undefined): number | undefined {
  const number = value?.N === undefined ? NaN : Number(value.N);
  return Number.isFinite(number) ? number : undefined;
}
