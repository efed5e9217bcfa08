import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { listen } from '../../functions/local/listen.ts';
import type { Happenings } from './happenings.ts';

// Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes"; the streaming part is the API that
// `awslambda.streamifyResponse` of aws-lambda-ric 4.0.2 speaks.
const prefix = '/2018-06-01/runtime';

/** API Gateway looks for the end of the prelude in so many bytes. */
const mostPreludeBytes = 16 * 1024;
const delimiter = Buffer.alloc(8);

const preludeSchema = z.strictObject({ statusCode: z.int(), headers: z.record(z.string(), z.string()) });
const errorSchema = z.object({ errorType: z.string(), errorMessage: z.string() });

export type Prelude = z.output<typeof preludeSchema>;
export type RuntimeError = z.output<typeof errorSchema>;

/** One invocation as Lambda sees it. */
export class Invocation {
  readonly requestId: string;
  readonly #event: object;
  readonly #remainingMs: number;
  readonly #happenings: Happenings;
  #bytes: Buffer = Buffer.alloc(0);
  /** Of the streamed response; empty until it begins. */
  contentType = '';
  responseMode = '';
  /** Whether the last byte and the trailers have come. */
  ended = false;
  /** What the trailers tell of an error after the first byte. */
  error: RuntimeError | undefined;

  constructor(requestId: string, event: object, remainingMs: number, happenings: Happenings) {
    this.#happenings = happenings;
    this.requestId = requestId;
    this.#event = event;
    this.#remainingMs = remainingMs;
  }

  /** Of the integration response, once its prelude is whole. */
  get prelude(): Prelude | undefined {
    const end = this.#bytes.subarray(0, mostPreludeBytes).indexOf(delimiter);
    return end === -1 ? undefined : preludeSchema.parse(JSON.parse(this.#bytes.toString('utf8', 0, end)));
  }

  /** What has come of the body so far. */
  get body(): string {
    const end = this.#bytes.indexOf(delimiter);
    return end === -1 ? '' : this.#bytes.toString('utf8', end + delimiter.length);
  }

  async end(): Promise<this> {
    await this.#happenings.until(() => this.ended);
    return this;
  }

  handOver(response: ServerResponse, nowMs: number): void {
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': this.requestId,
      'lambda-runtime-deadline-ms': String(nowMs + this.#remainingMs),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-central-1:111111111111:function:gateway:live',
      'lambda-runtime-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
    });
    response.end(JSON.stringify(this.#event));
  }

  take(request: IncomingMessage): void {
    this.contentType = request.headers['content-type'] ?? '';
    this.responseMode = String(request.headers['lambda-runtime-function-response-mode']);
    request.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#happenings.stir();
    });
    request.on('end', () => {
      const told = request.trailers['lambda-runtime-function-error-body'];
      if (told !== undefined)
        this.error = errorSchema.parse(JSON.parse(Buffer.from(told, 'base64').toString('utf8')));
      this.ended = true;
      this.#happenings.tell('last byte');
    });
  }
}

export interface RuntimeApi {
  readonly port: number;
  /** Hands this event over when it is next asked for one. `remainingMs` is the function's time-out. */
  invoke(requestId: string, event: object, remainingMs?: number): Invocation;
  /** What was reported instead of asking for the first invocation. */
  readonly initErrors: readonly RuntimeError[];
  close(): Promise<void>;
}

/**
 * The Runtime API of Lambda on a loopback port. It tells of `next` (an invocation is asked for) and `last byte` (a response
 * has ended).
 */
export async function startRuntimeApi(happenings: Happenings): Promise<RuntimeApi> {
  const waiting: Invocation[] = [];
  const pollers: ServerResponse[] = [];
  const running = new Map<string, Invocation>();
  const initErrors: RuntimeError[] = [];

  const match = (): void => {
    while (waiting.length > 0 && pollers.length > 0) {
      const invocation = waiting.shift();
      const poller = pollers.shift();
      if (invocation === undefined || poller === undefined) return;
      running.set(invocation.requestId, invocation);
      invocation.handOver(poller, Date.now());
    }
  };

  const server = createServer((request, response) => {
    const path = request.url?.slice(prefix.length) ?? '';
    const accept = (): void => void response.writeHead(202).end('{"status":"OK"}');
    if (request.method === 'GET' && path === '/invocation/next') {
      pollers.push(response);
      happenings.tell('next');
      return match();
    }
    if (path === '/init/error') return void readError(request, initErrors).then(accept);
    const [, requestId = ''] = /^\/invocation\/([^/]+)\/response$/.exec(path) ?? [];
    const invocation = running.get(requestId);
    if (invocation === undefined) return void response.writeHead(400).end();
    running.delete(requestId);
    invocation.take(request);
    request.once('end', accept);
  });
  // Functions wait for their next invocation as long as it takes.
  server.requestTimeout = 0;
  const { port, close } = await listen(server, 0);
  return {
    port,
    initErrors,
    close,
    invoke: (requestId, event, remainingMs = 15 * 60_000) => {
      const invocation = new Invocation(requestId, event, remainingMs, happenings);
      waiting.push(invocation);
      match();
      return invocation;
    },
  };
}

async function readError(request: IncomingMessage, into: RuntimeError[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  into.push(errorSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
}
