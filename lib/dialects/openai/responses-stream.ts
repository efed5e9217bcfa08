import type { ProviderFault } from '../../domain/chat.ts';
import { asObject, asString, isObject, parseJson, type JsonObject } from '../../domain/json.ts';
import type { StreamReader, StreamState, StreamStep } from '../contract.ts';
import { EventStream, type EventInspector } from './event-stream.ts';
import { faultIn, isError } from './faults.ts';
import { Skimmer } from './skimmer.ts';
import { readUsage } from './usage.ts';

type Meaning = 'shown' | 'tool' | 'closed' | 'finish' | 'failure';

/** What an event of a Responses stream means for the gateway (developers.openai.com/api/reference, "Streaming events"). */
const meanings: ReadonlyMap<string, Meaning> = new Map(
  Object.entries<Meaning>({
    'response.output_text.delta': 'shown',
    'response.refusal.delta': 'shown',
    'response.reasoning_summary_text.delta': 'shown',
    'response.reasoning_text.delta': 'shown',
    'response.audio.delta': 'shown',
    'response.audio.transcript.delta': 'shown',
    'response.output_audio.delta': 'shown',
    'response.output_audio_transcript.delta': 'shown',
    'response.image_generation_call.partial_image': 'shown',
    'response.function_call_arguments.delta': 'tool',
    'response.custom_tool_call_input.delta': 'tool',
    'response.mcp_call_arguments.delta': 'tool',
    'response.code_interpreter_call_code.delta': 'tool',
    'response.output_item.done': 'closed',
    'response.completed': 'finish',
    'response.incomplete': 'finish',
    'response.failed': 'failure',
    error: 'failure',
  }),
);

/** Items of an answer that say nothing by having begun: their text comes in deltas. */
const silentItems = new Set(['message', 'reasoning']);

/** A stream of the Responses API, passed through. Its last event is its end: there is no `[DONE]` to add. */
export class ResponsesStream implements StreamReader, EventInspector {
  readonly #askedModel: string;
  readonly #events: EventStream = new EventStream(this);
  readonly #skimmer = new Skimmer();
  /** Of the event learnt last. */
  #skimsToolCall = false;
  readonly state: { -readonly [Name in keyof StreamState]: StreamState[Name] } = {
    content: false,
    finished: false,
    terminated: false,
    insideToolCall: false,
    outputChars: 0,
  };

  constructor(askedModel: string) {
    this.#askedModel = askedModel;
  }

  push(chunk: Uint8Array): StreamStep {
    return this.#events.push(chunk);
  }

  end(): StreamStep {
    return this.#events.end();
  }

  finish(): string {
    return '';
  }

  skim(bytes: Uint8Array, from: number): number {
    const end = this.#skimmer.fit(bytes, from);
    if (end === -1) return -1;
    this.state.outputChars += this.#skimmer.chars;
    this.state.insideToolCall = this.#skimsToolCall;
    return end;
  }

  read(event: string, data: string, bytes: Uint8Array): 'forward' | 'drop' | ProviderFault {
    // Some hosts end these streams too as they end those of chat.
    if (data === '[DONE]') return 'forward';
    const json = parseJson(data);
    if (!isObject(json)) return event === 'error' ? faultIn({ error: data }) : 'drop';
    const type = asString(json['type']) ?? event;
    const response = asObject(json['response']);
    const model = asString(response['model']);
    if (model !== undefined && model !== '') this.state.model ??= model;
    const usage = readUsage(response, this.#askedModel);
    if (usage !== undefined) this.state.usage = usage;
    const meaning = meanings.get(type);
    if (meaning === 'failure') return failure(json, response);
    if (isError(json)) return faultIn(json);
    if (meaning === 'finish') this.state.finished = this.state.terminated = true;
    else if (meaning === 'shown' || meaning === 'tool') this.#say(json, meaning === 'tool', bytes);
    else if (meaning === 'closed') this.state.insideToolCall = false;
    else if (type === 'response.output_item.added' && !silentItems.has(itemType(json)))
      this.#say(json, true, bytes);
    return 'forward';
  }

  #say(json: JsonObject, tool: boolean, event: Uint8Array): void {
    const delta = asString(json['delta']) ?? '';
    if (delta === '' && json['item'] === undefined && json['partial_image_b64'] === undefined) return;
    this.state.content = true;
    this.state.insideToolCall = tool;
    this.state.outputChars += delta.length;
    if (delta === '') return;
    this.#skimmer.learn(event, 'delta', delta);
    this.#skimsToolCall = tool;
  }
}

const itemType = (json: JsonObject): string => asString(asObject(json['item'])['type']) ?? 'message';

/** `response.failed` keeps the error in the response, `error` in itself or one deeper. */
function failure(json: JsonObject, response: JsonObject): ProviderFault {
  if (isObject(response['error'])) return faultIn(response);
  return faultIn(isObject(json['error']) ? json : { error: json });
}
