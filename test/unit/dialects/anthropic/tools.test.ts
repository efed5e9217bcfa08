import { describe, expect, it } from 'vitest';
import type { Tool, ToolChoice } from '../../../../lib/domain/chat.ts';
import { bodyOf, refusedBy } from './ask.ts';

const weather: Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const time: Tool = { name: 'get_time' };
const tools = [weather, time];
const choiceFor = (toolChoice: ToolChoice | undefined, parallelToolCalls?: boolean) =>
  bodyOf({
    tools,
    ...(toolChoice && { toolChoice }),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
  })['tool_choice'];

describe('carryTools', () => {
  it('writes definitions', () => {
    expect(bodyOf({ tools })['tools']).toEqual([
      {
        name: 'get_weather',
        description: 'Weather of a city',
        input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
      { name: 'get_time', input_schema: { type: 'object', properties: {} } },
    ]);
    expect(bodyOf({ tools: [{ name: 'any', parameters: {} }] })['tools']).toEqual([
      { name: 'any', input_schema: { type: 'object' } },
    ]);
  });

  it('writes every choice', () => {
    expect(choiceFor(undefined)).toBeUndefined();
    expect(choiceFor({ type: 'auto' })).toEqual({ type: 'auto' });
    expect(choiceFor({ type: 'none' })).toEqual({ type: 'none' });
    expect(choiceFor({ type: 'required' })).toEqual({ type: 'any' });
    expect(choiceFor({ type: 'tool', name: 'get_time' })).toEqual({ type: 'tool', name: 'get_time' });
  });

  it('switches parallel calls off', () => {
    expect(choiceFor(undefined, false)).toEqual({ type: 'auto', disable_parallel_tool_use: true });
    expect(choiceFor({ type: 'required' }, false)).toEqual({ type: 'any', disable_parallel_tool_use: true });
    expect(choiceFor({ type: 'none' }, false)).toEqual({ type: 'none' });
    expect(choiceFor(undefined, true)).toBeUndefined();
  });

  it('sends only the allowed tools', () => {
    const body = bodyOf({ tools, toolChoice: { type: 'allowed', names: ['get_time'], required: true } });
    expect(body['tools']).toEqual([{ name: 'get_time', input_schema: { type: 'object', properties: {} } }]);
    expect(body['tool_choice']).toEqual({ type: 'any' });
  });

  it('sends no choice without tools', () => {
    expect(bodyOf({ toolChoice: { type: 'none' } })).not.toHaveProperty('tool_choice');
  });

  it('guarantees strict tools where the model can, and reports where it cannot', () => {
    const strict = [{ ...weather, strict: true }];
    expect(bodyOf({ tools: strict })['tools']).toMatchObject([
      { strict: true, input_schema: { additionalProperties: false } },
    ]);
    expect(refusedBy('claude-sonnet-4-0', { tools: strict })).toEqual(['tools[0].function.strict']);
    expect(bodyOf({ tools: strict }, 'claude-sonnet-4-0')['tools']).not.toHaveProperty('0.strict');
  });

  it('reports parameters without one shape, and forced tools where the model takes none', () => {
    const either = { name: 'either', parameters: { anyOf: [{ type: 'object' }] } };
    expect(refusedBy('claude-sonnet-4-5', { tools: [time, either] })).toEqual([
      'tools[1].function.parameters',
    ]);
    expect(refusedBy('claude-opus-5-5', { tools, toolChoice: { type: 'required' } })).toEqual([
      'tool_choice',
    ]);
    expect(refusedBy('claude-opus-5', { tools, toolChoice: { type: 'required' } })).toEqual([]);
  });
});
