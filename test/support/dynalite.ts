import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { quietable } from '../../functions/local/quiet.ts';
import { createTables, type TableNames } from '../../lib/stores/tables.ts';

/** An in-memory DynamoDB on a loopback port, with every table of the schema. */
export interface TestDatabase {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  readonly tableNames: TableNames;
  /** Commands sent through `client` so far, by name (`GetItemCommand`), oldest first. */
  readonly sent: readonly string[];
  close(): Promise<void>;
}

export const testTableNames: TableNames = {
  governance: 'test-governance',
  quotas: 'test-quotas',
  health: 'test-health',
  decisions: 'test-decisions',
};

// dynalite publishes no types.
const dynalite: (options: { readonly createTableMs: number }) => Server = createRequire(import.meta.url)(
  'dynalite',
);

export async function startTestDatabase(): Promise<TestDatabase> {
  const server = dynalite({ createTableMs: 0 });
  const quiet = quietable(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('dynalite listens on no port');
  const endpoint = `http://127.0.0.1:${address.port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const sent: string[] = [];
  await createTables(client, testTableNames);
  client.middlewareStack.add(
    (next, context) => (args) => {
      sent.push(context.commandName ?? 'unknown');
      return next(args);
    },
    { step: 'initialize' },
  );
  return {
    client,
    endpoint,
    tableNames: testTableNames,
    sent,
    close: async () => {
      client.destroy();
      await quiet();
      server.closeAllConnections();
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
    },
  };
}
