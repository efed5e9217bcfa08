import { inventoriesOf, type RegionInventory } from './inventory.ts';
import { listPrice, priceIn, type PriceName } from './price.ts';
import { standingUses } from './standing.ts';
import { keptUses } from './table-uses.ts';
import type { StackTemplate } from './template.ts';
import type { Traffic } from './traffic.ts';
import { trafficUses } from './traffic-uses.ts';
import type { Use } from './use.ts';

/** One line of a bill: a month, idle and with traffic. Counts are of single things, USD before taxes and discounts. */
export interface Line {
  readonly item: PriceName;
  readonly what: string;
  readonly unit: string;
  readonly unitSize: number;
  /** Of one unit. */
  readonly unitUsd: number;
  readonly confirmed: boolean;
  readonly idle: Amount;
  readonly atTraffic: Amount;
}

interface Amount {
  readonly count: number;
  readonly usd: number;
}

export interface RegionBill {
  readonly region: string;
  readonly lines: readonly Line[];
  readonly idleUsd: number;
  readonly atTrafficUsd: number;
}

export interface Bill {
  readonly regions: readonly RegionBill[];
  readonly idleUsd: number;
  readonly atTrafficUsd: number;
  /** What an account that uses them for nothing else has free in every month; not taken off. */
  readonly alwaysFree: { readonly idleUsd: number; readonly atTrafficUsd: number };
}

/** What a deployment costs in a month, by its templates. */
export function billOf(templates: readonly StackTemplate[], traffic: Traffic): Bill {
  const inventories = inventoriesOf(templates);
  const idle = [...standingUses(templates), ...inventories.flatMap(keptIn(traffic))];
  return priced(idle, trafficUses(inventories, traffic));
}

const keptIn =
  (traffic: Traffic) =>
  (inventory: RegionInventory): readonly Use[] =>
    keptUses(inventory, traffic).map((use) => ({ ...use, region: inventory.region }));

/** @param further what traffic costs beside what there is when idle */
export function priced(idle: readonly Use[], further: readonly Use[]): Bill {
  const names = [...new Set([...idle, ...further].map(({ region }) => region))];
  const regions = names.map((region) => {
    const own = (uses: readonly Use[]): readonly Use[] => uses.filter((use) => use.region === region);
    const lines = linesOf(region, own(idle), own(further));
    return {
      region,
      lines,
      idleUsd: sum(lines.map((line) => line.idle.usd)),
      atTrafficUsd: sum(lines.map(({ atTraffic }) => atTraffic.usd)),
    };
  });
  const lines = regions.flatMap((region) => region.lines);
  return {
    regions,
    idleUsd: sum(regions.map(({ idleUsd }) => idleUsd)),
    atTrafficUsd: sum(regions.map(({ atTrafficUsd }) => atTrafficUsd)),
    alwaysFree: {
      idleUsd: freeUsd(lines, ({ idle: amount }) => amount),
      atTrafficUsd: freeUsd(lines, ({ atTraffic }) => atTraffic),
    },
  };
}

function linesOf(region: string, idle: readonly Use[], further: readonly Use[]): readonly Line[] {
  const items = [...new Set([...idle, ...further].map(({ item }) => item))];
  const count = (uses: readonly Use[], item: PriceName): number =>
    sum(uses.filter((use) => use.item === item).map((use) => use.count));
  return items.flatMap((item) => {
    const { what, unit, unitSize } = listPrice(item);
    const { usd, confirmed } = priceIn(item, region);
    const idleCount = count(idle, item);
    const allCount = idleCount + count(further, item);
    const line: Line = {
      ...{ item, what, unit, unitSize, confirmed },
      unitUsd: usd * unitSize,
      idle: { count: idleCount, usd: idleCount * usd },
      atTraffic: { count: allCount, usd: allCount * usd },
    };
    return allCount === 0 ? [] : [line];
  });
}

/** An allowance is the account's, whichever region uses it: shared out by what each line costs. */
function freeUsd(lines: readonly Line[], amountOf: (line: Line) => Amount): number {
  const items = [...new Set(lines.map(({ item }) => item))];
  return sum(
    items.map((item) => {
      const amounts = lines.filter((line) => line.item === item).map(amountOf);
      const count = sum(amounts.map((amount) => amount.count));
      const free = Math.min(listPrice(item).alwaysFree ?? 0, count);
      return count === 0 ? 0 : (sum(amounts.map(({ usd }) => usd)) * free) / count;
    }),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
