import type { GatewayRequest, GatewayResponse } from '../../lib/pipeline.ts';
import type { OutputBody } from '../../lib/domain/ports.ts';
import type { Exchange } from '../../lib/transport/prompt-bucket.ts';

/** Where exchanges are kept, in a deployment that asks for it. */
export interface Prompts {
  /** Rejects where it is not kept. */
  store(exchange: Exchange): Promise<void>;
}

/** How exchanges are stored in this environment, never failing a request; undefined: they are not. */
export function storing({
  prompts,
  log,
}: {
  readonly prompts?: () => Promise<Prompts>;
  readonly log: (line: object) => void;
}): ((exchange: Exchange) => Promise<void>) | undefined {
  if (prompts === undefined) return undefined;
  return async (exchange) => {
    try {
      await (await prompts()).store(exchange);
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'unknown';
      log({ event: 'prompt_problem', request_id: exchange.requestId, problem });
    }
  };
}

/** Of an answer. A stream that is longer is kept up to here. */
const mostBytes = 8 * 1024 * 1024;

/** Content types that are text; an answer of another kind (audio, an image) is kept without its bytes. */
const text = /^(?:application\/json|text\/)/;

/**
 * The same response, whose exchange is stored after its last byte. Only what a provider was asked is kept: what the
 * gateway refuses (an unknown key, a request of another residency zone) leaves nothing behind.
 *
 * @param store never rejects
 */
export function keepingPrompts(
  store: (exchange: Exchange) => Promise<void>,
  { requestId, path, body: asked }: GatewayRequest,
  receivedMs: number,
  response: GatewayResponse,
): GatewayResponse {
  const { status, headers, body } = response;
  if (!(Number(headers['x-fairlead-attempts']) >= 1)) return response;
  const kept = text.test(headers['content-type'] ?? '') ? new Kept() : undefined;
  if (typeof body !== 'function') kept?.add(body);
  return {
    ...response,
    body: typeof body === 'function' && kept !== undefined ? (out) => body(kept.watching(out)) : body,
    settled: response.settled.then(() =>
      store({
        requestId,
        receivedMs,
        path,
        status,
        request: asked,
        ...(kept !== undefined && { response: kept.text() }),
        truncated: kept?.truncated === true,
      }),
    ),
  };
}

/** What of an answer is kept: a copy, since whoever writes may use its bytes again. */
class Kept {
  truncated = false;
  #bytes = 0;
  readonly #chunks: Uint8Array[] = [];

  add(chunk: Uint8Array | string): void {
    if (this.truncated) return;
    const bytes = Buffer.from(chunk);
    this.truncated = this.#bytes + bytes.byteLength > mostBytes;
    if (this.truncated) return;
    this.#bytes += bytes.byteLength;
    this.#chunks.push(bytes);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  watching(out: OutputBody): OutputBody {
    return {
      write: (chunk) => {
        this.add(chunk);
        return out.write(chunk);
      },
      end: () => out.end(),
      abort: () => out.abort(),
      onDrain: (listener) => out.onDrain(listener),
      onGone: (listener) => out.onGone(listener),
    };
  }
}
