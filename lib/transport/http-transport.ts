import * as http from 'node:http';
import * as https from 'node:https';
import type {
  Cancellation,
  Clock,
  Headers,
  OutboundRequest,
  OutboundResponse,
  Transport,
} from '../domain/ports.ts';
import { TransportError } from '../domain/ports.ts';
import { ResponseBody } from './response-body.ts';

/** Where a request goes, as `node:http` wants it. */
interface Address {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
}

const mostAddresses = 1_000;
/** A process that sent nothing for so long may have been frozen: its idle connections are dead without knowing. */
const idleConnectionsMs = 60_000;

/**
 * Outbound HTTP/1.1 over `node:http(s)` with keep-alive agents. Not `fetch`: on the same work it costs three to four
 * times the CPU and twice the memory, and its first use loads a second HTTP stack (`npm run bench:overhead`).
 */
export class HttpTransport implements Transport {
  readonly #clock: Clock;
  readonly #connectTimeoutMs: number;
  #lastSentMs = 0;
  readonly #addresses = new Map<string, Address>();
  readonly #agents: Readonly<Record<string, http.Agent>> = {
    'http:': new http.Agent({ keepAlive: true, scheduling: 'lifo' }),
    'https:': new https.Agent({ keepAlive: true, scheduling: 'lifo' }),
  };

  constructor(clock: Clock, options: { readonly connectTimeoutMs?: number } = {}) {
    this.#clock = clock;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 5_000;
  }

  send(request: OutboundRequest, cancellation: Cancellation): Promise<OutboundResponse> {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#lastSentMs > idleConnectionsMs) this.#closeIdle();
    this.#lastSentMs = nowMs;
    return this.#send(request, cancellation, false);
  }

  /** Closes idle connections; nothing may be sent afterwards. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #closeIdle(): void {
    for (const agent of Object.values(this.#agents)) {
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of [...(sockets ?? [])]) socket.destroy();
      }
    }
  }

  /** Parsed once: the addresses are those of the document's providers. */
  #addressOf(url: string): Address {
    const known = this.#addresses.get(url);
    if (known !== undefined) return known;
    const { protocol, hostname, port, pathname, search } = new URL(url);
    const address: Address = {
      protocol,
      // Node takes an IPv6 address without the brackets of a URL.
      hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
      ...(port !== '' && { port: Number(port) }),
      path: pathname + search,
    };
    // Some dialects have the model in the path, and a caller may name any: the table must not grow with what they type.
    if (this.#addresses.size >= mostAddresses) this.#addresses.clear();
    this.#addresses.set(url, address);
    return address;
  }

  #send(request: OutboundRequest, cancellation: Cancellation, fresh: boolean): Promise<OutboundResponse> {
    return new Promise((resolve, reject) => {
      if (cancellation.cancelled) return reject(new TransportError('cancelled', 'cancelled'));
      const address = this.#addressOf(request.url);
      const agent = this.#agents[address.protocol];
      if (agent === undefined) return reject(new TransportError('refused', 'not an http or https address'));
      let outgoing: http.ClientRequest;
      try {
        outgoing = (address.protocol === 'https:' ? https : http).request({
          ...address,
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
        address.protocol === 'https:' ? 'secureConnect' : 'connect',
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
      cancellation.onCancel(() => {
        // Whoever is done cancels too, and its connection is somebody else's by then.
        if (!outgoing.destroyed) stop(new TransportError('cancelled', 'cancelled'));
      });
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
