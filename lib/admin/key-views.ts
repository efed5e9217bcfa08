import * as z from 'zod';
import { asArray, asObject, asString, type JsonObject } from '../domain/json.ts';
import { fingerprintOf } from '../policy/document-diff.ts';
import { queryNumber, queryOf, strict } from './asked.ts';
import type { Handle } from './ports.ts';

/** Virtual keys page by page, in the order of their ids. Nothing of a key itself is shown. */

const mostAtOnce = 1_000;
const query = strict({
  team: z.string().optional(),
  customer: z.string().optional(),
  after: z.string().optional(),
  limit: queryNumber(mostAtOnce).optional(),
});

export const listKeys: Handle = async (admin, call) => {
  const { team, customer, after = '', limit = 100 } = queryOf(call, query);
  const { document } = (await admin.home.read()) ?? { document: {} };
  const { teams, virtualKeys } = asObject(document);
  const customers = new Map(
    asArray(teams)
      .map(asObject)
      .map((entry) => [entry['id'], asString(entry['customer'])]),
  );
  const wanted = asArray(virtualKeys)
    .map(asObject)
    .map((entry) => ({
      id: asString(entry['id']) ?? '',
      team: asString(entry['team']),
      customer: asString(entry['customer']) ?? customers.get(entry['team']),
      entry,
    }))
    .filter((key) => team === undefined || key.team === team)
    .filter((key) => customer === undefined || key.customer === customer)
    .filter((key) => key.id > after)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const keys = wanted.slice(0, limit);
  const next = wanted.length > limit ? keys.at(-1)?.id : undefined;
  const nowMs = admin.clock.nowMs();
  return {
    body: {
      keys: keys.map((key) => viewOf(key.entry, key.customer, nowMs)),
      ...(next !== undefined && { next }),
    },
  };
};

function viewOf(entry: JsonObject, customer: string | undefined, nowMs: number): object {
  const [name, team, expiresAt] = [entry['name'], entry['team'], entry['expiresAt']].map(asString);
  return {
    id: entry['id'],
    ...(name !== undefined && { name }),
    ...(team !== undefined && { team }),
    ...(customer !== undefined && { customer }),
    enabled: entry['enabled'] !== false,
    ...(expiresAt !== undefined && { expiresAt }),
    fingerprint: fingerprintOf(asString(entry['hash']) ?? ''),
    retiring: retiringOf(entry, nowMs).map(({ hash, until }) => ({
      fingerprint: fingerprintOf(hash),
      until,
    })),
  };
}

/** Earlier hashes of a key that are still good. */
export const retiringOf = (
  entry: JsonObject,
  nowMs: number,
): readonly { readonly hash: string; readonly until: string }[] =>
  asArray(entry['retiring']).flatMap((each) => {
    const [hash, until] = [asString(asObject(each)['hash']), asString(asObject(each)['until'])];
    return hash === undefined || until === undefined || Date.parse(until) <= nowMs ? [] : [{ hash, until }];
  });
