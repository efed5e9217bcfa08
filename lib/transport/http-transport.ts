import * as http from 'node:http';
import * as https from 'node:https';
import type {
  ByteSink,
  ByteSource,
  Cancellation,
  Clock,
  Headers,
  OutboundRequest,
  OutboundResponse,
  Transport,
} from '../domain/ports.ts';
import { TransportError } from '../domain/ports.ts';

/**
 * Outbound HTTP/1.1 over `node:http(s)` with keep-alive agents. Not `fetch`: on the same work it costs three to four
 * times the CPU and twice the memory, and its first use loads a second HTTP stack (`npm run bench:overhead`).
 */
export class HttpTransport implements Transport {
  readonly #clock: Clock;
  readonly #connectTimeoutMs: number;
  readonly #agents: Readonly<Record<string, http.Agent>> = {
    'http:': new http.Agent({ keepAlive: true, scheduling: 'lifo' }),
    'https:': new https.Agent({ keepAlive: true, scheduling: 'lifo' }),
  };

  constructor(clock: Clock, options: { readonly connectTimeoutMs?: number } = {}) {
    this.#clock = clock;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
  }

  send(request: OutboundRequest, cancellation: Cancellation): Promise<OutboundResponse> {
    return this.#send(request, cancellation, false);
  }

  /** Closes idle connections; nothing may be sent afterwards. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #send(request: OutboundRequest, cancellation: Cancellation, fresh: boolean): Promise<OutboundResponse> {
    return new Promise((resolve, reject) => {
      if (cancellation.cancelled) return reject(new TransportError('cancelled', 'cancelled'));
      const url = new URL(request.url);
      const agent = this.#agents[url.protocol];
      if (agent === undefined) return reject(new TransportError('refused', 'not an http or https address'));
      let outgoing: http.ClientRequest;
      try {
        outgoing = (url.protocol === 'https:' ? https : http).request(url, {
          method: request.method,
          headers: request.headers,
          agent: fresh ? false : agent,
        });
      } catch {
        // Node's message quotes the header's value, which may be a key.
        return reject(new TransportError('refused', 'the request has a header that cannot be sent'));
      }
      let responded = false;
      let reason: TransportError | undefined;
      const stop = (error: TransportError) => {
        reason ??= error;
        outgoing.destroy();
      };
      // A connection that is open but never encrypted is none.
      const connecting = this.#watchConnect(
        outgoing,
        url.protocol === 'https:' ? 'secureConnect' : 'connect',
        stop,
      );
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        connecting.cancel();
        if (responded) return;
        if (reason === undefined && outgoing.reusedSocket && isReset(error)) {
          // RFC 9112, section 9.3.1: the server had closed the idle connection; it never read this request.
          return resolve(this.#send(request, cancellation, true));
        }
        reject(reason ?? transportError(error));
      });
      outgoing.on('response', (response) => {
        responded = true;
        resolve({
          status: response.statusCode ?? 0,
          headers: joinHeaders(response.headers),
          body: new ResponseBody(response),
        });
      });
      cancellation.onCancel(() => stop(new TransportError('cancelled', 'cancelled')));
      outgoing.end(request.body);
    });
  }

  /** An address that never answers must fail long before the first content is due. */
  #watchConnect(
    outgoing: http.ClientRequest,
    connected: 'connect' | 'secureConnect',
    stop: (error: TransportError) => void,
  ): { cancel(): void } {
    let cancel = () => {};
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = this.#clock.after(this.#connectTimeoutMs, () =>
        stop(new TransportError('refused', `no connection within ${this.#connectTimeoutMs} ms`)),
      );
      cancel = () => timer.cancel();
      socket.once(connected, cancel);
    });
    return { cancel: () => cancel() };
  }
}

class ResponseBody implements ByteSource {
  readonly #response: http.IncomingMessage;
  #sink: ByteSink | undefined;

  constructor(response: http.IncomingMessage) {
    this.#response = response;
    // Without a listener an error before `read` would be thrown; `read` looks at `errored` instead.
    response.on('error', () => {});
  }

  read(sink: ByteSink): void {
    this.#sink = sink;
    const response = this.#response;
    if (response.errored !== null || response.destroyed) {
      return this.#finish((to) =>
        to.fail(new TransportError('cut', 'the connection broke inside the answer')),
      );
    }
    response.on('data', (chunk: Buffer) => this.#sink?.data(chunk));
    response.on('end', () => this.#finish((to) => to.end()));
    response.on('close', () =>
      this.#finish((to) => to.fail(new TransportError('cut', 'the connection broke inside the answer'))),
    );
  }

  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  destroy(): void {
    this.#sink = undefined;
    this.#response.destroy();
  }

  #finish(tell: (sink: ByteSink) => void): void {
    const sink = this.#sink;
    this.#sink = undefined;
    if (sink !== undefined) tell(sink);
  }
}

const isReset = (error: NodeJS.ErrnoException): boolean =>
  error.code === 'ECONNRESET' || error.code === 'EPIPE';

/** Node's messages name addresses, which a caller must not learn: only the code is kept. */
function transportError(error: NodeJS.ErrnoException): TransportError {
  const code = /^[A-Z_]{2,40}$/.test(error.code ?? '') ? ` (${error.code})` : '';
  return isReset(error)
    ? new TransportError('reset', `the provider closed the connection before answering${code}`)
    : new TransportError('refused', `no connection to the provider${code}`);
}

function joinHeaders(incoming: http.IncomingHttpHeaders): Headers {
  const headers: Record<string, string> = {};
  for (const name in incoming) {
    const value = incoming[name];
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}
