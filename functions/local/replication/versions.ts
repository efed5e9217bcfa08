import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import {
  asNumber,
  asObject,
  asString,
  isObject,
  type Json,
  type JsonObject,
  parseJson,
} from '../../../lib/domain/json.ts';
import type { Version } from './version.ts';

/** What a replica holds of an item. */
export interface Held {
  readonly version: Version;
  /** Digest of the image; absent: the item was deleted, and this is its tombstone. */
  readonly image?: string;
}

/** The same for equal items, whatever the order of their attributes. */
export const imageDigest = (image: JsonObject | undefined): string | undefined =>
  image === undefined
    ? undefined
    : createHash('sha256').update(JSON.stringify(image, sortKeys)).digest('base64url');

const sortKeys = (_name: string, value: Json): Json =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/**
 * The version of every item one replica has, tombstones included: in memory, and in a file where the database persists,
 * so that a process that was killed leaves behind what its regions still owe each other.
 */
export class Versions {
  readonly #held = new Map<string, Held>();
  readonly #file: number | undefined;

  constructor(path?: string) {
    if (path === undefined) return;
    for (const line of readLines(path)) {
      const entry = readEntry(line);
      if (entry !== undefined) this.#held.set(...entry);
    }
    // Written anew: a file that only grows would hold every write there ever was.
    writeFileSync(`${path}.new`, [...this.#held].map(writeEntry).join(''));
    renameSync(`${path}.new`, path);
    this.#file = openSync(path, 'a');
  }

  get(id: string): Held | undefined {
    return this.#held.get(id);
  }

  set(id: string, version: Version, image: JsonObject | undefined): void {
    // What does not outlive the process is never compared.
    const digest = this.#file === undefined && image !== undefined ? '' : imageDigest(image);
    const held = { version, ...(digest !== undefined && { image: digest }) };
    this.#held.set(id, held);
    if (this.#file !== undefined) writeSync(this.#file, writeEntry([id, held]));
  }

  entries(): readonly (readonly [string, Held])[] {
    return [...this.#held];
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    // The first run in this directory.
    return [];
  }
}

const writeEntry = ([id, { version, image }]: readonly [string, Held]): string =>
  `${JSON.stringify({ id, ...version, image })}\n`;

/** Undefined for the half line of a process that was killed. */
function readEntry(line: string): [string, Held] | undefined {
  const entry = asObject(parseJson(line));
  const [id, region, image] = [asString(entry['id']), asString(entry['region']), asString(entry['image'])];
  const [atMs, sequence] = [asNumber(entry['atMs']), asNumber(entry['sequence'])];
  if (id === undefined || region === undefined || atMs === undefined || sequence === undefined)
    return undefined;
  return [id, { version: { atMs, region, sequence }, ...(image !== undefined && { image }) }];
}
