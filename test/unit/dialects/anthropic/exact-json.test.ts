import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { parseExactJson } from '../../../../lib/dialects/anthropic/exact-json.ts';

describe('parseExactJson', () => {
  it('gives long numbers back digit by digit', () => {
    const text = '{"id":12345678901234567890,"n":[1,-9007199254740993],"s":"12345678901234567890"}';
    expect(JSON.stringify(parseExactJson(text))).toBe(text);
  });

  it('is JSON.parse otherwise', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseExactJson(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
    expect(parseExactJson('{')).toBeUndefined();
    expect(parseExactJson('{1234567890123456')).toBeUndefined();
  });
});
