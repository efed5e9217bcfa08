import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { StoredSnapshot } from '../domain/health-store.ts';
import type { KeyRest } from '../domain/key-rest.ts';
import { numberOf, type Item } from './health-items.ts';
import { restKey, restOf } from './key-rest-items.ts';

/** How snapshots of live health look in the health table; see schema.ts for their keys. What is malformed is as if absent. */

/** Every function reads one of them every few seconds, and a partition answers 3,000 read units a second at most. */
export const snapshotCopies = 8;

export const snapshotPk = (copy: number | 'claim'): string => `snapshot#${copy}`;
export const snapshotKey = (copy: number | 'claim'): Record<string, AttributeValue> => ({
  pk: { S: snapshotPk(copy) },
  sk: { S: 'current' },
});

/** A copy that says it is from later than this has been written by a wrong clock, and stands in nobody's way. */
export const futureMs = 60_000;

/** Of the 400 KB of an item. */
const mostPackedBytes = 380 * 1024;
const mostBodyBytes = 16 * 1024 * 1024;
/** What all functions read every few seconds does not grow with the models that callers invent. */
const mostRestBytes = 8 * 1024;

const deflated = promisify<string, Buffer>(deflateRaw);
const inflated = promisify<Uint8Array, { readonly maxOutputLength: number }, Buffer>(inflateRaw);

/** A copy without its key and expiry. */
export type SnapshotAttributes = Readonly<Record<'untilMs' | 'body' | 'rests', AttributeValue>>;

/** Undefined: no item can hold the body. */
export async function attributesOfSnapshot(
  { untilMs, body }: Omit<StoredSnapshot, 'rests'>,
  rests: readonly KeyRest[],
): Promise<SnapshotAttributes | undefined> {
  // Figures shrink to a fraction, and what is paid for is kilobytes.
  const packed = await deflated(body);
  if (packed.byteLength > mostPackedBytes) return undefined;
  return {
    untilMs: { N: String(untilMs) },
    body: { B: packed },
    rests: { L: firstThatFit(rests.map(restKey)).map((key) => ({ S: key })) },
  };
}

export async function snapshotOf(item: Item | undefined, nowMs: number): Promise<StoredSnapshot | undefined> {
  const untilMs = numberOf(item?.['untilMs']);
  const packed = item?.['body']?.B;
  if (untilMs === undefined || untilMs > nowMs + futureMs || packed === undefined) return undefined;
  const body = await inflated(packed, { maxOutputLength: mostBodyBytes }).catch(() => undefined);
  if (body === undefined) return undefined;
  const rests = (item?.['rests']?.L ?? []).flatMap(({ S: key }) => restOf(key, nowMs) ?? []);
  return { untilMs, body: body.toString('utf8'), rests };
}

function firstThatFit(keys: readonly string[]): readonly string[] {
  let bytes = 0;
  return keys.filter((key) => (bytes += Buffer.byteLength(key)) <= mostRestBytes);
}
