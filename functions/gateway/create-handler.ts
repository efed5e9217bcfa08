import { Readable, type Writable } from 'node:stream';
import middy from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { Headers } from '../../lib/domain/ports.ts';
import { serve, type Gateway, type GatewayResponse } from '../../lib/pipeline.ts';
import { BodyStream } from './body-stream.ts';

/**
 * The gateway as a streaming Lambda handler behind a REST API (Lambda proxy integration). Headers go out when the
 * pipeline answers; the work after the last byte is awaited in `requestEnd`, before the invocation ends.
 */
export function createHandler(gateway: Gateway): StreamingHandler {
  // By event, since one process may serve many requests at a time.
  const settlements = new WeakMap<object, Promise<void>>();
  const handler = middy<APIGatewayProxyEvent>({
    executionMode: executionModeStreamifyResponse,
    // The gateway keeps its own deadline, which covers the stream too.
    timeoutEarlyInMillis: 0,
    requestEnd: async (request) => {
      if (typeof request.event === 'object' && request.event !== null) await settlements.get(request.event);
    },
  }).handler(async (event: APIGatewayProxyEvent, context: Context) => {
    const response = await serve(gateway, {
      requestId: event.requestContext.requestId,
      method: event.httpMethod,
      path: event.path,
      headers: lowerCase(event.headers),
      body: bodyText(event),
      remainingMs: context.getRemainingTimeInMillis(),
    });
    settlements.set(event, response.settled);
    return { statusCode: response.status, headers: response.headers, body: bodyOf(response) };
  });
  // middy's types describe the buffered mode; in this one the runtime passes the response stream second.
  return handler as unknown as StreamingHandler;
}

/** As Lambda's runtime calls a handler made by `awslambda.streamifyResponse`. */
export type StreamingHandler = (
  event: APIGatewayProxyEvent,
  responseStream: Writable,
  context: Context,
) => Promise<void>;

function lowerCase(headers: APIGatewayProxyEvent['headers']): Headers {
  const lower: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) lower[name.toLowerCase()] = value;
  }
  return lower;
}

function bodyText(event: APIGatewayProxyEvent): string {
  const body = event.body ?? '';
  return event.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
}

/** Longer strings would be cut into pieces by middy, through the middle of characters beyond the BMP. */
const wholeStringChars = 16_384;

function bodyOf({ body }: GatewayResponse): string | Readable {
  if (typeof body === 'function') return new BodyStream(body);
  if (typeof body === 'string' && body.length <= wholeStringChars) return body;
  return Readable.from([typeof body === 'string' ? Buffer.from(body) : body], { objectMode: false });
}
