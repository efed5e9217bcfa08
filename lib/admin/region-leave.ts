import * as z from 'zod';
import { accountAt } from '../accounting/quota/account.ts';
import { handOver, previewHandOver, type HandedOver } from '../accounting/quota/hand-over.ts';
import type { Quota, Site } from '../domain/quota.ts';
import { compileStoredQuotas } from '../policy/stored-quotas.ts';
import { UnknownPage, type ScopePage, type StoredScope } from '../stores/stored-scopes.ts';
import { bodyOf, queryOf, strict } from './asked.ts';
import { AdminError } from './errors.ts';
import { ownerName } from './owners.ts';
import type { Administration, Call, Handle } from './ports.ts';

/** Quotas handed over side by side; each takes a handful of calls. */
const atOnce = 16;

const body = strict({
  site: z.string({ error: 'is required: the site of this region, which is about to leave' }),
  dryRun: z.boolean().optional(),
  after: z.string().min(1).max(2_000).optional(),
});

/**
 * Hands the rights of this region's site over to those that stay, in every window of a hard limit that runs now: soft
 * limits are kept by what is used, and need none. Some owners at a time: `next` is where the next call goes on. May be
 * repeated: what is handed over already is not there any more. Rejects with LedgerUnavailable.
 */
export const leaveRegion: Handle = async (admin, call) => {
  queryOf(call, strict({}));
  const { site, dryRun = false, after } = bodyOf(call, body);
  const heirs = heirsOf(admin, site);
  const { scopes, next } = await pageOf(admin, after);
  if (!dryRun) await writeDown(admin, call, site, heirs, after);
  const { quotas, unreadable } = hardQuotas(scopes);
  const nowMs = admin.clock.nowMs();
  const done: (object | undefined)[] = [];
  for (let from = 0; from < quotas.length; from += atOnce) {
    done.push(
      ...(await Promise.all(
        quotas.slice(from, from + atOnce).map(async (quota) => {
          const account = accountAt(quota, nowMs);
          const result = dryRun
            ? await previewHandOver(admin.ownItems, admin, account, heirs)
            : await handOver(admin.ownItems, admin, account, heirs);
          return viewOf(quota, account.window.endMs, result);
        }),
      )),
    );
  }
  return {
    body: {
      site,
      dryRun,
      heirs: heirs.map((heir) => heir.site),
      looked: quotas.length,
      quotas: done.filter((each) => each !== undefined),
      ...(unreadable.length > 0 && { unreadable }),
      ...(next !== undefined && { next }),
    },
  };
};

/** @throws AdminError where the site is not this region's, or no other stays */
function heirsOf(admin: Administration, site: string): readonly Site[] {
  const refuse = (message: string): AdminError =>
    new AdminError('invalid_request', `site: ${message}`, { param: 'site' });
  if (site !== admin.site) {
    throw refuse(`this is site "${admin.site}"; "${site}" is handed over by the gateway of its own region`);
  }
  const heirs = admin.sites.filter((each) => each.site !== site && each.left !== true);
  if (heirs.length === 0) throw refuse(`"${site}" is the only site, and has nobody to hand anything over to`);
  return heirs;
}

async function pageOf(admin: Administration, after: string | undefined): Promise<ScopePage> {
  try {
    return await admin.home.scopes(after);
  } catch (error) {
    if (!(error instanceof UnknownPage)) throw error;
    throw new AdminError('invalid_request', `after: ${error.message}`, { param: 'after' });
  }
}

/** Before anything is done; every call, since each may be the only one. */
const writeDown = (
  admin: Administration,
  { action, actor, requestId }: Call,
  site: string,
  heirs: readonly Site[],
  after: string | undefined,
): Promise<void> =>
  admin.home.record({
    action,
    actor,
    requestId,
    changes: [
      {
        path: `sites["${site}"].rights`,
        after: { heirs: heirs.map((heir) => heir.site), from: after ?? 'the first owner' },
      },
    ],
  });

/** An owner this version cannot read is said; the others are handed over all the same. */
function hardQuotas(scopes: readonly StoredScope[]) {
  const quotas: Quota[] = [];
  const unreadable: string[] = [];
  for (const { kind, body: stored } of scopes) {
    try {
      quotas.push(...compileStoredQuotas(kind, stored).filter(({ enforcement }) => enforcement === 'hard'));
    } catch {
      unreadable.push(`${kind}/${String(stored['id'])}`);
    }
  }
  return { quotas, unreadable };
}

/** Undefined where there was nothing to hand over, and nothing is left. */
function viewOf(
  { owner, id, unit }: Quota,
  endMs: number,
  { given, held, unsettled, available }: HandedOver,
): object | undefined {
  const handedOver = Object.fromEntries([...given].filter(([, amount]) => amount > 0));
  const remains = [
    ...(unsettled > 0 || held !== 0 ? [{ reason: 'unsettled', amount: held, attempts: unsettled }] : []),
    ...(available > 0 ? [{ reason: 'given_back', amount: available }] : []),
    ...(available < 0 ? [{ reason: 'owed', amount: -available }] : []),
  ];
  if (Object.keys(handedOver).length === 0 && remains.length === 0) return undefined;
  return {
    owner: ownerName(owner),
    quota: id,
    unit,
    until: new Date(endMs).toISOString(),
    handedOver,
    remains,
  };
}
