import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  editObject,
  elements,
  mapArray,
  members,
  type Edit,
} from '../../../../lib/dialects/openai/json-text.ts';

const edit = (text: string, edits: Record<string, Edit>): string =>
  editObject(text, new Map(Object.entries(edits)));

/** JSON text of an object with whitespace and escapes wherever JSON allows them. */
const spacedJson = fc
  .tuple(fc.dictionary(fc.string({ unit: 'binary', maxLength: 6 }), fc.jsonValue({ maxDepth: 3 })), fc.nat(4))
  .map(([object, indent]) => ` ${JSON.stringify(object, null, indent)}\n`);

describe('members', () => {
  it('finds every member, duplicates and escaped keys too', () => {
    const text = '{ "a" :1,"\\u0061": [{"a":"]}"}], "b":"\\\\\\"}" , "":null}';
    expect(members(text).map(({ key, valueStart, end }) => [key, text.slice(valueStart, end)])).toEqual([
      ['a', '1'],
      ['a', '[{"a":"]}"}]'],
      ['b', '"\\\\\\"}"'],
      ['', 'null'],
    ]);
  });

  it('agrees with JSON.parse on any object', () => {
    fc.assert(
      fc.property(spacedJson, (text) => {
        const found = Object.fromEntries(
          members(text).map(({ key, valueStart, end }) => [key, JSON.parse(text.slice(valueStart, end))]),
        );
        expect(found).toEqual(Object.fromEntries(Object.entries(JSON.parse(text))));
      }),
    );
  });

  it('reads strings longer than it walks through', () => {
    for (const length of [97, 98, 99, 100, 101, 102, 200]) {
      for (const tail of ['"', '\\', '\\"', '\\\\']) {
        const value = { long: 'x'.repeat(length) + tail, after: 1 };
        const text = JSON.stringify(value);
        expect(members(text).map(({ key }) => key)).toEqual(['long', 'after']);
      }
    }
  });
});

describe('editObject', () => {
  const remove: Edit = { kind: 'remove' };

  it('leaves everything else as it is: big integers, escapes, whitespace, duplicates', () => {
    const text = '{\n  "seed": 12345678901234567890,\n "model" : "a\\u002fb", "x":1.0, "x":1e3 }';
    expect(edit(text, { model: { kind: 'set', json: '"gpt-5"' } })).toBe(
      '{\n  "seed": 12345678901234567890,\n "model" : "gpt-5", "x":1.0, "x":1e3 }',
    );
  });

  it('changes every member of a key', () => {
    expect(edit('{"model":"a","m\\u006fdel":"b"}', { model: { kind: 'set', json: '"c"' } })).toBe(
      '{"model":"c","m\\u006fdel":"c"}',
    );
  });

  it.each([
    ['{"a":1,"b":2,"c":3}', ['a'], '{"b":2,"c":3}'],
    ['{"a":1,"b":2,"c":3}', ['b'], '{"a":1,"c":3}'],
    ['{"a":1,"b":2,"c":3}', ['c'], '{"a":1,"b":2}'],
    ['{"a":1,"b":2,"c":3}', ['a', 'b'], '{"c":3}'],
    ['{"a":1,"b":2,"c":3}', ['b', 'c'], '{"a":1}'],
    ['{ "a":1 }', ['a'], '{  }'],
    ['{"a":1,"a":2}', ['a'], '{}'],
    ['{}', ['a'], '{}'],
  ])('takes members out of %s', (text, keys, expected) => {
    expect(edit(text, Object.fromEntries(keys.map((key) => [key, remove])))).toBe(expected);
  });

  it('puts a member where there is none, and only there', () => {
    const put: Edit = { kind: 'put', json: 'true' };
    expect(edit('{"a":1 }', { b: put })).toBe('{"a":1 ,"b":true}');
    expect(edit('{}', { b: put })).toBe('{"b":true}');
    expect(edit('{"b":false}', { b: put })).toBe('{"b":true}');
    expect(edit('{"a":1}', { a: remove, b: put })).toBe('{"b":true}');
  });

  it('renames', () => {
    expect(
      edit('{"max_completion_tokens" : 5}', { max_completion_tokens: { kind: 'rename', to: 'max_tokens' } }),
    ).toBe('{"max_tokens" : 5}');
  });

  it('is what editing the parsed object gives', () => {
    fc.assert(
      fc.property(spacedJson, fc.infiniteStream(fc.nat(3)), (text, choices) => {
        const wanted = new Map<string, unknown>(Object.entries(JSON.parse(text) as object));
        const edits = new Map<string, Edit>();
        for (const { key } of members(text)) {
          const choice = choices.next().value;
          if (choice === 1) {
            edits.set(key, remove);
            wanted.delete(key);
          } else if (choice === 2) {
            edits.set(key, { kind: 'set', json: '[0]' });
            wanted.set(key, [0]);
          } else if (choice === 3) {
            edits.set(key, { kind: 'map', map: (json) => `{"was":${json}}` });
            wanted.set(key, { was: wanted.get(key) });
          }
        }
        edits.set('new member', { kind: 'put', json: '{}' });
        wanted.set('new member', {});
        const edited = JSON.parse(editObject(text, edits)) as object;
        expect(new Map(Object.entries(edited))).toEqual(wanted);
      }),
    );
  });
});

describe('mapArray', () => {
  it('visits elements, keeping what stands between them', () => {
    expect(elements('[ 1,[2 ],{"a":[3]} ]')).toHaveLength(3);
    expect(mapArray('[ 1 , "]" ,{"a":[3]}]', (json, index) => `${index}:${json}`)).toBe(
      '[ 0:1 , 1:"]" ,2:{"a":[3]}]',
    );
    expect(mapArray('[]', () => 'x')).toBe('[]');
  });
});
