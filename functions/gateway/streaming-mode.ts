import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { GatewayResponse } from '../../lib/pipeline.ts';
import { writeBody } from './response-body.ts';

/** A request as middy carries it through its middlewares. */
interface Carried {
  readonly event: APIGatewayProxyEvent;
  readonly context: Context;
}

/** What `@middy/core` hands to an execution mode (7.9, index.js); its published types leave it out. */
interface Core {
  readonly middyRequest: (event: APIGatewayProxyEvent, context: Context) => Carried;
  readonly runRequest: (
    request: Carried,
    befores: readonly unknown[],
    handler: unknown,
    afters: readonly unknown[],
    onErrors: readonly unknown[],
    plugin: Plugin,
  ) => Promise<GatewayResponse>;
}

interface Plugin {
  readonly requestStart: (request: Carried) => void;
  readonly requestEnd: (request: Carried) => Promise<void> | void;
}

/** The runtime's streams are streams by their methods and events; its published types call them `Writable`. */
interface Runtime {
  readonly HttpResponseStream: {
    from(stream: NodeJS.WritableStream, prelude: Record<string, unknown>): NodeJS.WritableStream;
  };
}

/**
 * Response streaming for a handler that returns a GatewayResponse: middy's streaming mode, but the body is written into
 * the runtime's stream by whoever produces it. Middy's own takes a Readable and pipes it with `pipeline`, which
 * watches both ends, and makes and aborts an AbortController (an error with its stack) for every response.
 */
export function streamingMode(
  { middyRequest, runRequest }: Core,
  befores: readonly unknown[],
  first: unknown,
  afters: readonly unknown[],
  onErrors: readonly unknown[],
  plugin: Plugin,
): unknown {
  let handler = first;
  const invoke = async (
    event: APIGatewayProxyEvent,
    stream: NodeJS.WritableStream,
    context: Context,
  ): Promise<void> => {
    const request = middyRequest(event, context);
    plugin.requestStart(request);
    const response = await runRequest(request, befores, handler, afters, onErrors, plugin);
    const { status: statusCode, headers } = response;
    const runtime: Runtime = awslambda;
    const body = runtime.HttpResponseStream.from(stream, { statusCode, headers });
    // The prelude goes out with the first write, though the first content may be long in coming.
    body.write('');
    try {
      await writeBody(body, response.body);
    } finally {
      await plugin.requestEnd(request);
    }
  };
  return Object.assign(awslambda.streamifyResponse(invoke), {
    handler(replacement: unknown) {
      handler = replacement;
      return this;
    },
  });
}
