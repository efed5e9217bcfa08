import middy, { type PluginExecutionMode } from '@middy/core';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { Headers } from '../../lib/domain/ports.ts';
import { serve, type Gateway, type GatewayRequest, type GatewayResponse } from '../../lib/pipeline.ts';
import type { Exchange } from '../../lib/transport/prompt-bucket.ts';
import { keepingPrompts } from './prompts.ts';
import { streamingMode } from './streaming-mode.ts';

/**
 * The gateway as a streaming Lambda handler behind a REST API (Lambda proxy integration). Headers go out when the
 * pipeline answers; the work after the last byte is awaited in `requestEnd`, before the invocation ends.
 *
 * @param keep stores what was asked and answered, where a deployment asks for that; never rejects
 */
export function createHandler(
  gateway: Gateway,
  keep?: (exchange: Exchange) => Promise<void>,
): StreamingHandler {
  const answer =
    keep === undefined ? (request: GatewayRequest) => serve(gateway, request) : keeping(gateway, keep);
  const handler = middy<APIGatewayProxyEvent, GatewayResponse>({
    // middy's types give an execution mode no parameters; the core calls it with six.
    executionMode: streamingMode as unknown as PluginExecutionMode,
    // The gateway keeps its own deadline, which covers the stream too.
    timeoutEarlyInMillis: 0,
    requestEnd: (request) => request.response?.settled,
  }).handler((event: APIGatewayProxyEvent, context: Context) =>
    answer({
      requestId: event.requestContext.requestId,
      method: event.httpMethod,
      path: event.path,
      headers: lowerCase(event.headers),
      query: definedOf(event.queryStringParameters),
      body: bodyText(event),
      remainingMs: context.getRemainingTimeInMillis(),
      traceHeader: traceHeaderOf(context),
    }),
  );
  // middy's types describe the buffered mode; in this one the runtime passes the response stream second.
  return handler as unknown as StreamingHandler;
}

const keeping =
  (gateway: Gateway, keep: (exchange: Exchange) => Promise<void>) =>
  async (request: GatewayRequest): Promise<GatewayResponse> => {
    const receivedMs = gateway.clock.nowMs();
    return keepingPrompts(keep, request, receivedMs, await serve(gateway, request));
  };

/** As Lambda's runtime calls a handler made by `awslambda.streamifyResponse`. */
export type StreamingHandler = (
  event: APIGatewayProxyEvent,
  responseStream: NodeJS.WritableStream,
  context: Context,
) => Promise<void>;

/** Of this invocation, though others run beside it: the runtime client (aws-lambda-ric 4) hands it over with the rest. */
const traceHeaderOf = (context: Context & { readonly xRayTraceId?: string }): string | undefined =>
  context.xRayTraceId;

function lowerCase(headers: APIGatewayProxyEvent['headers']): Headers {
  const lower: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) lower[name.toLowerCase()] = value;
  }
  return lower;
}

const definedOf = (parameters: APIGatewayProxyEvent['queryStringParameters']): Headers =>
  Object.fromEntries(
    Object.entries(parameters ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

function bodyText(event: APIGatewayProxyEvent): string {
  const body = event.body ?? '';
  return event.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
}
