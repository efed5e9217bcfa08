import type {
  Block,
  ChatRequest,
  ContentBlock,
  MediaSource,
  Message,
  Origin,
  ReasoningRequest,
  Tool,
  ToolChoice,
} from '../../lib/domain/chat.ts';
import { asArray, asNumber, asObject, asString, isObject } from '../../lib/domain/json.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';

/** A foreign call's signature is the dialect's own addition: the neutral form has none. */
const placeholder = 'c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=';

/** Values of these keys belong to the caller: their own keys are not the API's. */
const callersOwn = new Set(['args', 'response', 'parametersJsonSchema', 'responseJsonSchema']);

/**
 * One spelling for what the API takes as equal: snake_case and camelCase names, OpenAPI `parameters` with upper-case
 * types and `parametersJsonSchema`, `tools` as one object or a list, an empty `generationConfig` and none, the
 * meaningless role of `systemInstruction`.
 */
export function normalise(body: JsonObject): JsonObject {
  const camel = asObject(camelKeys(body));
  const { generationConfig, systemInstruction, tools, ...rest } = camel;
  const { role: _role, ...instruction } = asObject(systemInstruction);
  return {
    ...rest,
    ...(systemInstruction === undefined ? {} : { systemInstruction: instruction }),
    ...(Object.keys(asObject(generationConfig)).length === 0 ? {} : { generationConfig }),
    ...(tools === undefined ? {} : { tools: isObject(tools) ? [tools] : tools }),
  };
}

function camelKeys(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => camelKeys(item) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const name = key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
      if (name === 'parameters') return ['parametersJsonSchema', jsonSchema(item)];
      return [name, callersOwn.has(name) ? item : camelKeys(item)];
    }),
  );
}

function jsonSchema(value: Json | undefined): Json | undefined {
  if (!isObject(value)) return Array.isArray(value) ? value.map((item) => jsonSchema(item) ?? null) : value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'type' && typeof item === 'string' ? item.toLowerCase() : jsonSchema(item),
    ]),
  );
}

/** What a recorded request uses that the neutral form cannot say; undefined: nothing. */
export function notNeutral(
  body: JsonObject,
): 'server tools' | 'log probabilities' | 'Cloud Storage' | 'video metadata' | undefined {
  const tools = asArray(body['tools']).map(asObject);
  if (tools.some((tool) => !('functionDeclarations' in tool))) return 'server tools';
  if ('responseLogprobs' in asObject(body['generationConfig'])) return 'log probabilities';
  if (JSON.stringify(body).includes('"gs://')) return 'Cloud Storage';
  const parts = asArray(body['contents']).flatMap((content) => asArray(asObject(content)['parts']));
  return parts.some((part) => 'videoMetadata' in asObject(part)) ? 'video metadata' : undefined;
}

