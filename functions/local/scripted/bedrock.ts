import {
  asArray,
  asNumber,
  asObject,
  asString,
  type Json,
  type JsonObject,
  parseJson,
} from '../../../lib/domain/json.ts';
import type { Answer } from './answer.ts';
import { bedrockEvent, bedrockException, eventStreamMessage } from './event-stream.ts';
import type { Ask, ErrorWords } from './step.ts';
import { type FinishWords, type Frame, statusMessage, sum, textOf, type Voice, wordFor } from './voice.ts';

/** Converse and ConverseStream (Amazon Bedrock API Reference). */
export const bedrockConverse: Voice = {
  read: (path, body) => {
    const [, model, method] = /\/model\/([^/]+)\/(converse|converse-stream)$/.exec(path) ?? [];
    return model === undefined
      ? undefined
      : readAsk(decodeURIComponent(model), method === 'converse-stream', body);
  },
  reply: (answer) => ({
    metrics: { latencyMs: 1 },
    output: { message: { role: 'assistant', content: contentOf(answer) } },
    stopReason: finishWords[answer.finish],
    usage: usage(answer),
  }),
  streamContentType: 'application/vnd.amazon.eventstream',
  stream: writeStream,
  error: errorBody,
  errorHeaders: (status, words) => ({ 'x-amzn-errortype': exceptionName(status, words) }),
  errorEvent: (status, words) => {
    const name = exceptionName(status, words);
    return bedrockException(name.charAt(0).toLowerCase() + name.slice(1), errorBody(status, words));
  },
  malformedEvent: () =>
    eventStreamMessage(
      {
        ':event-type': 'contentBlockDelta',
        ':content-type': 'application/json',
        ':message-type': 'event',
      },
      '{"oops": ',
    ),
  hugeEvent: (text) => bedrockEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text } }),
};

const finishWords: FinishWords = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'content_filtered',
};

const exceptions = {
  400: 'ValidationException',
  401: 'UnrecognizedClientException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
};

const exceptionName = (status: number, words: ErrorWords): string =>
  words.type ?? wordFor(exceptions, status, 'InternalServerException');

function errorBody(status: number, words: ErrorWords): JsonObject {
  return { message: statusMessage(status, words) };
}

function readAsk(model: string, stream: boolean, body: JsonObject): Ask {
  const messages = asArray(body['messages']).map(asObject);
  const users = messages.filter((message) => message['role'] === 'user');
  const lastBlocks = asArray(messages.at(-1)?.['content']).map(asObject);
  const toolConfig = asObject(body['toolConfig']);
  const structure = asObject(asObject(asObject(body['outputConfig'])['textFormat'])['structure']);
  const schema = asString(asObject(structure['jsonSchema'])['schema']);
  const maxOutputTokens = asNumber(asObject(body['inferenceConfig'])['maxTokens']);
  return {
    model,
    stream,
    userText: users.map((message) => spokenText(message['content'])).findLast((text) => text !== '') ?? '',
    toolResults: lastBlocks
      .filter((block) => block['toolResult'] !== undefined)
      .map((block) => resultText(asObject(block['toolResult'])['content'])),
    tools: asArray(toolConfig['tools'])
      .map((tool) => asObject(asObject(tool)['toolSpec']))
      .filter((tool) => tool['name'] !== undefined)
      .map((tool) => ({
        name: asString(tool['name']) ?? '',
        schema: asObject(asObject(tool['inputSchema'])['json']),
      })),
    toolChoice: readToolChoice(asObject(toolConfig['toolChoice'])),
    ...(schema !== undefined && { schema: asObject(parseJson(schema)) }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    inputChars: JSON.stringify([body['system'] ?? '', messages]).length,
  };
}

function readToolChoice(choice: JsonObject): Ask['toolChoice'] {
  const name = asString(asObject(choice['tool'])['name']);
  if (name !== undefined) return { name };
  return choice['any'] === undefined ? 'auto' : 'required';
}

/** Blocks of Converse name their kind by their key, so text is what stands under `text`. */
const spokenText = (content: Json | undefined): string =>
  textOf(asArray(content).filter((block) => asString(asObject(block)['text']) !== undefined));

const resultText = (content: Json | undefined): string =>
  asArray(content)
    .map(asObject)
    .map((part) => asString(part['text']) ?? JSON.stringify(part['json'] ?? ''))
    .join('\n');

const toolUse = (call: Answer['toolCalls'][number]): JsonObject => ({
  toolUseId: `tooluse_${call.id}`,
  name: call.name,
});

const contentOf = (answer: Answer): JsonObject[] =>
  answer.toolCalls.length > 0
    ? answer.toolCalls.map((call) => ({
        toolUse: { ...toolUse(call), input: parseJson(call.argumentsJson) },
      }))
    : [{ text: answer.pieces.join('') }];

const usage = (answer: Answer): JsonObject => ({ ...answer.usage, totalTokens: sum(answer.usage) });

function writeStream(answer: Answer): readonly Frame[] {
  return [
    structure('messageStart', { role: 'assistant' }),
    ...(answer.toolCalls.length > 0 ? toolFrames(answer) : textFrames(answer)),
    { part: 'finish', bytes: bedrockEvent('messageStop', { stopReason: finishWords[answer.finish] }) },
    {
      part: 'terminator',
      bytes: bedrockEvent('metadata', { usage: usage(answer), metrics: { latencyMs: 1 } }),
    },
  ];
}

const structure = (type: string, data: JsonObject): Frame => ({
  part: 'structure',
  bytes: bedrockEvent(type, data),
});

const content = (type: string, data: JsonObject): Frame => ({
  part: 'content',
  bytes: bedrockEvent(type, data),
});

const textFrames = (answer: Answer): Frame[] => [
  ...answer.pieces.map((text) => content('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })),
  structure('contentBlockStop', { contentBlockIndex: 0 }),
];

const toolFrames = (answer: Answer): Frame[] =>
  answer.toolCalls.flatMap((call, contentBlockIndex) => [
    content('contentBlockStart', { contentBlockIndex, start: { toolUse: toolUse(call) } }),
    content('contentBlockDelta', { contentBlockIndex, delta: { toolUse: { input: call.argumentsJson } } }),
    structure('contentBlockStop', { contentBlockIndex }),
  ]);
