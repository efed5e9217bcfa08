import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock, Random } from '../../lib/domain/ports.ts';
import type { TableNames } from '../../lib/stores/tables.ts';
import { globalTables } from './replication/item-address.ts';
import { Mesh, type ReplicationLag } from './replication/mesh.ts';
import { type RegionalEndpoint, startRegionalEndpoint } from './replication/regional-endpoint.ts';
import { Replica, type ReplicatedWrite } from './replication/replica.ts';
import { Versions } from './replication/versions.ts';
import { Wire } from './replication/wire.ts';

/** What tests may do to the regions of a laptop. No endpoint leads here. */
export interface Replication {
  /** Writes not applied yet, counted for each region they travel to. */
  readonly pending: number;
  /** For writes from now on. An item's writes keep their order whatever the lag. */
  setLag(lag: ReplicationLag): void;
  /**
   * Separates two regions, or one from all others: writes wait, and a client in the one cannot reach the other. Throws
   * RangeError where a region is unknown.
   */
  partition(region: string, other?: string): void;
  /** Ends all partitions. Writes whose lag is over arrive at once. */
  heal(): void;
  /** Delivers what is under way without waiting for its lag; resolves when all of it is applied that no partition holds back. */
  drain(): Promise<void>;
  /**
   * A new client of a region's replica, for whoever is in region `from` (by default: the same). Across regions it does
   * not retry, so that a partition shows at once. Throws RangeError where a region is unknown.
   */
  client(region: string, from?: string): DynamoDBClient;
}

export interface Replicator extends Replication {
  /** Ends at once; what is under way is lost, or taken up at the next start where versions persist. */
  close(): Promise<void>;
}

export interface ReplicatedDatabase {
  readonly region: string;
  /** Where the region's embedded database listens. */
  readonly port: number;
  /** Where the versions of its items persist; absent: in memory. */
  readonly versionsFile?: string;
}

export interface ReplicatorOptions {
  readonly databases: readonly ReplicatedDatabase[];
  /** The same in every region. */
  readonly tableNames: TableNames;
  readonly clock: Clock;
  readonly random: Random;
  /** By default none. */
  readonly lag?: ReplicationLag;
  /** A write another region could not take: a defect, the regions differ from now on. */
  readonly onFailure: (record: object) => void;
}

/**
 * Joins embedded databases as DynamoDB joins the replicas of a global table with multi-Region eventual consistency:
 *
 *   client --- endpoint --- database          a write is applied where it is made, conditions are judged there,
 *                 |                           and its item as it then is travels to the other regions:
 *               link (lag, partition)         asynchronously, in order for each item; the last writer wins
 *                 |
 *   client --- endpoint --- database
 *
 * Tables that are not global stay apart. Only writes through `client` are noticed. Where databases persist, regions
 * that differ at the start are brought together.
 */
export async function startReplicator(options: ReplicatorOptions): Promise<Replicator> {
  const { databases, tableNames, clock, random, lag = 0, onFailure } = options;
  const regions = databases.map(({ region, port, versionsFile }) => {
    const wire = new Wire(port);
    const versions = new Versions(versionsFile);
    const global = globalTables(tableNames);
    const onWrite = (write: ReplicatedWrite): void => mesh.spread(region, write);
    return { wire, versions, replica: new Replica({ region, wire, versions, global, clock, onWrite }) };
  });
  const replicas = regions.map(({ replica }) => replica);
  const mesh = new Mesh(replicas, { clock, random, lag, onFailure });
  const endpoints = new Map<string, RegionalEndpoint>();

  const close = async (): Promise<void> => {
    await Promise.all([...endpoints.values()].map((endpoint) => endpoint.close()));
    await mesh.close();
    for (const { wire, versions } of regions) {
      await wire.close();
      versions.close();
    }
  };

  try {
    const stocks = await Promise.all(replicas.map((replica) => replica.takeStock()));
    stocks.forEach((stock, index) => {
      for (const write of stock) mesh.catchUp(replicas[index]?.region ?? '', write);
    });
    await mesh.drain();
    for (const { replica, wire } of regions) {
      const { region } = replica;
      endpoints.set(
        region,
        await startRegionalEndpoint(replica, wire, (from) => mesh.areJoined(from, region)),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }

  const endpointOf = (region: string): RegionalEndpoint => {
    const endpoint = endpoints.get(region);
    if (endpoint !== undefined) return endpoint;
    throw new RangeError(`region must be one of ${[...endpoints.keys()].join(', ')}, received "${region}"`);
  };
  return {
    get pending() {
      return mesh.pending;
    },
    setLag: (next) => mesh.setLag(next),
    partition: (region, other) => {
      endpointOf(region);
      const apart = other === undefined ? [...endpoints.keys()] : [other];
      for (const name of apart) {
        endpointOf(name);
        if (name !== region) mesh.cut(region, name);
      }
    },
    heal: () => mesh.heal(),
    drain: () => mesh.drain(),
    client: (region, from = region) => {
      endpointOf(from);
      return new DynamoDBClient({
        endpoint: `http://127.0.0.1:${endpointOf(region).port}`,
        region,
        // The endpoint knows its callers by this id.
        credentials: { accessKeyId: from, secretAccessKey: 'local' },
        ...(from !== region && { maxAttempts: 1 }),
      });
    },
    close,
  };
}
