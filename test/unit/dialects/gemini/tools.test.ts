import { describe, expect, it } from 'vitest';
import { writeTools } from '../../../../lib/dialects/gemini/tools.ts';
import type { ChatRequest, Tool, ToolChoice } from '../../../../lib/domain/chat.ts';

const get: Tool = { name: 'get', description: 'Gets', parameters: { type: 'object', $defs: {} } };

function config(toolChoice: ToolChoice | undefined, tools: readonly Tool[] = [get]): unknown {
  const request: ChatRequest = { messages: [], tools, stream: false, others: {} };
  const written = writeTools(toolChoice === undefined ? request : { ...request, toolChoice });
  return written.toolConfig?.['functionCallingConfig'];
}

describe('tools', () => {
  it('declares functions with their JSON Schema as it is', () => {
    const request: ChatRequest = { messages: [], tools: [get, { name: 'now' }], stream: false, others: {} };
    expect(writeTools(request)).toEqual({
      tools: [
        {
          functionDeclarations: [
            { name: 'get', description: 'Gets', parametersJsonSchema: { type: 'object', $defs: {} } },
            { name: 'now' },
          ],
        },
      ],
    });
  });

  it.each([
    [undefined, undefined],
    [{ type: 'auto' }, { mode: 'AUTO' }],
    [{ type: 'none' }, { mode: 'NONE' }],
    [{ type: 'required' }, { mode: 'ANY' }],
    [
      { type: 'tool', name: 'get' },
      { mode: 'ANY', allowedFunctionNames: ['get'] },
    ],
    [
      { type: 'allowed', names: ['a', 'b'], required: true },
      { mode: 'ANY', allowedFunctionNames: ['a', 'b'] },
    ],
    [
      { type: 'allowed', names: ['a'], required: false },
      { mode: 'VALIDATED', allowedFunctionNames: ['a'] },
    ],
  ] as const)('writes the choice %j', (choice, written) => {
    expect(config(choice)).toEqual(written);
  });

  it('holds arguments to their schema where every tool is strict', () => {
    const strict = { ...get, strict: true };
    expect(config(undefined, [strict])).toEqual({ mode: 'VALIDATED' });
    expect(config({ type: 'auto' }, [strict])).toEqual({ mode: 'VALIDATED' });
    expect(config({ type: 'auto' }, [strict, get])).toEqual({ mode: 'AUTO' });
  });

  it('says nothing without tools', () => {
    expect(config({ type: 'required' }, [])).toBeUndefined();
  });
});
