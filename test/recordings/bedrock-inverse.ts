import type {
  Block,
  ChatRequest,
  ContentBlock,
  Message,
  Origin,
  ReasoningEffort,
  Tool,
  ToolChoice,
} from '../../lib/domain/chat.ts';
import { asArray, asNumber, asObject, asString, isObject, parseJson } from '../../lib/domain/json.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';

/** Why the neutral form cannot say a recorded Converse body; undefined: it can. */
export function unsayable(body: JsonObject): string | undefined {
  const text = JSON.stringify(body);
  if (text.includes('"systemTool"')) return 'server tool';
  if (text.includes('"s3Location"')) return 'S3 object';
  if (text.includes('"video"')) return 'video';
  return undefined;
}

const mediaTypes: Readonly<Record<string, string>> = {
  jpeg: 'image/jpeg',
  txt: 'text/plain',
  pdf: 'application/pdf',
};

/** A recorded Converse body as the request a client would have made. */
export function invert(body: JsonObject, model: string, stream: boolean): ChatRequest {
  const origin: Origin = { provider: 'bedrock', model };
  const inference = asObject(body['inferenceConfig']);
  const toolConfig = asObject(body['toolConfig']);
  const fields = asObject(body['additionalModelRequestFields']);
  const budgetTokens = asNumber(asObject(fields['thinking'])['budget_tokens']);
  const effort = asString(fields['reasoning_effort']);
  const topK = asNumber(asObject(fields['inferenceConfig'])['topK']);
  const said = budgetTokens !== undefined || effort !== undefined || topK !== undefined;
  const stop = asArray(inference['stopSequences']).filter((value) => typeof value === 'string');
  const system = asArray(body['system']).map((block) => contentBlock(asObject(block)));
  const temperature = asNumber(inference['temperature']);
  const topP = asNumber(inference['topP']);
  const maxOutputTokens = asNumber(inference['maxTokens']);
  return {
    messages: [
      ...(system.length === 0 ? [] : [{ role: 'system' as const, blocks: system }]),
      ...asArray(body['messages']).flatMap((message) => messages(asObject(message), origin)),
    ],
    tools: tools(asArray(toolConfig['tools'])),
    ...toolChoice(toolConfig['toolChoice']),
    ...responseFormat(body['outputConfig']),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(topK === undefined ? {} : { topK }),
    ...(stop.length === 0 ? {} : { stop }),
    ...(budgetTokens === undefined ? {} : { reasoning: { budgetTokens } }),
    ...(effort === undefined ? {} : { reasoning: { effort: effort as ReasoningEffort } }),
    stream,
    others: {
      ...(body['performanceConfig'] === undefined ? {} : { performanceConfig: body['performanceConfig'] }),
      ...(said || body['additionalModelRequestFields'] === undefined
        ? {}
        : { additionalModelRequestFields: fields }),
    },
  };
}

function messages(message: JsonObject, origin: Origin): Message[] {
  const blocks = asArray(message['content']).map((wire) => block(asObject(wire), origin));
  if (message['role'] === 'assistant') return [{ role: 'assistant', blocks }];
  const results = blocks.filter(({ type }) => type === 'tool_result');
  const rest = blocks.filter(({ type }) => type !== 'tool_result');
  return [
    ...results.map((result) => ({ role: 'tool' as const, blocks: [result] })),
    ...(rest.length === 0 ? [] : [{ role: 'user' as const, blocks: rest }]),
  ];
}

function block(wire: JsonObject, origin: Origin): Block {
  if (isObject(wire['toolUse'])) {
    const { toolUseId, name, input } = wire['toolUse'];
    return {
      type: 'tool_call',
      id: String(toolUseId),
      name: String(name),
      argumentsJson: JSON.stringify(input),
    };
  }
  if (isObject(wire['toolResult'])) {
    const { toolUseId, content, status } = wire['toolResult'];
    return {
      type: 'tool_result',
      callId: String(toolUseId),
      content: asArray(content).map((part) => contentBlock(asObject(part))),
      isError: status === 'error',
    };
  }
  if (isObject(wire['reasoningContent'])) {
    const { text, signature } = asObject(wire['reasoningContent']['reasoningText']);
    return { type: 'reasoning', text: String(text), signature: String(signature), origin };
  }
  return contentBlock(wire);
}

function contentBlock(wire: JsonObject): ContentBlock {
  if (wire['cachePoint'] !== undefined) return { type: 'cache_marker' };
  for (const type of ['image', 'document'] as const) {
    const media = wire[type];
    if (!isObject(media)) continue;
    const data = asString(asObject(media['source'])['bytes']) ?? '';
    const source = { kind: 'base64' as const, mediaType: mediaTypes[String(media['format'])] ?? '', data };
    return type === 'image' ? { type, source } : { type, source, name: String(media['name']) };
  }
  return { type: 'text', text: asString(wire['text']) ?? '' };
}

function tools(wire: readonly Json[]): Tool[] {
  return wire.flatMap((entry, index) => {
    const spec = asObject(entry)['toolSpec'];
    if (!isObject(spec)) return [];
    const description = asString(spec['description']);
    return [
      {
        name: String(spec['name']),
        parameters: asObject(asObject(spec['inputSchema'])['json']),
        ...(description === undefined ? {} : { description }),
        ...(spec['strict'] === true ? { strict: true } : {}),
        ...(asObject(wire[index + 1])['cachePoint'] === undefined
          ? {}
          : { cacheMarker: { type: 'cache_marker' as const } }),
      },
    ];
  });
}

function toolChoice(wire: Json | undefined): { toolChoice?: ToolChoice } {
  const choice = asObject(wire);
  if (choice['auto'] !== undefined) return { toolChoice: { type: 'auto' } };
  if (choice['any'] !== undefined) return { toolChoice: { type: 'required' } };
  if (isObject(choice['tool'])) return { toolChoice: { type: 'tool', name: String(choice['tool']['name']) } };
  return {};
}

function responseFormat(wire: Json | undefined): Pick<ChatRequest, 'responseFormat'> {
  const schema = asObject(asObject(asObject(asObject(wire)['textFormat'])['structure'])['jsonSchema']);
  if (Object.keys(schema).length === 0) return {};
  const description = asString(schema['description']);
  return {
    responseFormat: {
      type: 'json_schema',
      name: String(schema['name']),
      schema: asObject(parseJson(String(schema['schema']))),
      ...(description === undefined ? {} : { description }),
    },
  };
}

/**
 * A body without what means nothing: empty `system` and `inferenceConfig`, and the layout of the schema that travels
 * as text.
 */
export function normalise(body: JsonObject): JsonObject {
  const normal = JSON.parse(JSON.stringify(body), (key, value: Json) =>
    key === 'schema' && typeof value === 'string' ? parseJson(value) : value,
  ) as JsonObject;
  return Object.fromEntries(
    Object.entries(normal).filter(
      ([name, value]) =>
        !(['system', 'inferenceConfig'].includes(name) && JSON.stringify(value).length === 2),
    ),
  );
}
