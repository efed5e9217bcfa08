import * as z from 'zod';
import type { StoredDocument } from '../domain/administration.ts';
import type { Owner, QuotaUnit } from '../domain/quota.ts';
import { microUsdOf } from '../domain/quota-entries.ts';
import { bodyOf, queryOf, strict } from './asked.ts';
import { changeDocument, type Edit } from './change.ts';
import { AdminError } from './errors.ts';
import { ownerName, ownerSchema, quotasOf } from './owners.ts';
import type { Administration, Call, Handle } from './ports.ts';
import { standingsOf, type QuotaStanding } from './standings.ts';

/** Room in the window of a quota that runs now; the next window begins with the document's limit again. */

const target = {
  owner: ownerSchema,
  quota: z.string({ error: 'is required: the id of the quota, as GET /usage shows it' }).min(1).max(128),
  unit: z.enum(['microUsd', 'tokens', 'requests']),
};

/** As high as a limit in the document may be. */
const most: Readonly<Record<QuotaUnit, number>> = {
  microUsd: 1_000_000_000 * 1_000_000,
  tokens: Number.MAX_SAFE_INTEGER,
  requests: Number.MAX_SAFE_INTEGER,
};

/**
 * Adds what is used to the limit, less what was added to it before: then as much is left as the document gives. So it
 * may be repeated; where nothing is to be added, nothing is stored.
 */
export const resetQuota: Handle = (admin, call) => {
  queryOf(call, strict({}));
  const asked = bodyOf(call, strict(target));
  return add(admin, call, asked, ({ quota, window, totals }) => {
    const added = quota.topUp?.window === window.label ? quota.topUp.amount : 0;
    return Math.max(0, totals.used - added);
  });
};

export const topUpQuota: Handle = (admin, call) => {
  queryOf(call, strict({}));
  const { amount, amountUsd, ...asked } = bodyOf(
    call,
    strict({
      ...target,
      amount: z.int().positive({ error: 'must be above 0' }).optional(),
      amountUsd: z.number().positive({ error: 'must be above 0' }).optional(),
    }),
  );
  const added = amountOf(asked.unit, amount, amountUsd);
  return add(admin, call, asked, () => added);
};

function amountOf(unit: QuotaUnit, amount: number | undefined, amountUsd: number | undefined): number {
  const wrong = (param: string, message: string): AdminError =>
    new AdminError('invalid_request', `${param}: ${message}`, { param });
  if (amountUsd === undefined) {
    if (amount === undefined) throw wrong('amount', `is required: a whole number of ${unit}`);
    return amount;
  }
  if (amount !== undefined) throw wrong('amountUsd', 'must have one of "amount" and "amountUsd", not both');
  if (unit !== 'microUsd') throw wrong('amountUsd', `is for unit "microUsd" only, received "${unit}"`);
  if (Math.abs(amountUsd * 1e6 - microUsdOf(amountUsd)) >= 1e-3) {
    throw wrong('amountUsd', 'must have at most six decimals');
  }
  if (amountUsd * 1e6 > most.microUsd) throw wrong('amountUsd', `must be at most ${most.microUsd / 1e6}`);
  return microUsdOf(amountUsd);
}

interface Asked {
  readonly owner: Owner;
  readonly quota: string;
  readonly unit: QuotaUnit;
}

async function add(
  admin: Administration,
  call: Call,
  asked: Asked,
  amountFor: (standing: QuotaStanding) => number,
) {
  const { version, value } = await changeDocument(
    admin,
    call,
    async ({ document }): Promise<Edit<QuotaStanding>> => {
      const standing = await standingAtHome(admin, asked);
      const amount = amountFor(standing);
      if (amount === 0) return { value: standing };
      return grown(document, asked, standing, amount);
    },
  );
  const { quota, window, totals } = value;
  return {
    body: {
      version,
      owner: ownerName(asked.owner),
      quota: quota.id,
      unit: quota.unit,
      limit: quota.limit,
      used: totals.used,
      resetsAt: new Date(window.endMs).toISOString(),
    },
  };
}

/** The quota as the home region has it, where it is to be changed. */
async function standingAtHome(admin: Administration, { owner, quota, unit }: Asked): Promise<QuotaStanding> {
  const quotas = await quotasOf(admin.home, owner);
  if (quotas === undefined) {
    throw new AdminError('unknown_owner', `there is no owner "${ownerName(owner)}"`, { param: 'owner' });
  }
  const [standing] = await standingsOf(
    admin,
    quotas.filter((each) => each.id === quota && each.unit === unit),
  );
  if (standing !== undefined) return standing;
  const known = quotas.map((each) => `${each.id} (${each.unit})`).join(', ') || 'none';
  throw new AdminError(
    'unknown_quota',
    `"${ownerName(owner)}" has no quota "${quota}" in ${unit}; its quotas are: ${known}`,
    { param: 'quota' },
  );
}

function grown(
  document: StoredDocument['document'],
  { owner }: Asked,
  standing: QuotaStanding,
  amount: number,
): Edit<QuotaStanding> {
  const { quota, window } = standing;
  const limit = quota.limit + amount;
  if (limit > most[quota.unit]) {
    const room = most[quota.unit] - quota.limit;
    throw new AdminError(
      'invalid_request',
      `amount: must be at most ${room} ${quota.unit}, received ${amount}`,
      {
        param: 'amount',
      },
    );
  }
  const at = (value: number) => ({ limit: value, window: window.label });
  const path = `quotas["${ownerName(owner)}"].${quota.id}.${quota.unit}`;
  return {
    value: { ...standing, quota: { ...quota, limit } },
    to: {
      document,
      changes: [{ path, before: at(quota.limit), after: at(limit) }],
      topUps: [{ owner, quota: quota.id, unit: quota.unit, window: window.label, amount }],
    },
  };
}
