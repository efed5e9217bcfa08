import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Watches an embedded database, which must not be closed while it works on a request: the process would end. The
 * function returned turns further requests away and resolves when the last one is answered.
 */
export function quietable(server: Server): () => Promise<void> {
  const open = new Set<ServerResponse>();
  let quiet: (() => void) | undefined;
  /** A caller that is gone does not end the work for it: only an answer does, though nobody hears it. */
  const answered = (response: ServerResponse): void => {
    if (!response.writableEnded) return void setImmediate(answered, response);
    open.delete(response);
    if (open.size === 0) quiet?.();
  };
  server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    open.add(response);
    response.once('close', () => answered(response));
  });
  return async () => {
    server.removeAllListeners('request');
    server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(503).end();
    });
    if (open.size > 0) await new Promise<void>((resolve) => (quiet = resolve));
  };
}
