import type { ChatRequest } from '../domain/chat.ts';
import type { Target } from '../domain/decision.ts';
import { GatewayError } from '../domain/failure.ts';
import type {
  ChatTranslator,
  ClientDialect,
  ClientRequest,
  ClientTranslation,
  Exchange,
  ProviderDialect,
  ReplyContext,
  ReplyReading,
  Unsupported,
} from './contract.ts';
import { isFault } from './contract.ts';
import { openAiTranslation } from './openai/translation.ts';
import { TranslatedStream } from './translated-stream.ts';

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
    // Half of a character at the end, and the model would have to guess the other half.
    prefilled: (request, target, text) =>
      text.isWellFormed() && translator.takesPrefill?.(neutralOf(request), target, text) === true
        ? translations[request.client.name].prefill(request, text)
        : undefined,
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
