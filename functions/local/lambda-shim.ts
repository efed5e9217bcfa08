import type { ServerResponse } from 'node:http';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { encodePrelude, type Prelude } from './prelude.ts';
import { LocalResponseStream } from './response-stream.ts';

/** A handler wrapped by `awslambda.streamifyResponse`. */
export type StreamingHandler = (
  event: APIGatewayProxyEvent,
  responseStream: LocalResponseStream,
  context: Context,
) => Promise<void>;

/** The local `awslambda`. Our own stream takes status and headers directly; any other as bytes, before its first ones. */
export const awsLambda = {
  streamifyResponse: <Handler>(handler: Handler): Handler => handler,
  HttpResponseStream: {
    from: <Stream extends NodeJS.WritableStream>(stream: Stream, prelude: Prelude): Stream => {
      if (stream instanceof LocalResponseStream) stream.setPrelude(prelude);
      else stream.write(encodePrelude(prelude));
      return stream;
    },
  },
};

/**
 * Installs the global of Lambda's Node runtime. Call it before a module that builds a streaming handler is imported.
 * The AWS SDK creates an `awslambda` of its own, which is kept and added to.
 */
export function installAwsLambda(): void {
  const holder: { awslambda?: object } = globalThis;
  Object.assign((holder.awslambda ??= {}), awsLambda);
}

/**
 * Runs one streaming invocation to its end, as Lambda and API Gateway would: a handler that fails before the first
 * byte is answered by `refuse`, one that fails later (or never ends its stream) cuts the connection. Never rejects;
 * failures go to `onFailure`.
 */
export async function invokeStreaming(
  handler: StreamingHandler,
  event: APIGatewayProxyEvent,
  context: Context,
  response: ServerResponse,
  refuse: (response: ServerResponse) => void,
  onFailure: (error: unknown) => void,
): Promise<void> {
  const stream = new LocalResponseStream(response);
  try {
    await handler(event, stream, context);
    if (stream.errored !== null) throw stream.errored;
    if (!stream.writableEnded) throw new Error('Response stream is not finished');
  } catch (error) {
    if (stream.abandon()) refuse(response);
    onFailure(error);
  }
}
