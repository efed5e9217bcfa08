import {
  asArray,
  asBoolean,
  asNumber,
  asObject,
  asString,
  type Json,
  type JsonObject,
} from '../../../lib/domain/json.ts';
import type { Answer } from './answer.ts';
import { readToolChoice, schemaOf } from './openai-chat.ts';
import { openAiError } from './openai-error.ts';
import type { Ask, ErrorWords } from './step.ts';
import { type Frame, malformedSse, readTool, sseEvent, sum, textOf, type Voice } from './voice.ts';

/** Responses (platform.openai.com/docs/api-reference/responses), without stored state. */
export const openAiResponses: Voice = {
  read: (path, body) => (path.endsWith('/responses') ? readAsk(body) : undefined),
  reply: (answer) => response(answer, statusOf(answer), items(answer)),
  streamContentType: 'text/event-stream; charset=utf-8',
  stream: writeStream,
  error: openAiError,
  errorEvent: (status, words) => sseEvent(errorEvent(status, words), 'error'),
  malformedEvent: () => malformedSse,
  ping: ': keep-alive\n\n',
  hugeEvent: (text) =>
    sseEvent({ type: 'response.output_text.delta', delta: text }, 'response.output_text.delta'),
};

function readAsk(body: JsonObject): Ask {
  const input = body['input'];
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : asArray(input).map(asObject);
  const lastUser = items.findLast((item) => item['role'] === 'user');
  const isResult = (item: JsonObject): boolean => item['type'] === 'function_call_output';
  const afterLast = items.slice(items.findLastIndex((item) => !isResult(item)) + 1);
  const format = asObject(asObject(body['text'])['format']);
  const schema = schemaOf(asString(format['type']), format['schema']);
  const maxOutputTokens = asNumber(body['max_output_tokens']);
  return {
    model: asString(body['model']) ?? '',
    stream: asBoolean(body['stream']) ?? false,
    userText: textOf(lastUser?.['content']),
    toolResults: afterLast.map((item) => textOf(item['output'])),
    tools: asArray(body['tools'])
      .map(asObject)
      .filter((tool) => tool['type'] === 'function')
      .map((tool) => readTool(tool, 'parameters')),
    toolChoice: readToolChoice(body['tool_choice']),
    ...(schema !== undefined && { schema }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    inputChars: JSON.stringify(items).length + textOf(body['instructions']).length,
  };
}

const statusOf = (answer: Answer): string =>
  answer.finish === 'length' || answer.finish === 'content_filter' ? 'incomplete' : 'completed';

const incompleteReasons: Readonly<Record<string, string>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

function response(answer: Answer, status: string, output: readonly JsonObject[]): JsonObject {
  const reason = status === 'incomplete' ? incompleteReasons[answer.finish] : undefined;
  return {
    id: `resp_${answer.id}`,
    object: 'response',
    created_at: answer.createdS,
    status,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: null,
    max_output_tokens: null,
    model: answer.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage: status === 'in_progress' ? null : usage(answer),
    metadata: {},
  };
}

const usage = (answer: Answer): JsonObject => ({
  input_tokens: answer.usage.inputTokens,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: answer.usage.outputTokens,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: sum(answer.usage),
});

const part = (text: string): JsonObject => ({ type: 'output_text', text, annotations: [], logprobs: [] });

const message = (answer: Answer, status: string, content: readonly JsonObject[]): JsonObject => ({
  id: `msg_${answer.id}`,
  type: 'message',
  status,
  role: 'assistant',
  content,
});

const functionCall = (call: Answer['toolCalls'][number], status: string, args: string): JsonObject => ({
  id: `fc_${call.id}`,
  type: 'function_call',
  status,
  call_id: `call_${call.id}`,
  name: call.name,
  arguments: args,
});

const items = (answer: Answer): JsonObject[] =>
  answer.toolCalls.length > 0
    ? answer.toolCalls.map((call) => functionCall(call, 'completed', call.argumentsJson))
    : [message(answer, 'completed', [part(answer.pieces.join(''))])];

const errorEvent = (status: number, words: ErrorWords): JsonObject => {
  const { message, code, param } = asObject(openAiError(status, words)['error']);
  return { type: 'error', code: code ?? 'server_error', message: message ?? '', param: param ?? null };
};

function writeStream(answer: Answer): readonly Frame[] {
  let sequence = 0;
  const frame = (role: Frame['part'], type: string, data: Readonly<Record<string, Json>>): Frame => ({
    part: role,
    bytes: sseEvent({ type, ...data, sequence_number: sequence++ }, type),
  });
  const started = response(answer, 'in_progress', []);
  const status = statusOf(answer);
  return [
    frame('structure', 'response.created', { response: started }),
    frame('structure', 'response.in_progress', { response: started }),
    ...(answer.toolCalls.length > 0 ? toolFrames(answer, frame) : textFrames(answer, frame)),
    frame('finish', `response.${status}`, { response: response(answer, status, items(answer)) }),
  ];
}

type MakeFrame = (role: Frame['part'], type: string, data: Readonly<Record<string, Json>>) => Frame;

function textFrames(answer: Answer, frame: MakeFrame): Frame[] {
  const text = answer.pieces.join('');
  const at = { item_id: `msg_${answer.id}`, output_index: 0, content_index: 0 };
  return [
    frame('structure', 'response.output_item.added', {
      output_index: 0,
      item: message(answer, 'in_progress', []),
    }),
    frame('structure', 'response.content_part.added', { ...at, part: part('') }),
    ...answer.pieces.map((delta) =>
      frame('content', 'response.output_text.delta', { ...at, delta, logprobs: [] }),
    ),
    frame('structure', 'response.output_text.done', { ...at, text, logprobs: [] }),
    frame('structure', 'response.content_part.done', { ...at, part: part(text) }),
    frame('structure', 'response.output_item.done', {
      output_index: 0,
      item: message(answer, 'completed', [part(text)]),
    }),
  ];
}

const toolFrames = (answer: Answer, frame: MakeFrame): Frame[] =>
  answer.toolCalls.flatMap((call, index) => {
    const at = { item_id: `fc_${call.id}`, output_index: index };
    return [
      frame('content', 'response.output_item.added', {
        output_index: index,
        item: functionCall(call, 'in_progress', ''),
      }),
      frame('content', 'response.function_call_arguments.delta', { ...at, delta: call.argumentsJson }),
      frame('structure', 'response.function_call_arguments.done', { ...at, arguments: call.argumentsJson }),
      frame('structure', 'response.output_item.done', {
        output_index: index,
        item: functionCall(call, 'completed', call.argumentsJson),
      }),
    ];
  });
