import type { ProviderFault } from '../../lib/domain/chat.ts';
import type {
  ClientDialect,
  ClientRequest,
  Exchange,
  ProviderDialect,
  StreamReader,
  StreamStep,
} from '../../lib/dialects/contract.ts';
import { asNumber, asString, asObject, parseJson, type JsonObject } from '../../lib/domain/json.ts';

/**
 * A dialect of plain lines, so that tests of execution say exactly what arrives: `say:text`, `ping`, `finish`,
 * `error:{fault}`, `done`. Whole replies are their own text; error bodies are JSON faults.
 */
export const lineClient: ClientDialect = {
  name: 'openai',
  writeError: (error) => `error:${error.code}`,
  writeStreamError: (error) => `!${error.code}!`,
  keepAlive: '~',
};

export function lineRequest(json: JsonObject = {}, stream = true): ClientRequest {
  return {
    operation: 'chat',
    client: lineClient,
    model: 'm',
    stream,
    fallbacks: [],
    text: '',
    json,
    wantsStreamUsage: false,
  };
}

export const lineDialect: ProviderDialect = {
  unsupported: () => [],
  authorize: (request, credential) => ({
    ...request,
    headers: {
      ...request.headers,
      ...(credential.kind === 'api_key' ? { authorization: credential.value } : {}),
    },
  }),
  readRateLimits: () => undefined,
  open: (request, target): Exchange => ({
    request: { method: 'POST', url: `${target.provider.baseUrl}/`, headers: {}, body: request.text },
    readReply: (_headers, body) => ({ ok: true, body, contentType: 'text/plain' }),
    readFault: (status, _headers, body) => fault(status, Buffer.from(body).toString()),
    openStream: () => new LineReader(),
  }),
};

function fault(status: number, text: string): ProviderFault {
  const json = asObject(parseJson(text));
  const [code, retryAfterMs] = [asString(json['code']), asNumber(json['retryAfterMs'])];
  return {
    status: asNumber(json['status']) ?? status,
    message: asString(json['message']) ?? (text === '' ? 'empty' : text),
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

class LineReader implements StreamReader {
  #rest = '';
  readonly state = {
    content: false,
    finished: false,
    terminated: false,
    insideToolCall: false,
    outputChars: 0,
  };

  push(chunk: Uint8Array): StreamStep {
    const lines = (this.#rest + Buffer.from(chunk).toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    let output = '';
    for (const line of lines) {
      if (line.startsWith('say:')) {
        output += line.slice(4);
        this.state.content = true;
        this.state.outputChars += line.length - 4;
      } else if (line === 'tool') {
        this.state.insideToolCall = true;
        this.state.content = true;
        this.state.outputChars += 1;
      } else if (line === 'finish') this.state.finished = true;
      else if (line === 'done') this.state.terminated = true;
      else if (line.startsWith('error:')) return { output, fault: fault(500, line.slice(6)) };
    }
    return { output };
  }

  end(): StreamStep {
    return { output: '' };
  }

  finish(): string {
    return '.';
  }
}
