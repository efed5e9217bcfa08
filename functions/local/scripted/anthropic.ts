import {
  asArray,
  asBoolean,
  asNumber,
  asObject,
  asString,
  type Json,
  type JsonObject,
  parseJson,
} from '../../../lib/domain/json.ts';
import type { Answer } from './answer.ts';
import type { Ask, ErrorWords } from './step.ts';
import {
  type FinishWords,
  type Frame,
  malformedSse,
  readTool,
  sseEvent,
  statusMessage,
  textOf,
  type Voice,
  wordFor,
} from './voice.ts';

/** Messages (docs.anthropic.com/en/api/messages). */
export const anthropicMessages: Voice = {
  read: (path, body) => (path.endsWith('/messages') ? readAsk(body) : undefined),
  reply: (answer) => ({
    ...message(answer, contentOf(answer), finishWords[answer.finish]),
    usage: usage(answer, answer.usage.outputTokens),
  }),
  streamContentType: 'text/event-stream; charset=utf-8',
  stream: writeStream,
  error: errorBody,
  errorEvent: (status, words) => sseEvent(errorBody(status, words), 'error'),
  malformedEvent: () => malformedSse,
  ping: sseEvent({ type: 'ping' }, 'ping'),
  hugeEvent: (text) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
};

const finishWords: FinishWords = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
};

const errorTypes = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function errorBody(status: number, words: ErrorWords): JsonObject {
  return {
    type: 'error',
    error: {
      type: words.type ?? wordFor(errorTypes, status, 'api_error'),
      message: statusMessage(status, words),
    },
    request_id: 'req_scripted',
  };
}

function readAsk(body: JsonObject): Ask {
  const messages = asArray(body['messages']).map(asObject);
  const users = messages.filter((message) => message['role'] === 'user');
  const lastBlocks = asArray(messages.at(-1)?.['content']).map(asObject);
  const choice = asObject(body['tool_choice']);
  const format = asObject(asObject(body['output_config'])['format'] ?? body['output_format']);
  const maxOutputTokens = asNumber(body['max_tokens']);
  return {
    model: asString(body['model']) ?? '',
    stream: asBoolean(body['stream']) ?? false,
    userText: users.map((message) => spokenText(message['content'])).findLast((text) => text !== '') ?? '',
    toolResults: lastBlocks
      .filter((block) => block['type'] === 'tool_result')
      .map((block) => textOf(block['content'])),
    tools: asArray(body['tools'])
      .map(asObject)
      .filter((tool) => tool['input_schema'] !== undefined)
      .map((tool) => readTool(tool, 'input_schema')),
    toolChoice: toolChoices[asString(choice['type']) ?? 'auto'] ?? { name: asString(choice['name']) ?? '' },
    ...(format['type'] === 'json_schema' && { schema: asObject(format['schema']) }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    inputChars: JSON.stringify([body['system'] ?? '', messages]).length,
  };
}

const toolChoices: Readonly<Record<string, 'auto' | 'required' | 'none'>> = {
  auto: 'auto',
  any: 'required',
  none: 'none',
};

/** What a user said, without the tool results that ride in user messages. */
const spokenText = (content: Json | undefined): string =>
  typeof content === 'string'
    ? content
    : textOf(asArray(content).filter((block) => asObject(block)['type'] === 'text'));

const message = (answer: Answer, content: readonly JsonObject[], stopReason: string | null): JsonObject => ({
  id: `msg_${answer.id}`,
  type: 'message',
  role: 'assistant',
  model: answer.model,
  content,
  stop_reason: stopReason,
  stop_sequence: null,
});

const contentOf = (answer: Answer): JsonObject[] =>
  answer.toolCalls.length > 0
    ? answer.toolCalls.map((call) => ({
        type: 'tool_use',
        id: `toolu_${call.id}`,
        name: call.name,
        input: parseJson(call.argumentsJson),
      }))
    : [{ type: 'text', text: answer.pieces.join('') }];

const usage = (answer: Answer, outputTokens: number): JsonObject => ({
  input_tokens: answer.usage.inputTokens,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: outputTokens,
  service_tier: 'standard',
});

const named = (type: string, data: JsonObject): string => sseEvent({ type, ...data }, type);

const structure = (type: string, data: JsonObject): Frame => ({
  part: 'structure',
  bytes: named(type, data),
});

function writeStream(answer: Answer): readonly Frame[] {
  return [
    structure('message_start', { message: { ...message(answer, [], null), usage: usage(answer, 1) } }),
    ...(answer.toolCalls.length > 0 ? toolFrames(answer) : textFrames(answer)),
    {
      part: 'finish',
      bytes: named('message_delta', {
        delta: { stop_reason: finishWords[answer.finish], stop_sequence: null },
        usage: usage(answer, answer.usage.outputTokens),
      }),
    },
    { part: 'terminator', bytes: named('message_stop', {}) },
  ];
}

const textFrames = (answer: Answer): Frame[] => [
  structure('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  structure('ping', {}),
  ...answer.pieces.map((text): Frame => ({
    part: 'content',
    bytes: named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  })),
  structure('content_block_stop', { index: 0 }),
];

const toolFrames = (answer: Answer): Frame[] =>
  answer.toolCalls.flatMap((call, index): Frame[] => [
    {
      part: 'content',
      bytes: named('content_block_start', {
        index,
        content_block: { type: 'tool_use', id: `toolu_${call.id}`, name: call.name, input: {} },
      }),
    },
    {
      part: 'content',
      bytes: named('content_block_delta', {
        index,
        delta: { type: 'input_json_delta', partial_json: call.argumentsJson },
      }),
    },
    structure('content_block_stop', { index }),
  ]);
