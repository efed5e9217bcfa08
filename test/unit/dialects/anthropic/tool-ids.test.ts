import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { wireToolId } from '../../../../lib/dialects/anthropic/tool-ids.ts';

describe('wireToolId', () => {
  it('leaves an id that fits', () => {
    expect(wireToolId('call_abc-123')).toBe('call_abc-123');
  });

  it('makes every id one the API takes, itself again when mapped again, and keeps two apart', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 200 }), (a, b) => {
        expect(wireToolId(a)).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(wireToolId(wireToolId(a))).toBe(wireToolId(a));
        expect(wireToolId(a) === wireToolId(b)).toBe(a === b);
      }),
    );
  });
});
