import type * as z from 'zod';
import type * as shapes from './operation-shapes.ts';
import { amount, table } from './table.ts';

/** Answers about settlements and sites as lines for a terminal. */

export const settlementLines = ({
  region,
  waiting,
  dead,
  deadSince,
  lastReplay,
}: z.infer<typeof shapes.settlements>): readonly string[] => [
  `in ${region}: ${waiting} waiting, ${dead} dead${deadSince === undefined ? '' : ` (the oldest seen since ${deadSince}; deleted after 14 days)`}`,
  ...(lastReplay === undefined
    ? []
    : [`last replay: ${lastReplay.state}, ${lastReplay.moved} moved, begun ${lastReplay.startedAt}`]),
];

/** All pages of a hand-over as one. */
export interface Left {
  readonly site: string;
  readonly dryRun: boolean;
  readonly heirs: readonly string[];
  readonly looked: number;
  readonly quotas: z.infer<typeof shapes.leftRegion>['quotas'];
  readonly unreadable: readonly string[];
}

export const leftLines = ({ site, dryRun, heirs, looked, quotas, unreadable }: Left): readonly string[] => [
  `${site} ${dryRun ? 'would hand' : 'handed'} over to ${heirs.join(', ')}; ${looked} hard limits looked at`,
  ...table(
    [
      { title: 'OWNER' },
      { title: 'LIMIT' },
      { title: 'UNTIL' },
      { title: 'HANDED OVER' },
      { title: 'REMAINS' },
    ],
    quotas.map(({ owner, quota, unit, until, handedOver, remains }) => [
      owner,
      quota,
      until,
      Object.entries(handedOver)
        .map(([heir, figure]) => `${amount(unit, figure)} to ${heir}`)
        .join(', '),
      remains.map((each) => remainderText(unit, each)).join(', '),
    ]),
    'nothing to hand over',
  ),
  ...unreadable.map((owner) => `not handed over: ${owner} is stored in a shape this version does not know`),
];

function remainderText(unit: string, { reason, amount: figure, attempts = 0 }: shapes.Remainder): string {
  const text = amount(unit, figure);
  if (reason === 'unsettled') return `${text} held by ${attempts} attempts that are not settled`;
  if (reason === 'given_back') return `${text} given back meanwhile`;
  return reason === 'owed' ? `${text} owed since the limit was lowered` : `${text} (${reason})`;
}
