import type { Balance } from '../../../../lib/domain/quota-ledger.ts';

/** A balance, of which a test says what matters to it. */
export const balance = (figures: Partial<Balance>): Balance => ({
  granted: 0,
  available: 0,
  spent: 0,
  edition: 1,
  tickets: [],
  marks: new Map(),
  lent: new Map(),
  got: new Map(),
  ...figures,
});
