import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item } from '../support/dynamo-expressions.ts';
import type { Site } from '../../lib/domain/quota.ts';
import type { SimulatedRegions } from '../support/simulated-regions.ts';
import type { Changes } from './ledger-moves.ts';
import { home, type Conditions } from './ledger-world.ts';

/** The ledger with one of its guards taken away. */
export interface Mutant {
  readonly name: string;
  readonly schedules: Changes;
  readonly conditions: Conditions;
}

/** Replaces a part of the condition of those updates whose expression holds `of`. */
function without(of: string, guard: string, left: string): Conditions {
  const onStart = (regions: SimulatedRegions): void => {
    regions.distort = (update) => ({ ...update, input: weakened(update.input, of, guard, left) });
  };
  return { onStart };
}

function weakened(
  input: UpdateItemCommandInput,
  of: string,
  guard: string,
  left: string,
): UpdateItemCommandInput {
  const condition = input.ConditionExpression ?? '';
  if (!(input.UpdateExpression ?? '').includes(of) || !condition.includes(guard)) return input;
  return { ...input, ConditionExpression: condition.replace(guard, left) };
}

const always = '(attribute_exists(pk) OR attribute_not_exists(pk))';
const opened = 'attribute_exists(granted)';

/** Writes a lender's item wherever the borrower is. */
const lendAnywhere: Conditions = {
  onStart: (regions) => {
    regions.distort = (update, caller) =>
      (update.input.UpdateExpression ?? '').includes('#lent') ? { ...update, region: caller } : update;
  },
};

/** A loan as an absolute figure worked out before, not as an addition. */
const lendAbsolute: Conditions = {
  onStart: (regions) => {
    regions.distort = (update) => {
      const { input } = update;
      const expression = input.UpdateExpression ?? '';
      if (!expression.includes('#lent')) return update;
      const absolute = expression.replace('if_not_exists(#lent, :zero) + :amount', ':amount');
      return { ...update, input: { ...input, UpdateExpression: absolute } };
    };
  },
};

/** A region that joins is given an equal part of what the others keep. */
const reshared = (joined: boolean): readonly Site[] => [
  { site: home, share: 1 / 3 },
  { site: 'eu-central-1', share: 1 / 3 },
  { site: 'ap-northeast-1', share: joined ? 0 : 1 / 3, ...(joined && { left: true }) },
  ...(joined ? [{ site: 'ap-northeast-1.2', share: 1 / 3 }] : []),
];

/** A backup of one region's items is restored while their window runs. */
const restored: Conditions = {
  onStart: (regions) => backups.set(regions, new Map()),
  onDisaster: (regions) => {
    const backup = backups.get(regions) ?? new Map<string, Item>();
    for (const [pk, item] of backup) regions.overwrite(home, pk, item);
    const own = [...regions.items(home)].filter(([pk]) => pk.endsWith(`#${home}`));
    backups.set(regions, new Map(backup.size > 0 ? [] : own));
  },
};
const backups = new WeakMap<SimulatedRegions, ReadonlyMap<string, Item>>();

/** A region is lost, and set up again under its old name from the copies another one has. */
const reborn: Conditions = {
  onDisaster: (regions) => {
    for (const [pk, item] of regions.items(home)) {
      if (pk.endsWith('#eu-central-1')) regions.overwrite('eu-central-1', pk, item);
    }
  },
};

export const mutants: readonly Mutant[] = [
  {
    name: 'open: although it is open',
    schedules: 'steady',
    conditions: without('spent = :zero', 'attribute_not_exists(granted)', always),
  },
  {
    name: 'reserve: more than there is',
    schedules: 'steady',
    conditions: without('ADD tickets', 'available >= :least', opened),
  },
  {
    name: 'reserve: twice under one ticket',
    schedules: 'steady',
    conditions: without('ADD tickets', 'NOT contains(tickets, :ticket)', opened),
  },
  {
    name: 'settle: without a ticket',
    schedules: 'steady',
    conditions: without('DELETE tickets', 'contains(tickets, :ticket)', opened),
  },
  {
    name: 'lend: more than there is',
    schedules: 'steady',
    conditions: without('#lent', 'available >= :amount', opened),
  },
  { name: "lend: at the borrower's replica", schedules: 'steady', conditions: lendAnywhere },
  { name: 'lend: an absolute figure', schedules: 'steady', conditions: lendAbsolute },
  {
    name: 'receive: again what was received',
    schedules: 'steady',
    conditions: without('#got', '#got = :before', opened),
  },
  {
    name: 'receive: for the first time again',
    schedules: 'steady',
    conditions: without('#got', 'attribute_not_exists(#got)', opened),
  },
  {
    name: 'edit: whatever the edition',
    schedules: 'changing',
    conditions: without('granted = :granted, available = available', 'edition = :before', opened),
  },
  {
    name: 'charge: again under one mark',
    schedules: 'steady',
    conditions: without('#mark', '#mark <> :ticket', opened),
  },
  {
    name: 'reserve: more tickets than an item holds',
    schedules: 'steady',
    conditions: without('ADD tickets', 'size(tickets) < :cap', opened),
  },
  { name: 'operations: restored into a running window', schedules: 'disastrous', conditions: restored },
  { name: 'operations: a region returns under its old name', schedules: 'disastrous', conditions: reborn },
  { name: 'join: with a share of its own', schedules: 'joining', conditions: { shares: reshared } },
];
