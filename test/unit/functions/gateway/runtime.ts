import { Writable } from 'node:stream';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { StreamingHandler } from '../../../../functions/gateway/create-handler.ts';

/**
 * Lambda's Node runtime as far as a streaming handler sees it, after its published client (aws-lambda-ric 4): the
 * prelude goes out before the first write, what is neither text nor bytes is written as JSON, and a handler that leaves
 * its stream open has failed. After a failure the runtime itself ends the stream, with trailers, and waits for that:
 * it never comes when the handler has destroyed the stream, and the invocation lasts until its time-out.
 */
export class RuntimeStream extends Writable {
  readonly #chunks: Buffer[] = [];
  readonly #slow: boolean;
  #beforeFirstWrite: (() => void) | undefined;
  #taken: (() => void) | undefined;
  contentType: string | undefined;
  broken = false;

  constructor(options: { readonly slow?: boolean } = {}) {
    super({ decodeStrings: false, highWaterMark: 64 });
    this.#slow = options.slow ?? false;
  }

  setContentType(contentType: string): void {
    this.contentType = contentType;
  }

  onBeforeFirstWrite(emit: () => void): void {
    this.#beforeFirstWrite = emit;
  }

  /** Bytes that have reached the caller. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  receive(bytes: Buffer): void {
    this.#chunks.push(bytes);
  }

  /** The connection to the runtime breaks. */
  breakOff(): void {
    this.broken = true;
    this.destroy();
  }

  /** The caller reads on, where the stream is slow. */
  take(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  override write(...args: unknown[]): boolean {
    const emit = this.#beforeFirstWrite;
    this.#beforeFirstWrite = undefined;
    emit?.();
    const [chunk] = args;
    return super.write(
      typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk),
    );
  }

  override _write(chunk: string | Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.receive(typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : Buffer.from(chunk));
    if (this.#slow && chunk.length > 0) this.#taken = done;
    else done();
  }
}

Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (handler: unknown) => handler,
    HttpResponseStream: {
      from: (stream: RuntimeStream, prelude: object) => {
        stream.setContentType('application/vnd.awslambda.http-integration-response');
        stream.onBeforeFirstWrite(() =>
          stream.receive(Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)])),
        );
        return stream;
      },
    },
  },
});

/** One invocation. Resolves when the environment would ask for the next one. */
export async function invoke(
  handler: StreamingHandler,
  event: Partial<APIGatewayProxyEvent> = {},
  stream = new RuntimeStream(),
): Promise<RuntimeStream> {
  try {
    await handler(proxyEvent(event), stream, context);
  } catch (error) {
    if (stream.broken) throw error;
    if (stream.destroyed) throw new Error('The runtime waits for the end of a destroyed stream');
    await new Promise<void>((ended) => stream.end(() => ended()));
    throw error;
  }
  if (!stream.writableEnded) throw new Error('Response stream is not finished');
  return stream;
}

/** Status and headers, and the body after them. */
export function responseIn(bytes: Buffer): { readonly prelude: unknown; readonly body: Buffer } {
  const end = bytes.indexOf(Buffer.alloc(8));
  return { prelude: JSON.parse(bytes.toString('utf8', 0, end)), body: bytes.subarray(end + 8) };
}

function proxyEvent(more: Partial<APIGatewayProxyEvent>): APIGatewayProxyEvent {
  const path = '/v1/chat/completions';
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: 'POST',
    headers: {},
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    body: '{}',
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      authorizer: null,
      protocol: 'HTTP/1.1',
      httpMethod: 'POST',
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: '127.0.0.1',
        user: null,
        userAgent: null,
        userArn: null,
      },
      path,
      stage: 'v1',
      requestId: 'request-1',
      requestTimeEpoch: 0,
      resourceId: 'r',
      resourcePath: '/{proxy+}',
    },
    ...more,
  };
}

const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'gateway',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:gateway',
  memoryLimitInMB: '1769',
  awsRequestId: 'lambda-1',
  logGroupName: 'g',
  logStreamName: 's',
  getRemainingTimeInMillis: () => 123_456,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};
