import { subscribe } from 'node:diagnostics_channel';
import type { Agent, ClientRequest } from 'node:http';

/** What the channel tells of a request of node:http that has just been made (Node, "Diagnostics Channel", built-in channels). */
interface Created {
  readonly request: ClientRequest & { readonly agent?: Agent };
}

/**
 * Lets an environment that serves many requests send as many responses. Lambda's runtime client (aws-lambda-ric 4.0.2)
 * posts the streamed responses of a thread over one connection: the second waits, unsent, for the end of the first,
 * and a reader that gets nothing for a minute counts as gone.
 */
export function freeResponseSockets(variables: Readonly<Record<string, string | undefined>>): void {
  // Set where Lambda hands over several requests at a time, and nowhere else.
  if (variables['AWS_LAMBDA_MAX_CONCURRENCY'] === undefined) return;
  subscribe('http.client.request.created', (message) => {
    // The channel's own types know no messages.
    const { request } = message as Created;
    if (responsePath.test(request.path) && request.agent?.maxSockets === 1)
      request.agent.maxSockets = Infinity;
  });
}

const responsePath = /^\/2018-06-01\/runtime\/invocation\/[^/]+\/response$/;
