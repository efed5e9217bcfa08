import {
  healthWrites,
  ledgerWrites,
  readUnits,
  refreshReads,
  snapshotWrites,
  writeUnits,
} from '../cost/table-uses.ts';
import { inFlight } from './environments.ts';
import { regionalRate, type Demand } from './demand.ts';

/** Seconds a function serves from one view of policy, health and quotas. */
const freshSeconds = 5;
/** A partition takes no more, whatever the table may take; an item lies in one (docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html). */
export const partitionWriteUnits = 1_000;
/** Attempts one place of a hard quota has unsettled at a time: the ledger's own limit, for each lane. */
export const unsettledPerLane = 60;

/** Units a second of one region's replica. */
export interface TableUnits {
  readonly table: 'governance' | 'quotas' | 'health' | 'decisions';
  readonly writes: number;
  readonly reads: number;
}

export function tableUnits(demand: Demand): readonly TableUnits[] {
  const rate = regionalRate(demand);
  const environments = Math.max(1, inFlight(rate, demand.seconds));
  const refreshes = Math.min(rate, environments / freshSeconds);
  const quotas = demand.softQuotas + demand.hardQuotas;
  const ofOwners = readUnits(1) * (1 + demand.owners);
  const ofHealth = readUnits(demand.snapshotKb);
  const ofQuotas = refreshReads(demand, demand.regions) - ofOwners - ofHealth;
  return [
    { table: 'governance', writes: 0, reads: refreshes * ofOwners },
    {
      table: 'quotas',
      // Whichever region writes, every replica is written.
      writes: demand.requestsPerSecond * ledgerWrites(demand),
      reads: quotas === 0 ? 0 : refreshes * ofQuotas,
    },
    {
      table: 'health',
      writes: healthWrites(demand, rate) + snapshotWrites(demand) / freshSeconds,
      reads: refreshes * ofHealth + readUnits(demand.providers) / freshSeconds,
    },
    { table: 'decisions', writes: rate * writeUnits(demand.decisionKb), reads: 0 },
  ];
}

/** Of the busiest owner's quota in one region: what its items are asked, lane by lane. */
export interface BusiestQuota {
  /** Write units a second at one item. */
  readonly writesPerItem: number;
  /** Attempts unsettled at one place; zero without hard quotas. */
  readonly unsettledPerLane: number;
  /** The least lanes that carry both; above 16 the quota has to be split between owners. */
  readonly lanes: number;
}

export function busiestQuota(demand: Demand): BusiestQuota {
  const rate = regionalRate(demand) * demand.busiestShare;
  const hard = demand.hardQuotas > 0;
  const counted = demand.hardQuotas + demand.softQuotas > 0;
  const writes = counted ? rate * (hard ? 2 * demand.attempts : 1) : 0;
  const unsettled = hard ? inFlight(rate * demand.attempts, demand.seconds) : 0;
  return {
    writesPerItem: writes / demand.lanes,
    unsettledPerLane: unsettled / demand.lanes,
    lanes: Math.max(1, Math.ceil(writes / partitionWriteUnits), Math.ceil(unsettled / unsettledPerLane)),
  };
}
