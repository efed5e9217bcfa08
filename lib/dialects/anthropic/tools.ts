import type { ChatRequest, Tool, ToolChoice } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Unsupported } from '../contract.ts';
import { cacheControl } from './cache.ts';
import type { ModelTraits } from './models.ts';
import { constrainedSchema } from './schema.ts';
import type { Carried, WireObject } from './wire.ts';

/** Combinators `input_schema` may not have at its top. */
const combinators = ['oneOf', 'anyOf', 'allOf'] as const;

/**
 * Tools and their choice (docs: "Define tools", "Forcing tool use"). An allowed subset becomes the tools sent: there
 * is no other way to say it.
 */
export function carryTools(
  request: ChatRequest,
  traits: ModelTraits,
): Carried & { readonly tools: readonly WireObject[] } {
  const { toolChoice } = request;
  const unsupported: Unsupported[] = [];
  const allowed = toolChoice?.type === 'allowed' ? new Set(toolChoice.names) : undefined;
  const tools: WireObject[] = [];
  request.tools.forEach((tool, index) => {
    if (allowed && !allowed.has(tool.name)) return;
    const refusal = toolRefusal(tool, index, traits);
    if (refusal) unsupported.push(refusal);
    tools.push(writeTool(tool, traits));
  });
  if (tools.length === 0) return { tools, body: {}, unsupported };

  const choice = writeChoice(toolChoice, request.parallelToolCalls === false);
  const forced = choice?.['type'] === 'any' || choice?.['type'] === 'tool';
  if (forced && !traits.forcedTools) {
    unsupported.push({
      parameter: 'tool_choice',
      reason: 'this Claude model cannot be forced to call a tool',
      droppable: false,
    });
  }
  return { tools, body: { tools, ...(choice && { tool_choice: choice }) }, unsupported };
}

function writeTool(tool: Tool, traits: ModelTraits): WireObject {
  const strict = tool.strict === true && traits.schemas;
  const parameters: JsonObject = { type: 'object', ...(tool.parameters ?? { properties: {} }) };
  return {
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    input_schema: strict ? constrainedSchema(parameters) : parameters,
    ...(strict && { strict: true }),
    ...(tool.cacheMarker && { cache_control: cacheControl(tool.cacheMarker) }),
  };
}

function toolRefusal(tool: Tool, index: number, traits: ModelTraits): Unsupported | undefined {
  const combinator = combinators.find((name) => tool.parameters?.[name] !== undefined);
  if (combinator !== undefined) {
    return {
      parameter: `tools[${index}].function.parameters`,
      reason: `Anthropic takes no ${combinator} at the top of a tool's parameters`,
      droppable: false,
    };
  }
  if (tool.strict !== true || traits.schemas) return undefined;
  return {
    parameter: `tools[${index}].function.strict`,
    reason: 'this Claude model does not guarantee tool arguments',
    droppable: true,
  };
}

function writeChoice(choice: ToolChoice | undefined, serial: boolean): WireObject | undefined {
  if (choice?.type === 'none') return { type: 'none' };
  const once = serial ? { disable_parallel_tool_use: true } : {};
  switch (choice?.type) {
    case undefined:
      return serial ? { type: 'auto', ...once } : undefined;
    case 'auto':
      return { type: 'auto', ...once };
    case 'required':
      return { type: 'any', ...once };
    case 'tool':
      return { type: 'tool', name: choice.name, ...once };
    case 'allowed':
      return { type: choice.required ? 'any' : 'auto', ...once };
  }
}
