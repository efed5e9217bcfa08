import { describe, expect, it } from 'vitest';
import { sampleValue } from '../../../../../functions/local/scripted/sample.ts';

describe('sampleValue', () => {
  it.each([
    [{ type: 'string' }, 'Paris'],
    [{ type: 'integer', minimum: 100 }, 100],
    [{ type: 'number', maximum: 3 }, 3],
    [{ type: ['null', 'boolean'] }, true],
    [{ type: 'STRING', format: 'date' }, '2026-01-02'],
    [{ enum: ['a', 'b'] }, 'a'],
    [{ const: 7 }, 7],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 42],
    [{ type: 'array', items: { type: 'boolean' }, minItems: 2 }, [true, true]],
    [{ properties: { a: { type: 'integer' } } }, { a: 42 }],
    [{ allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] }, { a: 1, b: 2 }],
    [{ $ref: '#/$defs/x', $defs: { x: { const: 'found' } } }, 'found'],
    [{}, 'Paris'],
  ])('%j gives %j', (schema, value) => {
    expect(sampleValue(schema, 'Paris')).toEqual(value);
  });

  it('ends in schemas that contain themselves', () => {
    const tree = {
      type: 'object',
      properties: { child: { $ref: '#' }, list: { type: 'array', items: { $ref: '#' } } },
    };
    expect(JSON.stringify(sampleValue(tree, 'x')).length).toBeLessThan(20_000);
    expect(sampleValue({ anyOf: [{ $ref: '#' }] }, 'x')).toBeDefined();
  });
});
