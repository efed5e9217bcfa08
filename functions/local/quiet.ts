import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Watches an embedded database, which must not be closed while it works on a request: the process would end. The
 * function returned turns further requests away and resolves when the last one is answered.
 */
export function quietable(server: Server): () => Promise<void> {
  const open = new Set<ServerResponse>();
  let quiet: (() => void) | undefined;
  server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    open.add(response);
    response.once('close', () => {
      open.delete(response);
      if (open.size === 0) quiet?.();
    });
  });
  return async () => {
    server.removeAllListeners('request');
    server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(503).end();
    });
    if (open.size > 0) await new Promise<void>((resolve) => (quiet = resolve));
  };
}
