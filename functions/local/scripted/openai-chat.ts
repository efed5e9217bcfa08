import {
  asArray,
  asBoolean,
  asNumber,
  asObject,
  asString,
  isObject,
  type JsonObject,
} from '../../../lib/domain/json.ts';
import type { Answer } from './answer.ts';
import { openAiError } from './openai-error.ts';
import type { Ask } from './step.ts';
import {
  type FinishWords,
  type Frame,
  malformedSse,
  readTool,
  sseEvent,
  sum,
  textOf,
  type Voice,
} from './voice.ts';

/** Chat Completions (platform.openai.com/docs/api-reference/chat). */
export const openAiChat: Voice = {
  read: (path, body) => (path.endsWith('/chat/completions') ? readAsk(body) : undefined),
  reply: (answer) => ({
    ...envelope(answer, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.toolCalls.length > 0 ? null : answer.pieces.join(''),
          refusal: null,
          annotations: [],
          ...(answer.toolCalls.length > 0 && { tool_calls: answer.toolCalls.map(toolCall) }),
        },
        logprobs: null,
        finish_reason: finishWords[answer.finish],
      },
    ],
    usage: usage(answer),
  }),
  streamContentType: 'text/event-stream; charset=utf-8',
  stream: writeStream,
  error: openAiError,
  errorEvent: (status, words) => sseEvent(openAiError(status, words)),
  malformedEvent: () => malformedSse,
  ping: ': keep-alive\n\n',
  hugeEvent: (text) =>
    sseEvent({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: text } }] }),
};

const finishWords: FinishWords = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
};

function readAsk(body: JsonObject): Ask {
  const messages = asArray(body['messages']).map(asObject);
  const lastUser = messages.findLast((message) => message['role'] === 'user');
  const afterLast = messages.slice(messages.findLastIndex((message) => message['role'] !== 'tool') + 1);
  const format = asObject(body['response_format']);
  const schema = schemaOf(asString(format['type']), asObject(format['json_schema'])['schema']);
  const maxOutputTokens = asNumber(body['max_completion_tokens']) ?? asNumber(body['max_tokens']);
  return {
    model: asString(body['model']) ?? '',
    stream: asBoolean(body['stream']) ?? false,
    userText: textOf(lastUser?.['content']),
    toolResults: afterLast.map((message) => textOf(message['content'])),
    tools: asArray(body['tools']).map((tool) => readTool(asObject(asObject(tool)['function']), 'parameters')),
    toolChoice: readToolChoice(body['tool_choice']),
    ...(schema !== undefined && { schema }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    inputChars: JSON.stringify(messages).length,
  };
}

/** The schema of a response format; an empty one for "any JSON". */
export function schemaOf(type: string | undefined, schema: unknown): JsonObject | undefined {
  if (type === 'json_object') return {};
  return type === 'json_schema' ? asObject(schema) : undefined;
}

/** `tool_choice` of Chat Completions and of Responses, which differ in where they put the name. */
export function readToolChoice(choice: unknown): Ask['toolChoice'] {
  if (choice === 'none' || choice === 'required') return choice;
  if (!isObject(choice)) return 'auto';
  const name = asString(asObject(choice['function'])['name']) ?? asString(choice['name']);
  return name === undefined ? 'auto' : { name };
}

const envelope = (answer: Answer, object: string): JsonObject => ({
  id: `chatcmpl-${answer.id}`,
  object,
  created: answer.createdS,
  model: answer.model,
  service_tier: 'default',
  system_fingerprint: 'fp_scripted',
});

const toolCall = (call: Answer['toolCalls'][number]): JsonObject => ({
  id: `call_${call.id}`,
  type: 'function',
  function: { name: call.name, arguments: call.argumentsJson },
});

const usage = (answer: Answer): JsonObject => ({
  prompt_tokens: answer.usage.inputTokens,
  completion_tokens: answer.usage.outputTokens,
  total_tokens: sum(answer.usage),
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
});

function writeStream(answer: Answer, body: JsonObject): readonly Frame[] {
  const withUsage = asObject(body['stream_options'])['include_usage'] === true;
  const head = envelope(answer, 'chat.completion.chunk');
  const chunk = (choices: readonly JsonObject[], usage: JsonObject | null = null): string =>
    sseEvent({ ...head, choices, ...(withUsage && { usage }) });
  const delta = (delta: JsonObject, finish: string | null = null): string =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason: finish }]);
  return [
    { part: 'structure', bytes: delta({ role: 'assistant', content: '', refusal: null }) },
    ...answer.pieces.map((content): Frame => ({ part: 'content', bytes: delta({ content }) })),
    ...answer.toolCalls.flatMap((call, index): Frame[] => [
      {
        part: 'content',
        bytes: delta({ tool_calls: [{ index, ...toolCall({ ...call, argumentsJson: '' }) }] }),
      },
      {
        part: 'content',
        bytes: delta({ tool_calls: [{ index, function: { arguments: call.argumentsJson } }] }),
      },
    ]),
    { part: 'finish', bytes: delta({}, finishWords[answer.finish]) },
    ...(withUsage ? [{ part: 'structure', bytes: chunk([], usage(answer)) } as const] : []),
    { part: 'terminator', bytes: 'data: [DONE]\n\n' },
  ];
}
