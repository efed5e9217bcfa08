import {
  asArray,
  asNumber,
  asObject,
  asString,
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
  sum,
  textOf,
  type Voice,
  wordFor,
} from './voice.ts';

/** generateContent and streamGenerateContent (ai.google.dev/api/generate-content), Gemini's and Vertex's paths. */
export const gemini: Voice = {
  read: (path, body) => {
    const [, model, method] = /\/models\/([^/:]+):(generateContent|streamGenerateContent)$/.exec(path) ?? [];
    return model === undefined ? undefined : readAsk(model, method === 'streamGenerateContent', body);
  },
  reply: (answer) => chunk(answer, contentOf(answer), finishWords[answer.finish]),
  streamContentType: 'text/event-stream',
  stream: writeStream,
  error: errorBody,
  errorEvent: (status, words) => sseEvent(errorBody(status, words)),
  malformedEvent: () => malformedSse,
  hugeEvent: (text) =>
    sseEvent({ candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }] }),
};

const finishWords: FinishWords = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
};

const statusWords = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

function errorBody(status: number, words: ErrorWords): JsonObject {
  return {
    error: {
      code: status,
      message: statusMessage(status, words),
      status: words.type ?? wordFor(statusWords, status, 'INTERNAL'),
    },
  };
}

function readAsk(model: string, stream: boolean, body: JsonObject): Ask {
  const contents = asArray(body['contents']).map(asObject);
  const users = contents.filter((content) => content['role'] !== 'model');
  const lastParts = asArray(contents.at(-1)?.['parts']).map(asObject);
  const settings = asObject(body['generationConfig']);
  const calling = asObject(asObject(body['toolConfig'])['functionCallingConfig']);
  const schema = settings['responseJsonSchema'] ?? settings['responseSchema'];
  const json = settings['responseMimeType'] === 'application/json';
  const maxOutputTokens = asNumber(settings['maxOutputTokens']);
  return {
    model,
    stream,
    userText: users.map((content) => textOf(content['parts'])).findLast((text) => text !== '') ?? '',
    toolResults: lastParts
      .filter((part) => part['functionResponse'] !== undefined)
      .map((part) => JSON.stringify(asObject(part['functionResponse'])['response'] ?? {})),
    tools: asArray(body['tools'])
      .flatMap((tool) => asArray(asObject(tool)['functionDeclarations']))
      .map((declaration) => {
        const tool = asObject(declaration);
        return readTool(
          tool,
          tool['parametersJsonSchema'] === undefined ? 'parameters' : 'parametersJsonSchema',
        );
      }),
    toolChoice: readToolChoice(calling),
    ...(json && { schema: asObject(schema) }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    inputChars: JSON.stringify([body['systemInstruction'] ?? '', contents]).length,
  };
}

function readToolChoice(calling: JsonObject): Ask['toolChoice'] {
  const mode = asString(calling['mode'])?.toUpperCase();
  const [only] = asArray(calling['allowedFunctionNames']);
  if (mode === 'NONE') return 'none';
  if (mode !== 'ANY') return 'auto';
  return typeof only === 'string' ? { name: only } : 'required';
}

const contentOf = (answer: Answer): JsonObject[] =>
  answer.toolCalls.length > 0
    ? answer.toolCalls.map((call) => ({
        functionCall: { id: call.id, name: call.name, args: parseJson(call.argumentsJson) },
      }))
    : [{ text: answer.pieces.join('') }];

const chunk = (answer: Answer, parts: readonly JsonObject[], finishReason?: string): JsonObject => ({
  candidates: [
    { content: { parts, role: 'model' }, index: 0, ...(finishReason !== undefined && { finishReason }) },
  ],
  usageMetadata: {
    promptTokenCount: answer.usage.inputTokens,
    ...(finishReason !== undefined && { candidatesTokenCount: answer.usage.outputTokens }),
    totalTokenCount: finishReason === undefined ? answer.usage.inputTokens : sum(answer.usage),
  },
  modelVersion: answer.model,
  responseId: answer.id,
});

function writeStream(answer: Answer): readonly Frame[] {
  const parts = answer.toolCalls.length > 0 ? contentOf(answer) : answer.pieces.map((text) => ({ text }));
  return [
    ...parts.map((part): Frame => ({ part: 'content', bytes: sseEvent(chunk(answer, [part])) })),
    { part: 'finish', bytes: sseEvent(chunk(answer, [{ text: '' }], finishWords[answer.finish])) },
  ];
}
