import type { ChatRequest, Tool } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Unsupported } from '../contract.ts';
import type { Family } from './families.ts';

/** Which tools are offered and how the model is told to use them. */
export interface ToolChoicePlan {
  readonly offered: readonly Tool[];
  /** `toolConfig.toolChoice`. */
  readonly choice?: JsonObject;
  /** For `additionalModelRequestFields`: Claude's own `tool_choice`, which says more than Converse's. */
  readonly fields: JsonObject;
  readonly unsupported: readonly Unsupported[];
}

/**
 * Converse knows `auto`, `any` and one named tool (API reference, `ToolChoice`). An allowed subset is offered as the
 * only tools there are. `none` means no tools at all, unless the history has tool blocks: Converse then demands the
 * tools, and only Claude can be told not to call them.
 */
export function planToolChoice(request: ChatRequest, family: Family): ToolChoicePlan {
  const { toolChoice } = request;
  const names = toolChoice?.type === 'allowed' ? new Set(toolChoice.names) : undefined;
  const tools = names === undefined ? request.tools : request.tools.filter(({ name }) => names.has(name));
  if (toolChoice?.type === 'none') return planNone(request, family);
  if (request.tools.length === 0) return { offered: [], fields: {}, unsupported: [] };
  if (!family.tools) {
    const reason = `${family.vendor} takes no tools on Bedrock`;
    return { offered: [], fields: {}, unsupported: [{ parameter: 'tools', reason, droppable: false }] };
  }
  if (tools.length === 0) {
    const reason = 'none of the allowed tools is among the tools';
    return { offered: [], fields: {}, unsupported: [{ parameter: 'tool_choice', reason, droppable: false }] };
  }
  const unsupported: Unsupported[] = [];
  const wanted = wantedChoice(request);
  const served = wanted === undefined || strength[wanted.type] <= strength[family.toolChoice];
  if (!served) {
    const reason = `${family.vendor} on Bedrock cannot be made to call ${wanted.type === 'tool' ? 'one given tool' : 'a tool'}`;
    unsupported.push({ parameter: 'tool_choice', reason, droppable: false });
  }
  if (request.parallelToolCalls === false) {
    if (family.nativeToolChoice && served) {
      const native = { ...(wanted ?? { type: 'auto' }), disable_parallel_tool_use: true };
      return { offered: tools, fields: { tool_choice: native }, unsupported };
    }
    const reason = `${family.vendor} on Bedrock has no switch for parallel tool calls`;
    unsupported.push({ parameter: 'parallel_tool_calls', reason, droppable: true });
  }
  const choice =
    served && family.toolChoice !== 'auto' && wanted !== undefined ? converseChoice(wanted) : undefined;
  return { offered: tools, ...(choice === undefined ? {} : { choice }), fields: {}, unsupported };
}

type Wanted = { readonly type: 'auto' | 'any' } | { readonly type: 'tool'; readonly name: string };

const strength = { auto: 0, any: 1, tool: 2 } as const;

function wantedChoice({ toolChoice }: ChatRequest): Wanted | undefined {
  switch (toolChoice?.type) {
    case 'auto':
      return { type: 'auto' };
    case 'required':
      return { type: 'any' };
    case 'tool':
      return { type: 'tool', name: toolChoice.name };
    case 'allowed':
      return { type: toolChoice.required ? 'any' : 'auto' };
    default:
      return undefined;
  }
}

const converseChoice = (wanted: Wanted): JsonObject =>
  wanted.type === 'tool' ? { tool: { name: wanted.name } } : { [wanted.type]: {} };

function planNone(request: ChatRequest, family: Family): ToolChoicePlan {
  const inHistory = request.messages.some(({ blocks }) =>
    blocks.some(({ type }) => type === 'tool_call' || type === 'tool_result'),
  );
  if (!inHistory) return { offered: [], fields: {}, unsupported: [] };
  if (family.nativeToolChoice) {
    return { offered: request.tools, fields: { tool_choice: { type: 'none' } }, unsupported: [] };
  }
  const reason = 'Bedrock demands the tools of a conversation that used some, and cannot forbid to call them';
  return {
    offered: request.tools,
    fields: {},
    unsupported: [{ parameter: 'tool_choice', reason, droppable: false }],
  };
}
