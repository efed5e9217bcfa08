import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTables, type TableNames } from '../../lib/stores/tables.ts';
import { takeDataDirectory } from './data-directory.ts';
import { listen } from './listen.ts';
import { quietable } from './quiet.ts';

/** An embedded DynamoDB with every table of the schema, on a loopback port of its own. */
export interface Database {
  readonly port: number;
  readonly client: DynamoDBClient;
  readonly tableNames: TableNames;
  close(): Promise<void>;
}

/** What the tables are called in every embedded database. */
export const tableNames: TableNames = {
  governance: 'fairlead-governance',
  quotas: 'fairlead-quotas',
  health: 'fairlead-health',
  decisions: 'fairlead-decisions',
};

// dynalite publishes no types.
const dynalite: (options: { readonly createTableMs: number; readonly path?: string }) => Server =
  createRequire(import.meta.url)('dynalite');

/** A client of an embedded database that listens on this machine. */
export const databaseClient = (region: string, port: number): DynamoDBClient =>
  new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

/** In memory, or under `dataDirectory/<region>`. Rejects with `DataDirectoryUnusable`. */
export async function startDatabase(region: string, dataDirectory?: string): Promise<Database> {
  const directory = dataDirectory === undefined ? undefined : takeDataDirectory(dataDirectory, region);
  const server = dynalite({ createTableMs: 0, ...(directory !== undefined && { path: directory.path }) });
  const quiet = quietable(server);
  const { port, close } = await listen(server, 0);
  const client = databaseClient(region, port);
  const stop = async (): Promise<void> => {
    client.destroy();
    await quiet();
    await close();
    directory?.release();
  };
  try {
    await createTables(client, tableNames);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, client, tableNames, close: stop };
}
