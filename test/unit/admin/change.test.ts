import { describe, expect, it } from 'vitest';
import { changeDocument } from '../../../lib/admin/change.ts';
import type { Administration, Call } from '../../../lib/admin/ports.ts';
import { asObject } from '../../../lib/domain/json.ts';
import { deployedRules } from '../../../lib/policy/document.ts';
import { EntryTooLarge, StaleVersion, WriteInProgress } from '../../../lib/stores/governance-errors.ts';
import { actor } from './scene.ts';

const call: Call = {
  requestId: 'request-1',
  actor,
  action: 'key.create',
  names: {},
  query: {},
  body: '',
};

/** A home whose document somebody else stores a new version of, each time just before us. */
function home(faults: readonly Error[]) {
  const left = [...faults];
  let version = 1;
  const stored: unknown[] = [];
  const governance: Pick<Administration['home'], 'read' | 'put'> = {
    read: async () => ({ version, document: { providers: {}, defaults: { maxRetries: version } } }),
    put: async (document, expectedVersion, how) => {
      const fault = left.shift();
      version += 1;
      if (fault !== undefined) throw fault;
      stored.push([expectedVersion, document, how]);
      return version;
    },
  };
  // What is changed here asks nothing else of the outside.
  const admin = { rules: deployedRules, home: governance } as unknown as Administration;
  const seen: unknown[] = [];
  const change = () =>
    changeDocument(admin, call, ({ version: read, document }) => {
      seen.push(asObject(document['defaults'])['maxRetries']);
      return { value: read, to: { document, changes: [{ path: 'x', after: 1 }] } };
    });
  return { change, seen, stored };
}

const stale = new StaleVersion(1, 2);

describe('changeDocument', () => {
  it('stores with the version it has read, and with who did it', async () => {
    const { change, stored } = home([]);
    expect(await change()).toEqual({ version: 2, value: 1 });
    const note = { action: 'key.create', actor, requestId: 'request-1', changes: [{ path: 'x', after: 1 }] };
    expect(stored).toEqual([[1, expect.objectContaining({ providers: {} }), { note }]]);
  });

  it('reads and edits anew, once, where somebody was faster', async () => {
    const { change, seen, stored } = home([stale]);
    expect(await change()).toEqual({ version: 3, value: 2 });
    expect([seen, stored.length]).toEqual([[1, 2], 1]);
  });

  it.each([
    ['somebody was faster twice', [stale, stale], StaleVersion],
    ['somebody is storing', [new WriteInProgress(1_000)], WriteInProgress],
    ['an entry is too large', [new EntryTooLarge('team', 2, 1)], EntryTooLarge],
  ])('gives up where %s', async (_what, faults, error) => {
    const { change, stored } = home(faults);
    await expect(change()).rejects.toThrow(error);
    expect(stored).toEqual([]);
  });
});
