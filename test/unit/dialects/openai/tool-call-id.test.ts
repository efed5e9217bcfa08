import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fittingId } from '../../../../lib/dialects/openai/tool-call-alphabet.ts';
import { proofIn, withProof, withoutProof } from '../../../../lib/dialects/openai/tool-call-id.ts';

const origin = { provider: 'anthropic', model: 'claude-sonnet-4-5' };

describe('a proof inside a tool call id', () => {
  it('comes back whole, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/).filter((id) => !id.includes('__fl1__')),
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.array(
          fc.record({ text: fc.string({ unit: 'grapheme' }), signature: fc.string({ minLength: 1 }) }),
        ),
        (id, signature, reasoning) => {
          const proof = { origin, signature, reasoning };
          const carried = withProof(id, proof);
          expect(withoutProof(carried)).toBe(id);
          expect(proofIn(carried)).toEqual(proof);
          expect(carried).toMatch(/^[A-Za-z0-9_-]+$/);
        },
      ),
    );
  });

  it('is left out where there is nothing to prove', () => {
    expect(withProof('call_1', { origin, reasoning: [] })).toBe('call_1');
    expect(withProof('call_1', { origin, reasoning: [{ text: 'unsigned' }] })).toBe('call_1');
  });

  it('is left out where it would make the id too long', () => {
    const reasoning = [{ text: 'x'.repeat(7000), signature: 's' }];
    expect(withProof('call_1', { origin, reasoning })).toBe('call_1');
    expect(withProof('call_1', { origin, reasoning: [{ text: 'x'.repeat(6000), signature: 's' }] })).not.toBe(
      'call_1',
    );
  });

  it('carries encrypted reasoning too', () => {
    const proof = { origin, reasoning: [{ text: '', encrypted: 'ENC' }] };
    expect(proofIn(withProof('call_1', proof))).toEqual(proof);
  });

  it('is nothing where it was cut short, but the id is still clean', () => {
    const carried = withProof('call_1', { origin, signature: 'sig', reasoning: [] });
    const cut = carried.slice(0, 20);
    expect(proofIn(cut)).toBeUndefined();
    expect(withoutProof(cut)).toBe('call_1');
    expect(proofIn('call_1')).toBeUndefined();
    expect(withoutProof('__fl1__')).toBe('__fl1__');
  });
});

describe('an id in the alphabet of a host', () => {
  const nine = { alphabet: 'alphanumeric', maxLength: 9, exactLength: true } as const;

  it('stays where it fits, and is otherwise always the same', () => {
    expect(fittingId('Df1cqWOle', nine)).toBe('Df1cqWOle');
    expect(fittingId('call_abc', nine)).toMatch(/^[0-9a-f]{9}$/);
    expect(fittingId('call_abc', nine)).toBe(fittingId('call_abc', nine));
    expect(fittingId('call_abc', nine)).not.toBe(fittingId('call_abd', nine));
    expect(fittingId('a-b', { alphabet: 'urlsafe', maxLength: 40 })).toBe('a-b');
    expect(fittingId('a:b', { alphabet: 'urlsafe', maxLength: 40 })).toMatch(/^[0-9a-f]{40}$/);
  });
});
