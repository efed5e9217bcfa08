import { placeName, type Place, type Site } from '../../domain/quota.ts';
import type { Balance, LedgerStore } from '../../domain/quota-ledger.ts';
import { entryOf, openingOf, type Account } from './account.ts';
import type { Sites } from './sites.ts';
import { placesOf } from './shares.ts';
import { totalsOf } from './totals.ts';

/** What handing over takes of a ledger: writes of the leaving site's own items, at its own replica. */
export type LeavingStore = Pick<LedgerStore, 'open' | 'edit' | 'lend' | 'read'>;

/** What has become of one account's rights at a site that leaves. */
export interface HandedOver {
  /** Lent to each heir, by its site. */
  readonly given: ReadonlyMap<string, number>;
  /** Held by attempts that are not settled: what they do not consume comes back here, to be handed over again. */
  readonly held: number;
  readonly unsettled: number;
  /** Rights still here: given back meanwhile, or below zero what a lowered limit has left owing. */
  readonly available: number;
}

/** One place of the leaving site, with what it can hand over once it is open and of the limit's edition. */
interface OwnPlace {
  readonly place: Place;
  readonly balance: Balance | undefined;
  readonly available: number;
}

/**
 * Lends all rights a site has in one account to the sites that stay, by their shares: what a region does before it
 * leaves, for nobody can borrow from it afterwards. An item that was never opened holds its share all the same, and is
 * opened for it. Each update has its condition, so that requests still served here are safe, and repeating all of it
 * hands over what has come back meanwhile. Rejects with LedgerUnavailable.
 */
export async function handOver(
  store: LeavingStore,
  at: Sites,
  account: Account,
  heirs: readonly Site[],
): Promise<HandedOver> {
  const before = await ownPlaces(store, at, account);
  for (const { place, balance, amount } of toGive(before).filter((each) => each.amount > 0)) {
    await bringUp(store, at, account, place, balance);
    for (const [heir, part] of parts(amount, heirs)) {
      if (part > 0) await store.lend(entryOf(account, place), { site: heir, lane: 0 }, part);
    }
  }
  const after = await ownPlaces(store, at, account);
  const given = new Map(heirs.map(({ site }) => [site, lentTo(site, after) - lentTo(site, before)] as const));
  return resultOf(given, after);
}

/** What `handOver` would do. Writes nothing. Rejects with LedgerUnavailable. */
export async function previewHandOver(
  store: Pick<LeavingStore, 'read'>,
  at: Sites,
  account: Account,
  heirs: readonly Site[],
): Promise<HandedOver> {
  const places = await ownPlaces(store, at, account);
  const given = new Map(heirs.map(({ site }) => [site, 0]));
  let total = 0;
  for (const { amount } of toGive(places)) {
    total += amount;
    for (const [heir, part] of parts(amount, heirs)) given.set(heir, (given.get(heir) ?? 0) + part);
  }
  const { available, ...rest } = resultOf(given, places);
  return { ...rest, available: available - total };
}

/** What places have above zero, less what others of the site owe: a debt stays where rights stay to cover it. */
function toGive(places: readonly OwnPlace[]): readonly (OwnPlace & { readonly amount: number })[] {
  let left = Math.max(0, sumOf(places));
  return places.map((own) => {
    const amount = Math.min(left, Math.max(0, own.available));
    left -= amount;
    return { ...own, amount };
  });
}

/** By the heirs' shares, equal parts where none has any; what division leaves over goes to the first. */
function parts(amount: number, [first, ...others]: readonly Site[]): readonly (readonly [string, number])[] {
  if (first === undefined) return [];
  const all = [first, ...others];
  const shares = all.reduce((sum, { share }) => sum + share, 0);
  let left = amount;
  const rounded = others.map(({ site, share }) => {
    const part = Math.min(left, Math.floor(amount * (shares > 0 ? share / shares : 1 / all.length)));
    left -= part;
    return [site, part] as const;
  });
  return [[first.site, left], ...rounded];
}

async function ownPlaces(
  store: Pick<LeavingStore, 'read'>,
  { sites, site }: Sites,
  account: Account,
): Promise<readonly OwnPlace[]> {
  const own = sites.filter((each) => each.site === site);
  return Promise.all(
    placesOf(account.quota.lanes ?? 1, own).map(async (place): Promise<OwnPlace> => {
      const balance = await store.read(entryOf(account, place));
      const { granted, edition } = openingOf(account, place, sites);
      if (balance === undefined) return { place, balance, available: granted };
      const edited = place.lane === 0 && balance.edition < edition ? granted - balance.granted : 0;
      return { place, balance, available: balance.available + edited };
    }),
  );
}

/** Opens a place, or edits it to the limit of the document: afterwards nobody can. */
async function bringUp(
  store: LeavingStore,
  { sites }: Sites,
  account: Account,
  place: Place,
  balance: Balance | undefined,
): Promise<void> {
  const key = entryOf(account, place);
  const opening = openingOf(account, place, sites);
  if (balance === undefined) await store.open(key, opening);
  else if (place.lane === 0 && balance.edition < opening.edition) await store.edit(key, balance, opening);
}

const sumOf = (places: readonly OwnPlace[]): number =>
  places.reduce((sum, { available }) => sum + available, 0);

const lentTo = (site: string, places: readonly OwnPlace[]): number =>
  places.reduce((sum, { balance }) => sum + (balance?.lent.get(placeName({ site, lane: 0 })) ?? 0), 0);

function resultOf(given: ReadonlyMap<string, number>, places: readonly OwnPlace[]): HandedOver {
  const open = places.flatMap(({ balance }) => balance ?? []);
  const unsettled = open.reduce((sum, { tickets }) => sum + tickets.length, 0);
  return { given, held: totalsOf(open).held, unsettled, available: sumOf(places) };
}
