import { describe, expect, it } from 'vitest';
import { encodePrelude, PreludeReader, wireHeaders } from '../../../../functions/local/prelude.ts';

const prelude = { statusCode: 201, headers: { 'content-type': 'text/plain' }, cookies: ['a=1'] };

describe('encodePrelude', () => {
  it('is the JSON and eight NUL bytes', () => {
    expect(Buffer.from(encodePrelude({ statusCode: 200 })).toString('latin1')).toBe(
      '{"statusCode":200}\0\0\0\0\0\0\0\0',
    );
  });
});

describe('PreludeReader', () => {
  const bytes = Buffer.concat([encodePrelude(prelude), Buffer.from('body')]);

  it('finds prelude and body in one chunk', () => {
    const found = new PreludeReader().push(bytes);
    expect(found?.prelude).toEqual(prelude);
    expect(Buffer.from(found?.rest ?? []).toString()).toBe('body');
  });

  it('finds them wherever the bytes are cut', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new PreludeReader();
      const first = reader.push(bytes.subarray(0, cut));
      const found = first ?? reader.push(bytes.subarray(cut));
      expect(found?.prelude).toEqual(prelude);
      const body = first === undefined ? found?.rest : [...first.rest, ...bytes.subarray(cut)];
      expect(Buffer.from(body ?? []).toString()).toBe('body');
    }
  });

  it('gives up after 16 KB', () => {
    const reader = new PreludeReader();
    expect(reader.push(Buffer.alloc(16 * 1024, 'x'))).toBeUndefined();
    expect(() => reader.push(Buffer.from('x'))).toThrow('no prelude within its first 16 KB');
  });

  it('refuses a head that is no JSON object, without quoting it', () => {
    const reader = new PreludeReader();
    expect(() => reader.push(Buffer.from('secret\0\0\0\0\0\0\0\0'))).toThrow(
      /^The response does not begin with a JSON prelude$/,
    );
  });
});

describe('wireHeaders', () => {
  it('are names and values in turn; repeated ones replace a single one of any case', () => {
    const headers = { 'x-one': '1', 'X-Many': 'lost' };
    expect(
      wireHeaders({ headers, multiValueHeaders: { 'x-many': ['a', 'b'] }, cookies: ['c=1', 'd=2'] }),
    ).toEqual(['x-one', '1', 'x-many', 'a', 'x-many', 'b', 'set-cookie', 'c=1', 'set-cookie', 'd=2']);
  });

  it('tell the length of a body that is whole', () => {
    expect(wireHeaders({ headers: { 'x-one': 1 } }, 5)).toEqual(['x-one', 1, 'content-length', 5]);
  });

  it.each([
    { headers: { 'Content-Length': '7' } },
    { headers: { 'transfer-encoding': 'chunked' } },
    { multiValueHeaders: { 'Content-Length': ['7'] } },
  ])('leave it to a handler that frames its body itself: %j', (own) => {
    expect(wireHeaders(own, 5)).toHaveLength(2);
  });
});
