import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ConsumptionRow } from '../domain/consumption.ts';
import type { Owner } from '../domain/quota.ts';

/** How consumption looks in the quotas table; see schema.ts for its key. */

/** Items per owner, day and site: one item takes 1,000 writes a second at most. */
export const consumptionLanes = 8;

/** What is kept of one model, in attributes of its own. */
export const measures = ['requests', 'inputTokens', 'outputTokens', 'costMicroUsd'] as const;
export type Measure = (typeof measures)[number];

export const consumptionPk = (owner: Owner, day: string, lane: number, site: string): string =>
  `usage/${owner.kind}/${owner.id}#${day}#${lane}#${site}`;

/** UTC. */
export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** No measure and no provider id holds a "/": a model may. */
export const attributeOf = (measure: Measure, provider: string, model: string): string =>
  `${measure}/${provider}/${model}`;

const attribute = /^(requests|inputTokens|outputTokens|costMicroUsd)\/([^/]*)\/(.*)$/s;
const isMeasure = (text: string | undefined): text is Measure => measures.some((each) => each === text);

/** Sums items by provider and model, the dearest first. */
export function rowsOf(
  items: readonly Readonly<Record<string, AttributeValue>>[],
): readonly ConsumptionRow[] {
  const rows = new Map<string, { -readonly [Field in keyof ConsumptionRow]: ConsumptionRow[Field] }>();
  for (const item of items) {
    for (const [name, value] of Object.entries(item)) {
      const [, measure, provider = '', model = ''] = attribute.exec(name) ?? [];
      const amount = Number(value.N ?? NaN);
      if (!isMeasure(measure) || !Number.isFinite(amount)) continue;
      const id = `${provider}/${model}`;
      const row = rows.get(id) ?? {
        provider,
        model,
        requests: 0,
        inputTokens: 0,
        outputTokens: 0,
        costMicroUsd: 0,
      };
      row[measure] += amount;
      rows.set(id, row);
    }
  }
  return [...rows.values()].sort((a, b) => b.costMicroUsd - a.costMicroUsd || b.requests - a.requests);
}
