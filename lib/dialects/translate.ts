import type { ChatEvent, ChatRequest, ProviderFault } from '../domain/chat.ts';
import type { Target } from '../domain/decision.ts';
import { GatewayError } from '../domain/failure.ts';
import { laterUsage } from '../domain/usage.ts';
import type {
  ChatStreamParser,
  ChatTranslator,
  ClientDialect,
  ClientRequest,
  ClientTranslation,
  Exchange,
  ProviderDialect,
  ReplyContext,
  ReplyReading,
  StreamReader,
  StreamState,
  StreamStep,
  StreamWriter,
  Unsupported,
} from './contract.ts';
import { isFault } from './contract.ts';
import { openAiTranslation } from './openai/translation.ts';

const translations: Readonly<Record<ClientDialect['name'], ClientTranslation>> = {
  openai: openAiTranslation,
};

/** Made once a request, however many candidates ask. */
const neutralForms = new WeakMap<ClientRequest, ChatRequest>();

function neutralOf(request: ClientRequest): ChatRequest {
  const known = neutralForms.get(request);
  if (known !== undefined) return known;
  const made = translations[request.client.name].readNeutral(request);
  neutralForms.set(request, made);
  return made;
}

/** Joins a translator on the provider's side with the client's own dialect, through the neutral form. */
export function translatingDialect(translator: ChatTranslator): ProviderDialect {
  return {
    unsupported: (request, target) => cannotCarry(translator, request, target),
    open: (request, target, context) => openExchange(translator, request, target, context),
    authorize: (request, credential, target, nowMs) =>
      translator.authorize(request, credential, target, nowMs),
    readRateLimits: (headers, nowMs) => translator.readRateLimits(headers, nowMs),
  };
}

/** What the neutral form cannot say excludes only who is reached through it: another target may pass it as it is. */
function cannotCarry(
  translator: ChatTranslator,
  request: ClientRequest,
  target: Target,
): readonly Unsupported[] {
  if (request.operation !== 'chat') {
    const reason = `${target.provider.id} is reached by translation, which knows chat completions only`;
    return [{ parameter: request.operation, reason, droppable: false }];
  }
  try {
    return translating(() => translator.unsupported(neutralOf(request), target));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return [{ parameter: error.param ?? 'body', reason: error.message, droppable: false }];
  }
}

/** What a caller nests deeper than the stack reaches is the request's fault, not the gateway's. */
function translating<Result>(step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new GatewayError('invalid_request', 'The body is nested too deeply to be translated.');
  }
}

function openExchange(
  translator: ChatTranslator,
  request: ClientRequest,
  target: Target,
  context: ReplyContext,
): Exchange {
  return {
    request: translating(() => translator.writeRequest(neutralOf(request), target)),
    readReply: (_headers, body) => readReply(translator, request, target, context, body),
    openStream: () =>
      new TranslatedStream(
        translator.openStream(target),
        translations[request.client.name].openWriter(context),
      ),
    readFault: (status, headers, body) => translator.readFault(status, headers, body),
  };
}

function readReply(
  translator: ChatTranslator,
  request: ClientRequest,
  target: Target,
  context: ReplyContext,
  body: Uint8Array,
): ReplyReading {
  const reply = translator.readReply(body, target);
  if (isFault(reply)) return { ok: false, fault: reply };
  return {
    ok: true,
    body: translations[request.client.name].writeReply(reply, context),
    contentType: 'application/json',
    ...(reply.model === '' ? {} : { model: reply.model }),
    ...(reply.usage === undefined ? {} : { usage: reply.usage }),
  };
}

/** Reads the provider's stream event by event and writes the client's in step. */
class TranslatedStream implements StreamReader {
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
