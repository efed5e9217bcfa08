import type {
  Block,
  ChatRequest,
  ContentBlock,
  MediaSource,
  Message,
  Origin,
  ReasoningEffort,
  ToolChoice,
} from '../../lib/domain/chat.ts';
import { asArray, asNumber, asObject, asString, isObject } from '../../lib/domain/json.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';

/** Content the neutral form has no words for. */
const unsayableBlocks = new Set(['container_upload', 'tool_reference', 'tool_addition']);

/** Why the neutral form cannot say this request; `undefined` if it can. The first reason found counts. */
export function cannotSay(body: JsonObject): string | undefined {
  for (const name of ['container', 'context_management', 'mcp_servers']) {
    if (body[name] !== undefined) return name;
  }
  const tools = asArray(body['tools']).map(asObject);
  if (tools.some(({ type }) => type !== undefined && type !== 'custom')) return 'server tools';
  if (tools.some(({ defer_loading }) => defer_loading === true)) return 'deferred tools';
  for (const type of blockTypes(body['messages'])) if (unsayableBlocks.has(type)) return type;
  const output = asObject(body['output_config']);
  if (output['task_budget'] !== undefined) return 'task budget';
  if (output['effort'] !== undefined && body['thinking'] === undefined) return 'effort without thinking';
  return undefined;
}

/** The body without its server tools: the rest of such a request (history and all) can still be said. */
export function withoutServerTools(body: JsonObject): JsonObject {
  const { tools, tool_choice: choice, ...others } = body;
  const kept = asArray(tools)
    .map(asObject)
    .filter(({ type }) => type === undefined || type === 'custom')
    .map(({ defer_loading: _deferred, ...tool }) => tool);
  return kept.length === 0
    ? others
    : { ...others, tools: kept, ...(choice !== undefined && { tool_choice: choice }) };
}

function blockTypes(value: Json | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(blockTypes);
  if (!isObject(value)) return [];
  const type = asString(value['type']);
  return [...(type === undefined ? [] : [type]), ...blockTypes(value['content'])];
}

/** The neutral request that an Anthropic body came from. Only for bodies `cannotSay` has nothing against. */
export function neutralOf(body: JsonObject): ChatRequest {
  const model = asString(body['model']) ?? '';
  const origin = { provider: 'anthropic', model };
  const thinking = asObject(body['thinking']);
  const output = asObject(body['output_config']);
  const budgetTokens = asNumber(thinking['budget_tokens']);
  const effort = asString(output['effort']) as ReasoningEffort | undefined;
  const format = asObject(output['format']);
  const maxOutputTokens = asNumber(body['max_tokens']);
  const userId = asString(asObject(body['metadata'])['user_id']);
  const choice = toolChoice(asObject(body['tool_choice']));
  const system: Message[] =
    body['system'] === undefined ? [] : [{ role: 'system', blocks: blocksOf(body['system'], origin) }];
  return {
    messages: [
      ...system,
      ...asArray(body['messages']).map((message) => messageOf(asObject(message), origin)),
    ],
    tools: asArray(body['tools']).map((wire) => {
      const tool = asObject(wire);
      return {
        name: asString(tool['name']) ?? '',
        ...(typeof tool['description'] === 'string' && { description: tool['description'] }),
        parameters: asObject(tool['input_schema']),
        ...(tool['strict'] === true && { strict: true }),
      };
    }),
    ...(choice && { toolChoice: choice }),
    ...(isObject(format['schema']) && {
      responseFormat: { type: 'json_schema', name: 'answer', schema: format['schema'] },
    }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...((budgetTokens !== undefined || effort !== undefined) && {
      reasoning: {
        ...(budgetTokens !== undefined && { budgetTokens }),
        ...(effort !== undefined && { effort }),
      },
    }),
    ...(userId !== undefined && { userId }),
    stream: body['stream'] === true,
    others: isObject(body['cache_control']) ? { cache_control: body['cache_control'] } : {},
  };
}

function toolChoice(choice: JsonObject): ToolChoice | undefined {
  switch (choice['type']) {
    case 'auto':
    case 'none':
      return { type: choice['type'] };
    case 'any':
      return { type: 'required' };
    case 'tool':
      return { type: 'tool', name: asString(choice['name']) ?? '' };
    default:
      return undefined;
  }
}

function messageOf(message: JsonObject, origin: Origin): Message {
  const role = message['role'] as 'user' | 'assistant' | 'system';
  return { role, blocks: blocksOf(message['content'], origin) };
}

function blocksOf(content: Json | undefined, origin: Origin): Block[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return asArray(content).flatMap((wire) => {
    const block = asObject(wire);
    const ttl = asString(asObject(block['cache_control'])['ttl']) as '5m' | '1h' | undefined;
    const marker: Block[] = isObject(block['cache_control'])
      ? [{ type: 'cache_marker', ...(ttl && { ttl }) }]
      : [];
    return [blockOf(block, origin), ...marker];
  });
}

function blockOf(block: JsonObject, origin: Origin): Block {
  const text = (name: string) => asString(block[name]) ?? '';
  switch (block['type']) {
    case 'text':
      return { type: 'text', text: text('text') };
    case 'image':
    case 'document':
      return { type: block['type'], source: sourceOf(asObject(block['source'])) };
    case 'tool_use':
      return {
        type: 'tool_call',
        id: text('id'),
        name: text('name'),
        argumentsJson: JSON.stringify(block['input']),
      };
    case 'tool_result':
      return {
        type: 'tool_result',
        callId: text('tool_use_id'),
        content: blocksOf(block['content'], origin) as ContentBlock[],
        ...(block['is_error'] === true && { isError: true }),
      };
    case 'thinking':
      return { type: 'reasoning', text: text('thinking'), signature: text('signature'), origin };
    case 'redacted_thinking':
      return { type: 'reasoning', text: '', encrypted: text('data'), origin };
    default:
      return { type: 'opaque', origin, value: block };
  }
}

function sourceOf(source: JsonObject): MediaSource {
  const text = (name: string) => asString(source[name]) ?? '';
  switch (source['type']) {
    case 'url':
      return { kind: 'url', url: text('url') };
    case 'file':
      return { kind: 'file', fileId: text('file_id') };
    case 'text':
      return { kind: 'text', mediaType: text('media_type'), text: text('data') };
    default:
      return { kind: 'base64', mediaType: text('media_type'), data: text('data') };
  }
}

/**
 * Two ways of saying the same thing, made one: a string is one text block, `false` and `"custom"` are what an absent
 * `stream`, `is_error` and tool `type` mean.
 */
export function normalised(body: JsonObject): JsonObject {
  return {
    ...rest(body, 'stream', false),
    ...(body['system'] !== undefined && { system: normalContent(body['system']) }),
    messages: asArray(body['messages']).map((message) => ({
      ...asObject(message),
      content: normalContent(asObject(message)['content']),
    })),
    ...(body['tools'] !== undefined && {
      tools: asArray(body['tools']).map((tool) => rest(asObject(tool), 'type', 'custom')),
    }),
  };
}

const normalContent = (content: Json | undefined): Json =>
  typeof content === 'string'
    ? [{ type: 'text', text: content }]
    : asArray(content).map((block) => rest(asObject(block), 'is_error', false));

/** The object without the field where it says no more than its absence. */
function rest(object: JsonObject, field: string, meaningless: Json): JsonObject {
  const { [field]: value, ...others } = object;
  return value === meaningless ? others : object;
}