/** The neutral request a client would have sent to get this (normalised) body. */
export function neutralRequest(body: JsonObject, origin: Origin, stream: boolean): ChatRequest {
  const config = asObject(body['generationConfig']);
  const calling = asObject(asObject(body['toolConfig'])['functionCallingConfig']);
  const strict = calling['mode'] === 'VALIDATED';
  const system = asArray(asObject(body['systemInstruction'])['parts']);
  const choice = toolChoice(calling);
  const reasoning = reasoningOf(config['thinkingConfig']);
  const maxOutputTokens = asNumber(config['maxOutputTokens']);
  const temperature = asNumber(config['temperature']);
  const schema = config['responseJsonSchema'];
  const others: Record<string, Json> = {};
  for (const [name, value] of [
    ['cachedContent', body['cachedContent']],
    ['responseModalities', config['responseModalities']],
  ] as const) {
    if (value !== undefined) others[name] = value;
  }
  return {
    messages: [
      ...(system.length === 0
        ? []
        : [{ role: 'system', blocks: system.flatMap((part) => blocksOf(part, origin)) } as const]),
      ...asArray(body['contents']).map((content) => messageOf(asObject(content), origin)),
    ],
    tools: asArray(body['tools']).flatMap((tool) =>
      asArray(asObject(tool)['functionDeclarations']).map((declaration) =>
        toolOf(asObject(declaration), strict),
      ),
    ),
    ...(choice === undefined ? {} : { toolChoice: choice }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(Array.isArray(config['stopSequences']) ? { stop: config['stopSequences'].map(String) } : {}),
    ...(isObject(schema) ? { responseFormat: { type: 'json_schema', name: 'answer', schema } as const } : {}),
    stream,
    others,
  };
}

function messageOf(content: JsonObject, origin: Origin): Message {
  const blocks = asArray(content['parts']).flatMap((part) => blocksOf(part, origin));
  if (content['role'] === 'model') return { role: 'assistant', blocks };
  return { role: blocks.some((block) => block.type === 'tool_result') ? 'tool' : 'user', blocks };
}

function blocksOf(value: Json, origin: Origin): Block[] {
  const part = asObject(value);
  const proof = asString(part['thoughtSignature']);
  const signature =
    proof === undefined || proof === placeholder ? {} : { signature: { value: proof, origin } };
  const text = asString(part['text']);
  if (text !== undefined) return [{ type: 'text', text, ...signature }];
  const call = part['functionCall'];
  if (isObject(call)) {
    const id = asString(call['id']) ?? '';
    const name = asString(call['name']) ?? '';
    return [{ type: 'tool_call', id, name, argumentsJson: JSON.stringify(call['args']), ...signature }];
  }
  const result = part['functionResponse'];
  return isObject(result) ? [resultOf(result)] : [mediaOf(part)];
}

function resultOf(result: JsonObject): Block {
  const response = asObject(result['response']);
  const error = asString(response['error']);
  const text =
    error ?? ('output' in response ? JSON.stringify(response['output']) : JSON.stringify(result['response']));
  const media = asArray(result['parts']).map((part) => mediaOf(asObject(part)));
  return {
    type: 'tool_result',
    callId: asString(result['id']) ?? '',
    content: [...(Object.keys(response).length === 0 ? [] : [{ type: 'text', text } as const]), ...media],
    ...(error === undefined ? {} : { isError: true }),
  };
}

function mediaOf(part: JsonObject): ContentBlock {
  const { inlineData, fileData } = part;
  const holder = asObject(inlineData ?? fileData);
  const mediaType = asString(holder['mimeType']) ?? '';
  const source: MediaSource = isObject(inlineData)
    ? { kind: 'base64', mediaType, data: asString(holder['data']) ?? '' }
    : { kind: 'url', mediaType, url: asString(holder['fileUri']) ?? '' };
  if (mediaType.startsWith('image/')) return { type: 'image', source };
  return mediaType.startsWith('audio/') ? { type: 'audio', source } : { type: 'document', source };
}

function toolOf(declaration: JsonObject, strict: boolean): Tool {
  return {
    name: asString(declaration['name']) ?? '',
    description: asString(declaration['description']) ?? '',
    parameters: asObject(declaration['parametersJsonSchema']),
    ...(strict ? { strict } : {}),
  };
}

function toolChoice(calling: JsonObject): ToolChoice | undefined {
  const names = asArray(calling['allowedFunctionNames']).map(String);
  const [only] = names;
  if (calling['mode'] === 'NONE') return { type: 'none' };
  if (calling['mode'] === 'ANY') {
    return names.length === 1 && only !== undefined
      ? { type: 'tool', name: only }
      : { type: 'allowed', names, required: true };
  }
  return calling['mode'] === undefined ? undefined : { type: 'auto' };
}

function reasoningOf(value: Json | undefined): ReasoningRequest | undefined {
  if (!isObject(value)) return undefined;
  const budgetTokens = asNumber(value['thinkingBudget']);
  return budgetTokens === undefined ? {} : { budgetTokens };
}
