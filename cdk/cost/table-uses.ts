import type { TableName } from '../../lib/stores/schema.ts';
import type { RegionInventory } from './inventory.ts';
import type { Traffic } from './traffic.ts';
import { busyShare, gigabytes, secondsPerMonth, type Use } from './use.ts';

/** How health is kept: lengths and numbers of `lib/health`, and what a route writes at most. */
const windowSeconds = 5;
const snapshotCopies = 8;
const claimWrites = 1;
const itemsPerAttempt = 2;
const samplesPerSecond = 20;
const decisionDays = 7;
const replicatedItemKb = 1;

/** DynamoDB counts writes by started KB, and reads that may be a moment old by half of each started 4 KB. */
export const writeUnits = (kb: number): number => Math.ceil(kb);
export const readUnits = (kb: number): number => Math.ceil(kb / 4) / 2;

/** Writes to the ledger and to what was consumed, of one request, at one replica. Each attempt is reserved by itself. */
export const ledgerWrites = (
  traffic: Pick<Traffic, 'softQuotas' | 'hardQuotas' | 'owners' | 'attempts'>,
): number => traffic.softQuotas + 2 * traffic.hardQuotas * traffic.attempts + traffic.owners;

/** Health of all routes, a second: by attempts, up to what is sampled of each route. */
export const healthWrites = (
  traffic: Pick<Traffic, 'attempts' | 'providers'>,
  requestsPerSecond: number,
): number =>
  itemsPerAttempt * Math.min(requestsPerSecond * traffic.attempts, samplesPerSecond * traffic.providers);

/** What of a snapshot is read and written, for every five seconds in which there was a request. */
export const snapshotWrites = (traffic: Pick<Traffic, 'snapshotKb'>): number =>
  snapshotCopies * writeUnits(traffic.snapshotKb) + claimWrites;

/**
 * What a function reads before it serves from an old view: the pointer of policy, the owners' items, a snapshot of
 * health, and the total of every quota at every site.
 */
export const refreshReads = (
  traffic: Pick<Traffic, 'owners' | 'snapshotKb' | 'softQuotas' | 'hardQuotas'>,
  sites: number,
): number =>
  readUnits(1) * (1 + traffic.owners + (traffic.softQuotas + traffic.hardQuotas) * sites) +
  readUnits(traffic.snapshotKb);

/** What is stored though nobody calls: governance and the ledger, and governance once more for its recovery. */
export const keptUses = (
  { tables }: RegionInventory,
  { tableGb, secrets }: Traffic,
): readonly Omit<Use, 'region'>[] => [
  { item: 'tableStorage', count: tables.length === 0 ? 0 : tableGb },
  { item: 'tableRecovery', count: tables.some(({ recovered }) => recovered) ? tableGb : 0 },
  { item: 'secret', count: secrets },
];

/** @param requests of this region, a month */
export function tableUses(
  { tables }: RegionInventory,
  traffic: Traffic,
  requests: number,
  regions: number,
): readonly Omit<Use, 'region'>[] {
  const perSecond = requests / secondsPerMonth;
  const windows = (secondsPerMonth / windowSeconds) * busyShare(perSecond, windowSeconds);
  const ledger = ledgerWrites(traffic);
  const writes: Readonly<Record<TableName, number>> = {
    governance: 0,
    // Whichever region writes, every replica is written.
    quotas: traffic.requests * ledger,
    decisions: requests * writeUnits(traffic.decisionKb),
    health: healthWrites(traffic, perSecond) * secondsPerMonth + windows * snapshotWrites(traffic),
  };
  const refreshes = Math.min(requests, windows * Math.max(1, perSecond * traffic.seconds));
  // Items of all routes and keys are read again for a snapshot, half a KB each.
  const snapshotReads = windows * readUnits(traffic.providers);
  return [
    ...tables.map(({ table }) => ({ item: 'tableWrites', count: writes[table] }) as const),
    { item: 'tableReads', count: refreshes * refreshReads(traffic, regions) + snapshotReads },
    { item: 'tableStorage', count: gigabytes((requests * decisionDays) / 30, traffic.decisionKb) },
    { item: 'betweenRegions', count: gigabytes(requests * ledger * (regions - 1), replicatedItemKb) },
  ];
}
