import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ownerItems,
  readOwner,
  readPointer,
  splitText,
  writeOwner,
} from '../../../lib/stores/governance-items.ts';

describe('splitText', () => {
  it('cuts between characters, within the limit, losing nothing', () => {
    expect(splitText('aé€😀', 4)).toEqual(['aé', '€', '😀']);
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 20 }), (whole, limit) => {
        const parts = splitText(whole, limit);
        expect(parts.join('')).toBe(whole);
        expect(parts.every((part) => Buffer.byteLength(part) <= limit)).toBe(true);
      }),
    );
  });
});

describe('items', () => {
  it('survive the table', () => {
    const owners = ownerItems({
      customers: [{ id: 'acme' }],
      teams: [{ id: 'research', customer: 'acme' }],
      virtualKeys: [{ id: 'app', hash: 'sha256:abc', team: 'research' }],
    });
    expect(owners.map(({ pk, sk }) => [pk, sk])).toEqual([
      ['customer#acme', 'customer'],
      ['team#research', 'team'],
      ['key#abc', 'virtual-key'],
    ]);
    expect(owners.map((owner) => readOwner(writeOwner(owner)))).toEqual(owners);
  });

  it('of another kind are not owners, and a lease alone is no pointer', () => {
    expect(readOwner({ pk: { S: 'policy#x' }, sk: { S: 'part#000000' }, body: { S: '{}' } })).toBeUndefined();
    expect(readPointer({ lease: { S: 'x' } })).toBeUndefined();
    expect(readPointer(undefined)).toBeUndefined();
  });
});
