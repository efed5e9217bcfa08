import * as z from 'zod';
import type { ConsumptionRow } from '../domain/consumption.ts';
import { queryOf, strict } from './asked.ts';
import { AdminError } from './errors.ts';
import { ownerName, ownerSchema, quotasOf } from './owners.ts';
import type { Handle } from './ports.ts';
import { standingsOf, standingView } from './standings.ts';

/** What an owner has consumed, by model, and how far its limits are used. */

const mostDays = 92;
const dayMs = 86_400_000;

const day = z.iso.date({ error: 'must be a day such as 2026-11-24' });
const query = strict({ owner: ownerSchema, from: day.optional(), to: day.optional() });

/** Consumption is written down for these; the others have quotas only. */
const consumers: readonly string[] = ['virtual_key', 'team', 'customer'];

export const readUsage: Handle = async (admin, call) => {
  const asked = queryOf(call, query);
  const today = new Date(admin.clock.nowMs()).toISOString().slice(0, 10);
  const to = asked.to ?? today;
  const from = asked.from ?? `${to.slice(0, 8)}01`;
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days < 1) throw new AdminError('invalid_request', `from: must not be after ${to}`, { param: 'from' });
  if (days > mostDays) {
    throw new AdminError('invalid_request', `from: at most ${mostDays} days at once, asked for ${days}`, {
      param: 'from',
    });
  }
  const { owner } = asked;
  const [models, quotas] = await Promise.all([
    consumers.includes(owner.kind) ? admin.consumption(owner, from, to) : [],
    quotasOf(admin.stored, owner),
  ]);
  // What a key has consumed outlasts it.
  if (quotas === undefined && models.length === 0) {
    throw new AdminError('unknown_owner', `there is no owner "${ownerName(owner)}"`, { param: 'owner' });
  }
  const standings = await standingsOf(admin, quotas ?? []);
  return {
    body: {
      owner: ownerName(owner),
      from,
      to,
      models,
      total: totalOf(models),
      quotas: standings.map(standingView),
    },
  };
};

function totalOf(rows: readonly ConsumptionRow[]): object {
  const total = { requests: 0, inputTokens: 0, outputTokens: 0, costMicroUsd: 0 };
  for (const row of rows) {
    total.requests += row.requests;
    total.inputTokens += row.inputTokens;
    total.outputTokens += row.outputTokens;
    total.costMicroUsd += row.costMicroUsd;
  }
  return total;
}
