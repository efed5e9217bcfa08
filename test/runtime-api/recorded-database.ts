import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { startDatabase, type Database } from '../../functions/local/database.ts';
import { listen } from '../../functions/local/listen.ts';
import { asObject, asString, parseJson } from '../../lib/domain/json.ts';
import type { Happenings } from './happenings.ts';

export interface RecordedDatabase extends Database {
  /** Where the function finds it: every answer passes here, and is told of. */
  readonly endpoint: string;
  /** Keeps answers to these operations back until the function returned here is called. */
  holdBack(operation: string): () => void;
}

/** An embedded DynamoDB; each operation is told of (`PutItem fairlead-decisions`) just before it is answered. */
export async function startRecordedDatabase(happenings: Happenings): Promise<RecordedDatabase> {
  const database = await startDatabase('eu-central-1');
  const held = new Map<string, Promise<void>>();

  const forward = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await bytesOf(incoming);
    const { host: _host, connection: _connection, ...headers } = incoming.headers;
    const options = { port: database.port, host: '127.0.0.1', method: 'POST', path: '/', headers };
    const answered = Promise.withResolvers<IncomingMessage>();
    request(options, answered.resolve).on('error', answered.reject).end(body);
    const answer = await answered.promise;
    const operation = operationOf(incoming, body);
    const bytes = await bytesOf(answer);
    await held.get(operation);
    happenings.tell(operation);
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(bytes);
  };

  const server = createServer((incoming, outgoing) => {
    // A function that is stopped leaves its requests behind.
    forward(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const { port, close } = await listen(server, 0);
  return {
    ...database,
    endpoint: `http://127.0.0.1:${port}`,
    holdBack: (operation) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(operation, promise);
      return () => {
        held.delete(operation);
        resolve();
      };
    },
    close: async () => {
      await close();
      await database.close();
    },
  };
}

function operationOf({ headers }: IncomingMessage, body: Buffer): string {
  const target = String(headers['x-amz-target']).replace(/^.*\./, '');
  const fields = asObject(parseJson(body.toString('utf8')));
  const table = asString(fields['TableName']) ?? Object.keys(asObject(fields['RequestItems'])).join(' ');
  return `${target} ${table}`;
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
