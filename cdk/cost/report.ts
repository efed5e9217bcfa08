import type { Bill, Line, RegionBill } from './bill.ts';
import { columns, figure, usd } from './columns.ts';
import { containerAssumptions, containerBill, guidanceUsdPerRegion } from './peers.ts';
import { listPrice, type PriceName } from './price.ts';
import { pricesReadOn } from './price-list.ts';
import type { Traffic } from './traffic.ts';
import { hoursPerMonth } from './use.ts';

/** What a deployment costs, and what stands beside it. */
export interface CostReport {
  readonly deployment: string;
  readonly pricesReadOn: string;
  readonly traffic: Traffic;
  readonly bill: Bill;
  readonly beside: {
    /** Stated by AWS, for so many regions; the same at any traffic, since it says none. */
    readonly awsGuidanceUsd: number;
    readonly container: { readonly idleUsd: number; readonly atTrafficUsd: number };
  };
  readonly sources: readonly string[];
}

export function reportOf(deployment: string, traffic: Traffic, bill: Bill): CostReport {
  const regions = bill.regions.map(({ region }) => region);
  const { idleUsd, atTrafficUsd } = containerBill(regions, traffic);
  const items = new Set(bill.regions.flatMap(({ lines }) => lines.map(({ item }) => item)));
  return {
    deployment,
    pricesReadOn,
    traffic,
    bill,
    beside: {
      awsGuidanceUsd: guidanceUsdPerRegion * regions.length,
      container: { idleUsd, atTrafficUsd },
    },
    sources: [...new Set([...items].map((item: PriceName) => listPrice(item).page))].sort(),
  };
}

/** For a person to read. */
export function textOf(report: CostReport): string {
  const { bill, beside, traffic } = report;
  const count = bill.regions.length;
  return [
    `${report.deployment}: USD a month at list prices of ${report.pricesReadOn}, ${hoursPerMonth} hours, before taxes and discounts`,
    `at traffic: ${trafficText(traffic)}`,
    '',
    ...bill.regions.flatMap((region) => [regionText(region), '']),
    columns(
      ['', 'idle', 'at traffic'],
      [
        ...bill.regions.map((each) => [each.region, usd(each.idleUsd), usd(each.atTrafficUsd)]),
        ['all regions', usd(bill.idleUsd), usd(bill.atTrafficUsd)],
        [
          'less what every account has free, unless something else uses it',
          usd(-bill.alwaysFree.idleUsd),
          usd(-bill.alwaysFree.atTrafficUsd),
        ],
        [
          'remains',
          usd(bill.idleUsd - bill.alwaysFree.idleUsd),
          usd(bill.atTrafficUsd - bill.alwaysFree.atTrafficUsd),
        ],
        [`AWS multi-provider gateway guidance, as it states, × ${count}`, usd(beside.awsGuidanceUsd), ''],
        [
          `a gateway in containers, computed, × ${count}`,
          usd(beside.container.idleUsd),
          usd(beside.container.atTrafficUsd),
        ],
      ],
    ),
    '',
    '? no extract of the price list confirmed the figure',
    `Templates hold no secrets of providers' keys: ${traffic.secrets} a region are assumed, and ${figure(traffic.tableGb, 3)} GB of governance and quotas.`,
    'Prices are of the first tier; traffic is spread evenly over the month and the regions; models are paid for apart.',
    'A key that rotates costs 1 $ a month more after its first rotation, and again after its second.',
    'The gateway in containers:',
    ...containerAssumptions.map((assumption) => `  ${assumption}`),
    'Sources:',
    ...report.sources.map((source) => `  ${source}`),
  ].join('\n');
}

const trafficText = (traffic: Traffic): string =>
  [
    `${figure(traffic.requests)} requests of ${figure(traffic.seconds, 3)} s`,
    `${figure(traffic.inputKb, 3)} KB in and ${figure(traffic.outputKb, 3)} KB out`,
    `${traffic.softQuotas} soft and ${traffic.hardQuotas} hard limits, ${traffic.owners} owners`,
    `${traffic.providers} providers`,
  ].join(', ');

function regionText({ region, lines, idleUsd, atTrafficUsd }: RegionBill): string {
  return columns(
    [region, 'list price', 'for one', 'idle', 'USD', 'at traffic', 'USD'],
    [...lines.map(cellsOf), ['total', '', '', '', usd(idleUsd), '', usd(atTrafficUsd)]],
  );
}

function cellsOf({ what, unit, unitSize, unitUsd, confirmed, idle, atTraffic }: Line): readonly string[] {
  return [
    what,
    `${figure(unitUsd, 6)}${confirmed ? ' ' : '?'}`,
    unit,
    figure(idle.count / unitSize, 3),
    usd(idle.usd),
    figure(atTraffic.count / unitSize, 3),
    usd(atTraffic.usd),
  ];
}
