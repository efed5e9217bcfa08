import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { GatewayError } from '../../lib/domain/failure.ts';
import type { Clock } from '../../lib/domain/ports.ts';
import type { AdminGateway } from './admin-gateway.ts';
import { invokeStreaming, type StreamingHandler } from './lambda-shim.ts';
import { listen } from './listen.ts';
import { localContext, proxyEvent } from './proxy-event.ts';

/** API Gateway reads no more than this of a request. */
const maxBodyBytes = 10 * 1024 * 1024;

/** What Lambda takes as one event; the body counts after JSON escaping. */
const maxEventBytes = 6 * 1024 * 1024;

/** Escaping makes a byte into six at most, so a smaller body fits whatever it holds. */
const surelyFitsBytes = maxEventBytes / 6 - 64 * 1024;

export interface ApiGatewayOptions {
  readonly handler: StreamingHandler;
  readonly region: string;
  readonly clock: Clock;
  /** Another function behind the same API, for its own paths. */
  readonly admin?: AdminGateway;
  /** 0 takes a free port. */
  readonly port: number;
  /** The handler rejected, or left its stream open: a defect of the handler. */
  readonly onFailure: (requestId: string, error: unknown) => void;
}

export interface LocalServer {
  readonly port: number;
  /** Stops at once; open streams are cut. */
  close(): Promise<void>;
}

/** A REST API in front of one function, on the loopback interface. Rejects with `PortInUse`. */
export function startApiGateway(options: ApiGatewayOptions): Promise<LocalServer> {
  const { handler, region, clock, admin } = options;
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    readBody(request, (body) => {
      if (body === undefined || eventBytes(body) > maxEventBytes) return refuse(response, tooLarge(body));
      const requestId = randomUUID();
      const nowMs = clock.nowMs();
      if (admin?.serves(request.url ?? '/') === true) {
        void admin.answer(request, body, requestId).then((answer) => send(response, answer));
        return;
      }
      void invokeStreaming(
        handler,
        proxyEvent(request, body, requestId, nowMs),
        localContext(region, requestId, clock, nowMs),
        response,
        (open) => refuse(open, new GatewayError('upstream_failed', 'Internal server error')),
        (error) => options.onFailure(requestId, error),
      );
    });
  });
  return listen(server, options.port);
}

/** Calls `done` with the whole body, or with nothing as soon as it outgrows the limit; never when the caller left. */
function readBody(request: IncomingMessage, done: (body: Buffer | undefined) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) {
      // The rest is read and dropped: a closed connection could cost the caller the answer.
      request.removeAllListeners('data').removeAllListeners('end').resume();
      return done(undefined);
    }
    chunks.push(chunk);
  });
  request.on('end', () => {
    const [only] = chunks;
    done(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes));
  });
  request.on('error', () => {});
}

const eventBytes = (body: Buffer): number =>
  body.length <= surelyFitsBytes ? body.length : Buffer.byteLength(JSON.stringify(body.toString('utf8')));

const tooLarge = (body: Buffer | undefined): GatewayError =>
  new GatewayError(
    'request_too_large',
    body === undefined
      ? 'The request body exceeds 10 MB; send at most about 5 MB of JSON'
      : 'The request body exceeds 6 MB once it is escaped inside a Lambda event; send at most about 5 MB of JSON',
  );

/** An answer of the API itself, in OpenAI's error shape. */
function refuse(response: ServerResponse, error: GatewayError): void {
  const { message, type, code } = error;
  send(response, {
    status: error.status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { message, type, code, param: null } }),
  });
}

function send(
  response: ServerResponse,
  { status, headers, body }: { status: number; headers: Readonly<Record<string, string>>; body: string },
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
