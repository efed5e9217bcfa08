import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffDocuments, fingerprintOf } from '../../../lib/policy/document-diff.ts';

const hash = (digit: string): string => `sha256:${digit.repeat(64)}`;

describe('diffDocuments', () => {
  it.each([
    ['nothing', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ['a missing list and an empty one', { providers: {} }, { providers: {}, virtualKeys: [], teams: [] }, []],
    ['a value', { a: { b: 1 } }, { a: { b: 2 } }, [{ path: 'a.b', before: 1, after: 2 }]],
    ['what is new', {}, { a: { b: 1 } }, [{ path: 'a', after: { b: 1 } }]],
    ['what is gone', { a: 1 }, {}, [{ path: 'a', before: 1 }]],
    ['a field that is undefined', { a: 1, b: undefined }, { a: 1 }, []],
    ['null and nothing', { a: null }, {}, [{ path: 'a', before: null }]],
    ['a list and an object', { a: [] }, { a: {} }, [{ path: 'a', before: [], after: {} }]],
    ['the document itself', 1, 2, [{ path: '(document)', before: 1, after: 2 }]],
    [
      'a field of an entry, found by its id',
      { virtualKeys: [{ id: 'a', budgets: [{ limitUsd: 1 }] }, { id: 'b' }] },
      { virtualKeys: [{ id: 'b' }, { id: 'a', budgets: [{ limitUsd: 2 }] }] },
      [{ path: 'virtualKeys.a.budgets[0].limitUsd', before: 1, after: 2 }],
    ],
    [
      'entries that came and went',
      { teams: [{ id: 'a' }], customers: [{ id: 'c' }] },
      { teams: [{ id: 'b' }], customers: [{ id: 'c' }] },
      [
        { path: 'teams.b', after: { id: 'b' } },
        { path: 'teams.a', before: { id: 'a' } },
      ],
    ],
    [
      'keys of a provider, by id too',
      { providers: { p: { keys: [{ id: 'a', weight: 1 }] } } },
      { providers: { p: { keys: [{ id: 'a', weight: 2 }] } } },
      [{ path: 'providers.p.keys.a.weight', before: 1, after: 2 }],
    ],
    [
      'other lists, by position',
      { virtualKeys: [{ id: 'a', providers: [{ provider: 'x' }, { provider: 'y' }] }] },
      { virtualKeys: [{ id: 'a', providers: [{ provider: 'y' }] }] },
      [
        { path: 'virtualKeys.a.providers[0].provider', before: 'x', after: 'y' },
        { path: 'virtualKeys.a.providers[1]', before: { provider: 'y' } },
      ],
    ],
    [
      'the order of rules, which counts',
      { rules: [{ id: 'a' }, { id: 'b' }], teams: [{ id: 'x' }, { id: 'y' }] },
      { rules: [{ id: 'b' }, { id: 'a' }, { id: 'c' }], teams: [{ id: 'y' }, { id: 'x' }] },
      [
        { path: 'rules.c', after: { id: 'c' } },
        { path: 'rules', before: ['a', 'b'], after: ['b', 'a'] },
      ],
    ],
    [
      'hashes, by their first digits',
      { virtualKeys: [{ id: 'a', hash: hash('1') }] },
      { virtualKeys: [{ id: 'a', hash: hash('2'), retiring: [{ hash: hash('1'), until: 'x' }] }] },
      [
        { path: 'virtualKeys.a.hash', before: '111111111111', after: '222222222222' },
        { path: 'virtualKeys.a.retiring', after: [{ hash: '111111111111', until: 'x' }] },
      ],
    ],
    [
      'names that are no words',
      { models: { prices: {} }, virtualKeys: [{ id: 'a.b' }] },
      { models: { prices: { 'in-house/llama 4': 1 } }, virtualKeys: [{ id: 'a.b', enabled: true }] },
      [
        { path: 'models.prices["in-house/llama 4"]', after: 1 },
        { path: 'virtualKeys["a.b"].enabled', after: true },
      ],
    ],
    [
      'entries without an id of their own, by position',
      { virtualKeys: [{ id: 'a' }, { id: 'a' }] },
      { virtualKeys: [{ id: 'a' }] },
      [{ path: 'virtualKeys[1]', before: { id: 'a' } }],
    ],
  ])('tells %s', (_what, before, after, changes) => {
    expect(diffDocuments(before, after)).toEqual(changes);
  });

  it('finds nothing between a document and itself, and something wherever they differ', () => {
    const keys = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1 }), enabled: fc.boolean() }), {
      selector: ({ id }) => id,
    });
    // As JSON says it: NaN is in no document, and differs from itself.
    const defaults = fc.dictionary(fc.string(), fc.jsonValue());
    const documents = fc.record({ virtualKeys: keys, defaults });
    fc.assert(
      fc.property(documents, documents, (before, after) => {
        expect(diffDocuments(before, structuredClone(before))).toEqual([]);
        const changed = new Set(diffDocuments(before, after).map(({ path }) => path.split(/[.[]/)[0]));
        const byId = ({ virtualKeys }: typeof before) =>
          JSON.stringify(virtualKeys.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
        expect(changed.has('virtualKeys')).toBe(byId(before) !== byId(after));
      }),
    );
  });

  it('looks at 100,000 keys once each', () => {
    let reads = 0;
    const counted = (id: string, enabled: boolean): object => ({
      id,
      get enabled() {
        reads += 1;
        return enabled;
      },
    });
    const ids = Array.from({ length: 100_000 }, (_, index) => `key-${index}`);
    const before = { virtualKeys: ids.map((id) => counted(id, true)) };
    const after = { virtualKeys: ids.toReversed().map((id) => counted(id, id !== 'key-7')) };
    expect(diffDocuments(before, after)).toEqual([
      { path: 'virtualKeys.key-7.enabled', before: true, after: false },
    ]);
    expect(reads).toBeLessThanOrEqual(4 * ids.length);
  });
});

describe('fingerprintOf', () => {
  it('is twelve hex digits', () => {
    expect(fingerprintOf(hash('a'))).toBe('aaaaaaaaaaaa');
    expect(fingerprintOf('')).toBe('');
  });
});
