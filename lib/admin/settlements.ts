import type { SettlementsStanding } from '../domain/dead-settlements.ts';
import { bodyOf, queryOf, strict } from './asked.ts';
import type { Handle } from './ports.ts';

/** Settlements of this region that the ledger could not take when they were due, and those it was given up for. */

export const readSettlements: Handle = async (admin, call) => {
  queryOf(call, strict({}));
  return { body: { region: admin.region, ...viewOf(await admin.settlements.standing()) } };
};

/**
 * Has dead settlements tried again. While a replay runs, or where there is nothing to replay, none is begun and nothing
 * is written down; so it may be repeated.
 */
export const replaySettlements: Handle = async (admin, call) => {
  queryOf(call, strict({}));
  bodyOf(call, strict({}));
  const { region, settlements, home } = admin;
  const standing = await settlements.standing();
  const begun = standing.dead > 0 && standing.replay?.state !== 'running';
  if (begun) {
    const { action, actor, requestId } = call;
    // First, so that nothing is done that is written down nowhere.
    await home.record({
      action,
      actor,
      requestId,
      changes: [{ path: `settlements["${region}"].dead`, before: standing.dead }],
    });
    await settlements.replay();
  }
  return { status: begun ? 202 : 200, body: { region, begun, ...viewOf(standing) } };
};

const viewOf = ({ waiting, dead, deadSinceMs, replay }: SettlementsStanding): object => ({
  waiting,
  dead,
  ...(deadSinceMs !== undefined && { deadSince: new Date(deadSinceMs).toISOString() }),
  ...(replay !== undefined && {
    lastReplay: {
      state: replay.state,
      moved: replay.moved,
      startedAt: new Date(replay.startedMs).toISOString(),
    },
  }),
});
