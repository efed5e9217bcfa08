import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { zonesOfRegion } from '../../lib/policy/zones.ts';
import type { TableNames } from '../../lib/stores/tables.ts';
import { systemClock } from '../../lib/transport/system-clock.ts';
import type { LocalServer } from './api-gateway.ts';
import { type Database, startDatabase, tableNames } from './database.ts';
import { readyDocument, storeDocument } from './governance.ts';
import { type LocalGateway, localGateway, type LocalOptions } from './local-gateway.ts';
import { startRegionServer } from './region-server.ts';
import { type Replication, type ReplicatorOptions, startReplicator } from './replicator.ts';

export interface RegionsOptions extends Omit<LocalOptions, 'region'> {
  /** The first is the home region, where the document is stored. No region twice. */
  readonly regions: readonly string[];
  /** Of the first region; the others take the next ones. 0 takes free ports. */
  readonly port: number;
  /** Each region's database has its own folder there; absent: all are in memory. */
  readonly dataDirectory?: string;
  /** By default none. The document reaches every region without it. */
  readonly replicationLag?: NonNullable<ReplicatorOptions['lag']>;
  /** Receives a line for each request a handler failed on, and for each write that could not be replicated: defects. */
  readonly onFailure: (record: object) => void;
}

export interface LocalRegions {
  /** In the order of the regions; each ends together with the others. */
  readonly gateways: readonly LocalGateway[];
  readonly replication: Replication;
  readonly tableNames: TableNames;
  /** Ends at once; open streams are cut. */
  close(): Promise<void>;
}

/**
 * Several regions of the gateway on this machine: for each the handler that is deployed and an embedded database of its
 * own, joined like global tables. All have the document when this resolves. Rejects as `startLocal` does.
 */
export async function startRegions(options: RegionsOptions): Promise<LocalRegions> {
  const {
    regions,
    dataDirectory,
    replicationLag,
    clock = systemClock,
    random = Math.random,
    log,
    onFailure,
  } = options;
  const ready = readyDocument(options.document, options.readEnv);
  const opened: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeInReverse(opened));
  try {
    const databases: { readonly region: string; readonly database: Database }[] = [];
    for (const region of regions) {
      const database = await startDatabase(region, dataDirectory);
      opened.push(() => database.close());
      databases.push({ region, database });
    }
    const replicator = await startReplicator({
      databases: databases.map(({ region, database: { port } }) => ({
        region,
        port,
        ...(dataDirectory !== undefined && { versionsFile: join(dataDirectory, `${region}.versions`) }),
      })),
      tableNames,
      clock,
      random,
      ...(replicationLag !== undefined && { lag: replicationLag }),
      onFailure,
    });
    opened.push(() => replicator.close());

    const zoneEndpoints = new Map<string, string>();
    const servers: { readonly region: string; readonly server: LocalServer }[] = [];
    for (const [index, region] of regions.entries()) {
      const client = replicator.client(region);
      opened.push(async () => client.destroy());
      const database = { client, tableNames };
      if (index === 0) {
        await storeDocument(database, ready, clock);
        await replicator.drain();
      }
      const server = await startRegionServer({
        ...options,
        region,
        regions,
        dynamoOf: clientsFrom(replicator, region, client, opened),
        clock,
        random,
        port: options.port === 0 ? 0 : options.port + index,
        database,
        document: ready.source,
        zoneEndpoints,
        log: (record) => log({ ...record, region }),
        onFailure: (record) => onFailure({ ...record, region }),
      });
      opened.push(() => server.close());
      servers.push({ region, server });
    }
    const gateways = servers.map(({ region, server }) => localGateway(region, server.port, ready, close));
    for (const { region, baseUrl } of gateways.toReversed()) {
      for (const zone of zonesOfRegion(region)) zoneEndpoints.set(zone, baseUrl);
    }
    return { gateways, replication: replicator, tableNames, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Clients of every replica as this region reaches them; they end with it. */
function clientsFrom(
  replicator: Replication,
  region: string,
  own: DynamoDBClient,
  opened: (() => Promise<void>)[],
): (region: string) => DynamoDBClient {
  const clients = new Map([[region, own]]);
  return (other) => {
    const known = clients.get(other);
    if (known !== undefined) return known;
    const client = replicator.client(other, region);
    opened.push(async () => client.destroy());
    clients.set(other, client);
    return client;
  };
}

async function closeInReverse(opened: readonly (() => Promise<void>)[]): Promise<void> {
  for (const end of opened.toReversed()) await end();
}
