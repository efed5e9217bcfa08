import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageDigest, Versions } from '../../../../../functions/local/replication/versions.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const first = { atMs: 1, region: 'us-east-1', sequence: 0 };
const second = { atMs: 2, region: 'eu-central-1', sequence: 1 };
const image = { pk: { S: 'a' }, n: { N: '1' } };

describe('Versions', () => {
  it('holds the latest of each item, tombstones too', () => {
    const versions = new Versions();
    versions.set('a', first, image);
    versions.set('a', second, undefined);
    expect(versions.get('a')).toEqual({ version: second });
    expect(versions.get('b')).toBeUndefined();
  });

  it('remembers in a file, also after a process that was killed half-way through a line', () => {
    const path = join(directory, 'us-east-1.versions');
    const killed = new Versions(path);
    killed.set('a', first, image);
    killed.set('a', second, image);
    killed.set('b', first, undefined);
    appendFileSync(path, '{"id":"c","atMs":3,"regi');

    const next = new Versions(path);
    expect(next.entries()).toEqual([
      ['a', { version: second, image: imageDigest(image) }],
      ['b', { version: first }],
    ]);
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(2);
    next.set('c', second, image);
    next.close();
    expect(new Versions(path).get('c')).toEqual({ version: second, image: imageDigest(image) });
  });
});

describe('imageDigest', () => {
  it('does not depend on the order of attributes, only on what they hold', () => {
    expect(imageDigest({ n: { N: '1' }, pk: { S: 'a' } })).toBe(imageDigest(image));
    expect(imageDigest({ ...image, n: { N: '2' } })).not.toBe(imageDigest(image));
    expect(imageDigest({ l: { L: [{ N: '1' }, { N: '2' }] } })).not.toBe(
      imageDigest({ l: { L: [{ N: '2' }, { N: '1' }] } }),
    );
  });
});
