import type { Clock, Random } from '../../lib/domain/ports.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import { startDatabase } from './database.ts';
import { type ReadyDocument, readyDocument, storeDocument } from './governance.ts';
import { startRegionServer } from './region-server.ts';

export interface LocalOptions {
  /** A gateway document, as parsed from JSON or YAML. One without virtual keys gets a ready one. */
  readonly document: unknown;
  readonly region: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Absent: the database is in memory. */
  readonly dataDirectory?: string;
  /** The secret access key of the local administrators; absent: nobody can administer. */
  readonly adminSecret?: string;
  readonly readEnv: (name: string) => string | undefined;
  /** Receives the lines of the handler's log: the record of each request, and what it warns of. */
  readonly log: (record: object) => void;
  /** Receives a line for each request the handler failed on: a defect. */
  readonly onFailure: (record: object) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface LocalGateway {
  readonly region: string;
  readonly baseUrl: string;
  /** A virtual key in clear, where the document has one or one was added. */
  readonly key?: string;
  /** True if the key is none of the document's. */
  readonly keyAdded: boolean;
  /** A model to try. */
  readonly model: string;
  readonly warnings: readonly string[];
  /** Ends at once; open streams are cut. */
  close(): Promise<void>;
}

/**
 * One region of the gateway on this machine: the handler that is deployed, an embedded database with the document in
 * it, and a REST API on the loopback interface. Rejects with `InvalidDocument`, `PortInUse` or `DataDirectoryUnusable`.
 */
export async function startLocal(options: LocalOptions): Promise<LocalGateway> {
  const { region, clock = systemClock, random = Math.random } = options;
  const ready = readyDocument(options.document, options.readEnv);
  const database = await startDatabase(region, options.dataDirectory);
  try {
    await storeDocument(database, ready, clock);
    const server = await startRegionServer({
      ...options,
      clock,
      random,
      database,
      document: ready.source,
      regions: [region],
      dynamoOf: () => database.client,
      zoneEndpoints: new Map(),
    });
    return localGateway(region, server.port, ready, async () => {
      await server.close();
      await database.close();
    });
  } catch (error) {
    await database.close();
    throw error;
  }
}

export const localGateway = (
  region: string,
  port: number,
  { key, keyAdded, model, warnings }: ReadyDocument,
  close: () => Promise<void>,
): LocalGateway => ({
  region,
  baseUrl: `http://127.0.0.1:${port}`,
  ...(key !== undefined && { key }),
  keyAdded,
  model,
  warnings,
  close,
});
