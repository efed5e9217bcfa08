import { describe, expect, it } from 'vitest';
import { readSettlement, writeSettlement } from '../../../../lib/accounting/quota/queued-settlement.ts';
import type { Settlement } from '../../../../lib/domain/quota-ledger.ts';

const key = {
  owner: { kind: 'team', id: 'research' },
  quotaId: 'hourly',
  unit: 'microUsd',
  window: '1h@2026-11-23T07:00:00Z',
  place: { site: 'us-east-1', lane: 3 },
} as const;
const ticket = '297000001234567890';
const settled: Settlement = { kind: 'settle', key, ticket, held: 20, actual: 7 };
const charged: Settlement = {
  kind: 'charge',
  key,
  ticket,
  actual: 7,
  opening: { granted: 30, edition: 1, expiresS: 1_800_000_000 },
};

describe('a queued settlement', () => {
  it.each([settled, charged])('$kind is read as it was written', (settlement) => {
    expect(readSettlement(writeSettlement(settlement))).toEqual(settlement);
  });

  it.each<[string, object]>([
    ['another kind', { ...settled, kind: 'refund' }],
    ['no key', { ...settled, key: undefined }],
    ['an owner of no kind', { ...settled, key: { ...key, owner: { kind: 'toString', id: 'x' } } }],
    ['an unknown unit', { ...settled, key: { ...key, unit: 'euro' } }],
    ['a place without a lane', { ...settled, key: { ...key, place: { site: 'us-east-1' } } }],
    ['a ticket that is no number', { ...settled, ticket: '1 OR 1' }],
    ['a negative amount', { ...settled, actual: -1 }],
    ['a fraction', { ...settled, actual: 0.5 }],
    ['nothing held', { ...settled, held: undefined }],
    ['a charge that could not open its item', { ...charged, opening: { granted: 30, edition: 1 } }],
  ])('is not read from a message with %s', (_, message) => {
    expect(readSettlement(JSON.stringify(message))).toBeUndefined();
  });

  it('is not read from other text', () => {
    expect([readSettlement(''), readSettlement('[]'), readSettlement('null')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
