import type { ChatEvent, ProviderFault } from '../domain/chat.ts';
import { laterUsage } from '../domain/usage.ts';
import type { ChatStreamParser, StreamReader, StreamState, StreamStep, StreamWriter } from './contract.ts';

/** Reads the provider's stream event by event and writes the client's in step. */
export class TranslatedStream implements StreamReader {
  readonly #parser: ChatStreamParser;
  readonly #writer: StreamWriter;
  readonly state: { -readonly [Name in keyof StreamState]: StreamState[Name] } = {
    content: false,
    finished: false,
    terminated: false,
    insideToolCall: false,
    outputChars: 0,
  };
  #failed = false;

  constructor(parser: ChatStreamParser, writer: StreamWriter) {
    this.#parser = parser;
    this.#writer = writer;
  }

  push(chunk: Uint8Array): StreamStep {
    return this.#failed ? { output: '' } : this.#take(this.#parser.push(chunk));
  }

  end(): StreamStep {
    return this.#failed ? { output: '' } : this.#take(this.#parser.end());
  }

  finish(): string {
    return this.#writer.finish();
  }

  #take(events: readonly ChatEvent[]): StreamStep {
    const faultAt = events.findIndex((event) => event.type === 'fault');
    const good = faultAt === -1 ? events : events.slice(0, faultAt);
    for (const event of good) this.#note(event);
    const output = this.#writer.write(good);
    const fault = faultOf(events[faultAt]);
    if (fault === undefined) return { output };
    this.#failed = true;
    return { output, fault };
  }

  #note(event: ChatEvent): void {
    switch (event.type) {
      case 'start':
        if (event.model !== undefined && event.model !== '') this.state.model ??= event.model;
        break;
      case 'text':
      case 'refusal':
      case 'reasoning':
        this.#show(event.text.length);
        break;
      case 'tool_call':
        this.state.content = true;
        this.state.insideToolCall = true;
        break;
      case 'tool_arguments':
        this.state.outputChars += event.argumentsJson.length;
        this.state.insideToolCall = true;
        break;
      case 'image':
      case 'audio':
        this.#show(1);
        break;
      case 'finish':
        this.state.finished = true;
        this.state.insideToolCall = false;
        break;
      case 'usage':
        this.state.usage = laterUsage(this.state.usage, event.usage);
        break;
      case 'end':
        this.state.terminated = true;
        break;
    }
  }

  #show(chars: number): void {
    if (chars === 0) return;
    this.state.content = true;
    this.state.insideToolCall = false;
    this.state.outputChars += chars;
  }
}

const faultOf = (event: ChatEvent | undefined): ProviderFault | undefined =>
  event?.type === 'fault' ? event.fault : undefined;
