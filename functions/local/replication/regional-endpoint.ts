import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../listen.ts';
import { isWrite } from './item-address.ts';
import type { Replica } from './replica.ts';
import type { Wire, WireAnswer } from './wire.ts';

export interface RegionalEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * DynamoDB as a region's clients see it: the region's embedded database, whose writes to global tables are noticed.
 * @param isReachableFrom whether a request whose access key has this id gets through; otherwise its connection breaks.
 */
export function startRegionalEndpoint(
  replica: Replica,
  wire: Wire,
  isReachableFrom: (accessKeyId: string) => boolean,
): Promise<RegionalEndpoint> {
  const answer = (request: IncomingMessage, body: Buffer): Promise<WireAnswer> => {
    const [, operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
    const headers = withoutHopByHop(request.headers);
    return isWrite(operation) ? replica.write(operation, headers, body) : wire.send(headers, body);
  };
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const from = accessKeyIdOf(request);
      if (!isReachableFrom(from)) return void response.destroy();
      answer(request, Buffer.concat(chunks)).then(
        // An answer can be lost though the write was made.
        (given) => (isReachableFrom(from) ? reply(response, given) : response.destroy()),
        () => response.destroy(),
      );
    });
  });
  return listen(server, 0);
}

/** The access key id of a signature (AWS Signature Version 4, `Credential=<id>/<date>/...`). */
const accessKeyIdOf = (request: IncomingMessage): string =>
  /Credential=([^/,\s]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '';

function reply(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  response.writeHead(status, withoutHopByHop(headers));
  response.end(body);
}

/** Headers that belong to one connection are not passed on (RFC 9110, section 7.6.1). */
function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection: _connection, 'keep-alive': _keepAlive, ...others } = headers;
  const { host: _host, 'transfer-encoding': _transferEncoding, ...passedOn } = others;
  return passedOn;
}
