import { asArray, asObject, asString, isObject, parseJson, type JsonObject } from '../../lib/domain/json.ts';

/** What an OpenAI client makes of an answer, whole or streamed, so that the two can be compared. */
export interface Answer {
  readonly content: string | null;
  readonly refusal: string;
  readonly reasoning: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly finish: string | undefined;
  readonly usage: JsonObject | undefined;
  /** As it would go into the history of the next request, the pieces of a stream merely appended. */
  readonly message: JsonObject;
}

/** What a step of a stream says, as text. */
export const outputText = (output: Uint8Array | string): string =>
  typeof output === 'string' ? output : new TextDecoder('utf-8', { ignoreBOM: true }).decode(output);

export function readCompletion(text: string): Answer {
  const json = asObject(parseJson(text));
  const choice = asObject(asArray(json['choices'])[0]);
  const message = asObject(choice['message']);
  return {
    content: asString(message['content']) ?? null,
    refusal: asString(message['refusal']) ?? '',
    reasoning: asString(message['reasoning_content']) ?? '',
    toolCalls: asArray(message['tool_calls']).map((call) => {
      const { name, arguments: written } = asObject(asObject(call)['function']);
      return { id: String(asObject(call)['id']), name: String(name), arguments: String(written) };
    }),
    finish: asString(choice['finish_reason']),
    usage: isObject(json['usage']) ? json['usage'] : undefined,
    message,
  };
}

/** The data of every event; throws where the text is not made of whole events. */
export function sseData(text: string): string[] {
  if (text !== '' && !text.endsWith('\n\n')) throw new Error('the stream ends inside an event');
  return text
    .split('\n\n')
    .filter((event) => event !== '' && !event.startsWith(':'))
    .map((event) => {
      if (!event.startsWith('data: ')) throw new Error(`no data in ${event}`);
      return event.slice('data: '.length);
    });
}

/** Accumulates chunks as SDKs do. Throws for what an SDK would choke on. */
export function readChunks(text: string): Answer {
  const data = sseData(text);
  if (data.at(-1) !== '[DONE]') throw new Error('no [DONE] at the end');
  const details: JsonObject[] = [];
  const calls: { id: string; name: string; arguments: string }[] = [];
  let content: string | null = null;
  let refusal = '';
  let reasoning = '';
  let finish: string | undefined;
  let usage: JsonObject | undefined;
  for (const [position, entry] of data.slice(0, -1).entries()) {
    const json = parseJson(entry);
    if (!isObject(json) || json['object'] !== 'chat.completion.chunk') throw new Error(`no chunk: ${entry}`);
    if (isObject(json['usage'])) usage = json['usage'];
    const choice = asArray(json['choices'])[0];
    if (choice === undefined) continue;
    const { delta: given, finish_reason: reason, index } = asObject(choice);
    if (index !== 0) throw new Error(`choice ${String(index)} was not asked for`);
    const delta = asObject(given);
    if (position === 0 && delta['role'] !== 'assistant') throw new Error('the first chunk names no role');
    const text = asString(delta['content']);
    if (text !== undefined && text !== '') content = (content ?? '') + text;
    refusal += asString(delta['refusal']) ?? '';
    reasoning += asString(delta['reasoning_content']) ?? '';
    details.push(...asArray(delta['reasoning_details']).map(asObject));
    for (const piece of asArray(delta['tool_calls']).map(asObject)) {
      const at = Number(piece['index']);
      const { name, arguments: written } = asObject(piece['function']);
      if (at === calls.length) calls.push({ id: String(piece['id']), name: String(name), arguments: '' });
      const call = calls[at];
      if (call === undefined) throw new Error(`tool call ${at} before ${calls.length}`);
      call.arguments += asString(written) ?? '';
    }
    if (typeof reason === 'string') finish = reason;
  }
  const message = {
    role: 'assistant',
    content,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map((call) => ({
            id: call.id,
            type: 'function',
            function: { name: call.name, arguments: call.arguments },
          })),
        }),
  };
  return { content, refusal, reasoning, toolCalls: calls, finish, usage, message };
}
