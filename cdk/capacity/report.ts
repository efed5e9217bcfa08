import { columns, figure, usd } from '../cost/columns.ts';
import { pricesReadOn } from '../cost/price-list.ts';
import { regionalRate, type Demand } from './demand.ts';
import { inFlight, inFlightAtMost, secondsToScale } from './environments.ts';
import { compare, type Compute } from './managed-instances.ts';
import { quotasOf, suffices, type Quota } from './quotas.ts';
import { busiestQuota, tableUnits, type BusiestQuota, type TableUnits } from './table-units.ts';

/** What a demand takes, in each region. */
export interface CapacityReport {
  readonly demand: Demand;
  readonly environments: {
    readonly mean: number;
    /** Not exceeded 99.9 % of the time. */
    readonly atMost: number;
    /** If every request took as long as the slowest in a hundred; absent where that is not known. */
    readonly atP99?: number;
    readonly secondsFromNothing: number;
  };
  readonly quotas: readonly (Quota & { readonly suffices: boolean })[];
  readonly tables: readonly TableUnits[];
  readonly busiestQuota: BusiestQuota;
  readonly compute: Compute;
}

export function reportOf(demand: Demand): CapacityReport {
  const rate = regionalRate(demand);
  const mean = inFlight(rate, demand.seconds);
  const atMost = inFlightAtMost(mean);
  return {
    demand,
    environments: {
      mean,
      atMost,
      ...(demand.p99Seconds !== undefined && { atP99: Math.ceil(inFlight(rate, demand.p99Seconds)) }),
      secondsFromNothing: secondsToScale(atMost),
    },
    quotas: quotasOf(demand).map((quota) => ({ ...quota, suffices: suffices(quota) })),
    tables: tableUnits(demand),
    busiestQuota: busiestQuota(demand),
    compute: compare(demand),
  };
}

/** For a person to read. */
export function textOf({
  demand,
  environments,
  quotas,
  tables,
  busiestQuota,
  compute,
}: CapacityReport): string {
  const short = quotas.filter((quota) => !quota.suffices);
  return [
    `${figure(demand.requestsPerSecond, 1)} requests a second of ${figure(demand.seconds, 2)} s at peak, in ${demand.regions} region(s); figures are of one`,
    '',
    columns(
      ['environments, one request each', ''],
      [
        ['requests in flight on average: arrivals × duration', figure(environments.mean, 1)],
        ['environments, not exceeded 99.9 % of the time', figure(environments.atMost)],
        ...(environments.atP99 === undefined
          ? []
          : [['if every request took its p99', figure(environments.atP99)]]),
        ['seconds until Lambda has them, from none', figure(environments.secondsFromNothing, 1)],
      ],
    ),
    '',
    columns(
      ['limit', 'is', 'needed', ''],
      quotas.map((quota) => [
        quota.what,
        `${figure(quota.limit)}${quota.unconfirmed ? '?' : ' '}`,
        figure(quota.needed, 1),
        quota.suffices ? 'suffices' : 'TOO LITTLE',
      ]),
    ),
    '',
    ...(short.length === 0
      ? ['Nothing has to be raised.']
      : ['To do:', ...short.map(({ what, remedy }) => `  ${what}: ${remedy}`)]),
    '',
    columns(
      ['DynamoDB units a second', 'writes', 'reads'],
      tables.map(({ table, writes, reads }) => [table, figure(writes, 1), figure(reads, 1)]),
    ),
    `Lanes of the busiest owner's quota: ${busiestQuota.lanes} at least.`,
    '',
    ...computeText(demand, compute),
    '',
    '? the figure was not found in documentation',
    ...[...new Set(quotas.map(({ source }) => source))].map((source) => `  ${source}`),
  ].join('\n');
}

const computeText = (demand: Demand, compute: Compute): readonly string[] => [
  columns(
    [`compute in ${demand.region}, USD a month, ${pricesReadOn}`, ''],
    [
      [
        `Lambda on demand, ${demand.memoryMb} MB, at ${figure(demand.meanShare * 100)} % of peak`,
        usd(compute.onDemandUsd),
      ],
      [
        `managed instances for the peak: ${compute.environments} environments, ${figure(compute.vcpus, 1)} vCPUs${compute.confirmed ? '' : ', price unconfirmed'}`,
        usd(compute.managedUsd),
      ],
      [
        'mean requests a second at which the fewest instances cost less',
        figure(compute.breakEvenRequestsPerSecond, 2),
      ],
    ],
  ),
  `Managed instances: their number is decided by ${compute.boundBy === 'floor' ? 'the least Lambda keeps' : compute.boundBy}. In mode public they need a VPC and a NAT gateway`,
  'besides, about 36 $ a month; traffic may double in five minutes, not faster.',
];
