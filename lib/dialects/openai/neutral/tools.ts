import type { ChatRequest, Tool, ToolChoice } from '../../../domain/chat.ts';
import { asArray, asObject, isObject, type Json, type JsonObject } from '../../../domain/json.ts';
import { invalid } from '../invalid.ts';
import { cacheMarker } from './parts.ts';
import { boolean, string } from './read.ts';

/** `tools`: functions only; tools that run at the provider belong to one provider. */
export function tools(value: Json | undefined): Tool[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid('tools', 'must be an array', value);
  return asArray(value).map((entry, index) => tool(asObject(entry), `tools[${index}]`));
}

function tool(entry: JsonObject, path: string): Tool {
  const type = entry['type'];
  // Mistral's clients leave the one type there is unsaid.
  const unsaid = type === undefined && isObject(entry['function']);
  if (type !== 'function' && !unsaid)
    throw invalid(`${path}.type`, 'must be "function" to be translated', type);
  const definition = asObject(entry['function']);
  const { name, parameters } = definition;
  if (typeof name !== 'string' || name === '')
    throw invalid(`${path}.function.name`, 'must be a string', name);
  if (parameters !== undefined && parameters !== null && !isObject(parameters)) {
    throw invalid(`${path}.function.parameters`, 'must be an object', parameters);
  }
  const marker = cacheMarker(entry['cache_control'] ?? definition['cache_control'], `${path}.cache_control`);
  return {
    name,
    ...string(definition, 'description', 'description'),
    ...(isObject(parameters) ? { parameters } : {}),
    ...boolean(definition, 'strict', 'strict'),
    ...(marker === undefined ? {} : { cacheMarker: marker }),
  };
}

/** `tool_choice` and `parallel_tool_calls` (true is the default). */
export function toolChoice(json: JsonObject): Pick<ChatRequest, 'toolChoice' | 'parallelToolCalls'> {
  const choice = choiceOf(json['tool_choice']);
  return {
    ...(choice === undefined ? {} : { toolChoice: choice }),
    ...boolean(json, 'parallel_tool_calls', 'parallelToolCalls'),
  };
}

function choiceOf(value: Json | undefined): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === 'auto' || value === 'none' || value === 'required') return { type: value };
  // Mistral's word for it.
  if (value === 'any') return { type: 'required' };
  if (!isObject(value)) throw invalid('tool_choice', 'must be auto, none, required or an object', value);
  if (value['type'] === 'allowed_tools') return allowed(value);
  const name = asObject(value['function'])['name'];
  if (typeof name !== 'string') throw invalid('tool_choice.function.name', 'must be a string', name);
  return { type: 'tool', name };
}

function allowed(value: JsonObject): ToolChoice {
  const choice = asObject(value['allowed_tools'] ?? value);
  const { mode } = choice;
  if (mode !== 'auto' && mode !== 'required') {
    throw invalid('tool_choice.allowed_tools.mode', 'must be auto or required', mode);
  }
  const names = asArray(choice['tools']).map((entry, index) => {
    const name = asObject(asObject(entry)['function'])['name'] ?? asObject(entry)['name'];
    if (typeof name === 'string') return name;
    throw invalid(`tool_choice.allowed_tools.tools[${index}].function.name`, 'must be a string', name);
  });
  return { type: 'allowed', names, required: mode === 'required' };
}
