import { describe, expect, it } from 'vitest';
import { constrainedSchema, hasOpenObject } from '../../../../lib/dialects/anthropic/schema.ts';
import { bodyOf, refusedBy } from './ask.ts';

describe('constrainedSchema', () => {
  it('leaves a schema that fits as it is', () => {
    const schema = {
      type: 'object',
      properties: {
        city: { type: 'string', enum: ['Paris'] },
        tags: { type: 'array', items: { type: 'string' }, minItems: 1 },
      },
      required: ['city'],
      additionalProperties: false,
      $defs: { tag: { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] } },
    };
    expect(constrainedSchema(schema)).toEqual(schema);
  });

  it('closes objects and says in words what cannot be guaranteed', () => {
    expect(
      constrainedSchema({
        type: 'object',
        properties: {
          minimum: { type: 'integer', description: 'Years', minimum: 0, maximum: 120 },
          mails: { type: 'array', minItems: 2, items: { oneOf: [{ type: 'string', format: 'idn-email' }] } },
        },
      }),
    ).toEqual({
      type: 'object',
      properties: {
        minimum: { type: 'integer', description: 'Years\n\n{minimum: 0, maximum: 120}' },
        mails: {
          type: 'array',
          items: { anyOf: [{ type: 'string', description: '{format: "idn-email"}' }] },
          description: '{minItems: 2}',
        },
      },
      additionalProperties: false,
    });
  });
});

describe('structured output', () => {
  const format = (schema: Record<string, never> | object) =>
    ({ responseFormat: { type: 'json_schema', name: 'answer', schema: { ...schema } } }) as const;
  const point = { type: 'object', properties: { x: { type: 'number' } }, additionalProperties: false };

  it('is native from the 4.5 generation on', () => {
    expect(
      bodyOf({ ...format(point), reasoning: { effort: 'low' } }, 'claude-opus-4-6')['output_config'],
    ).toEqual({
      effort: 'low',
      format: { type: 'json_schema', schema: point },
    });
    expect(refusedBy('claude-sonnet-4-0', format(point))).toEqual(['response_format']);
  });

  it('takes no JSON mode and no dictionaries', () => {
    expect(refusedBy('claude-opus-5', { responseFormat: { type: 'json_object' } })).toEqual([
      'response_format',
    ]);
    const counts = { type: 'object', additionalProperties: { type: 'integer' } };
    expect(refusedBy('claude-opus-5', format(counts))).toEqual(['response_format']);
    expect(hasOpenObject({ type: 'object', properties: { counts } })).toBe(true);
    expect(hasOpenObject({ anyOf: [point, { type: 'array', items: { type: 'object' } }] })).toBe(true);
    expect(hasOpenObject({ type: 'object', properties: { additionalProperties: point } })).toBe(false);
  });
});
