import { describe, expect, it } from 'vitest';
import type { ChatRequest, Message } from '../../../../lib/domain/chat.ts';
import { bodyFor, models, problems } from './ask.ts';

const weather = { name: 'weather', description: 'Tells it', parameters: { type: 'object' }, strict: true };
const time = { name: 'time', description: '' };
const tools = [weather, time];
const used: Message[] = [
  { role: 'user', blocks: [{ type: 'text', text: 'go' }] },
  { role: 'assistant', blocks: [{ type: 'tool_call', id: 't', name: 'old', argumentsJson: '{}' }] },
  { role: 'tool', blocks: [{ type: 'tool_result', callId: 't', content: [{ type: 'text', text: 'ok' }] }] },
];
const config = (request: Partial<ChatRequest>, model?: string) => bodyFor(request, model)['toolConfig'];

describe('toolConfig', () => {
  it('declares tools, strict where the model has structured outputs', () => {
    const spec = { name: 'weather', description: 'Tells it', inputSchema: { json: { type: 'object' } } };
    const plain = { toolSpec: { name: 'time', inputSchema: { json: { type: 'object', properties: {} } } } };
    expect(config({ tools })).toEqual({ tools: [{ toolSpec: { ...spec, strict: true } }, plain] });
    expect(config({ tools }, models.novaLite)).toEqual({ tools: [{ toolSpec: spec }, plain] });
  });

  it('declares the tools of the history where none are given', () => {
    expect(config({ messages: used })).toEqual({
      tools: [{ toolSpec: { name: 'old', inputSchema: { json: { type: 'object', properties: {} } } } }],
    });
  });

  it.each([
    [{ type: 'auto' }, { auto: {} }],
    [{ type: 'required' }, { any: {} }],
    [{ type: 'tool', name: 'time' }, { tool: { name: 'time' } }],
  ] as const)('chooses %j', (toolChoice, wire) => {
    expect(config({ tools, toolChoice })).toMatchObject({ toolChoice: wire });
    expect(problems({ tools, toolChoice })).toEqual([]);
  });

  it('offers an allowed subset alone', () => {
    const toolChoice = { type: 'allowed', names: ['time'], required: true } as const;
    expect(config({ tools, toolChoice })).toMatchObject({
      tools: [{ toolSpec: { name: 'time' } }],
      toolChoice: { any: {} },
    });
    expect(problems({ tools, toolChoice: { ...toolChoice, names: ['nope'] } })).toEqual([
      ['tool_choice', false],
    ]);
  });

  it('offers nothing for "none", unless the conversation used tools', () => {
    const toolChoice = { type: 'none' } as const;
    expect(config({ tools, toolChoice })).toBeUndefined();
    const body = bodyFor({ tools, toolChoice, messages: used });
    expect(body['toolConfig']).toMatchObject({ tools: [{}, {}] });
    expect(body['additionalModelRequestFields']).toEqual({ tool_choice: { type: 'none' } });
    expect(problems({ tools, toolChoice, messages: used })).toEqual([]);
    expect(problems({ tools, toolChoice, messages: used }, models.novaLite)).toEqual([
      ['tool_choice', false],
    ]);
  });

  it('switches parallel calls off in Claude’s own words', () => {
    const body = bodyFor({ tools, toolChoice: { type: 'tool', name: 'time' }, parallelToolCalls: false });
    expect(body['toolConfig']).not.toHaveProperty('toolChoice');
    expect(body['additionalModelRequestFields']).toEqual({
      tool_choice: { type: 'tool', name: 'time', disable_parallel_tool_use: true },
    });
    expect(problems({ tools, parallelToolCalls: false }, models.novaLite)).toEqual([
      ['parallel_tool_calls', true],
    ]);
    expect(problems({ parallelToolCalls: false }, models.novaLite)).toEqual([]);
  });

  it('says which models cannot be made to call', () => {
    const required = { tools, toolChoice: { type: 'required' } } as const;
    const named = { tools, toolChoice: { type: 'tool', name: 'time' } } as const;
    expect(problems(required, models.llama)).toEqual([['tool_choice', false]]);
    expect(problems(required, models.mistral)).toEqual([]);
    expect(problems(named, models.mistral)).toEqual([['tool_choice', false]]);
    expect(config({ tools, toolChoice: { type: 'auto' } }, models.llama)).not.toHaveProperty('toolChoice');
    expect(problems({ tools }, models.deepseekR1)).toEqual([['tools', false]]);
  });
});
