import type { CacheMarkerBlock, Tool } from '../../domain/chat.ts';
import { asObject, asString } from '../../domain/json.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Family } from './families.ts';
import type { ToolChoicePlan } from './tool-choice.ts';
import type { Turn } from './turns.ts';

/**
 * `toolConfig`; undefined where there is nothing to offer. Converse refuses a history with tool blocks and no tools:
 * those the history names are then declared again, with any arguments.
 */
export function writeToolConfig(
  plan: ToolChoicePlan,
  family: Family,
  messages: readonly Turn[],
): JsonObject | undefined {
  const tools =
    plan.offered.length > 0 ? plan.offered.flatMap((tool) => writeTool(tool, family)) : usedTools(messages);
  if (tools.length === 0) return undefined;
  return { tools, ...(plan.choice === undefined ? {} : { toolChoice: plan.choice }) };
}

/** `cachePoint` (API reference, `CachePointBlock`); five minutes are the default, an hour is for models that have it. */
export function writeCachePoint(marker: CacheMarkerBlock, family: Family): JsonObject {
  const ttl = marker.ttl === '1h' && family.oneHourCache ? { ttl: '1h' } : {};
  return { cachePoint: { type: 'default', ...ttl } };
}

const anyArguments: JsonObject = { type: 'object', properties: {} };

function writeTool(tool: Tool, family: Family): JsonObject[] {
  const toolSpec = {
    name: tool.name,
    ...(tool.description === undefined || tool.description === '' ? {} : { description: tool.description }),
    inputSchema: { json: tool.parameters ?? anyArguments },
    ...(tool.strict === true && family.structuredOutput ? { strict: true } : {}),
  };
  const marked = tool.cacheMarker !== undefined && family.cachePoints === 'everywhere';
  return marked ? [{ toolSpec }, writeCachePoint(tool.cacheMarker, family)] : [{ toolSpec }];
}

function usedTools(messages: readonly Turn[]): JsonObject[] {
  const blocks = messages.flatMap(({ content }) => content);
  const used = blocks.filter((block) => block['toolUse'] !== undefined || block['toolResult'] !== undefined);
  const names = new Set(used.map((block) => asString(asObject(block['toolUse'])['name'])).filter(isName));
  if (used.length > 0 && names.size === 0) names.add('tool');
  return [...names].map((name) => ({ toolSpec: { name, inputSchema: { json: anyArguments } } }));
}

const isName = (name: string | undefined): name is string => name !== undefined && name !== '';
