import type { Place, Site } from '../../domain/quota.ts';

/** What sums of decimals are off by. */
const tolerance = 1e-12;

/** A deployment whose shares hand out more than there is, or that names a site twice. */
export class InvalidShares extends Error {
  override readonly name = 'InvalidShares';
}

/** @throws InvalidShares naming the site or the sum */
export function checkSites(sites: readonly Site[]): void {
  const seen = new Set<string>();
  for (const { site, share } of sites) {
    if (seen.has(site)) throw new InvalidShares(`site ${site} is there twice`);
    if (!(share >= 0 && share <= 1)) throw new InvalidShares(`the share of ${site} is ${share}, not 0 to 1`);
    seen.add(site);
  }
  const sum = sites.reduce((total, { share }) => total + share, 0);
  if (sum > 1 + tolerance) throw new InvalidShares(`the shares of all sites sum to ${sum}, more than 1`);
}

/** Equal parts, for regions that were all there from the start. */
export const equalShares = (regions: readonly string[]): readonly Site[] =>
  regions.map((site) => ({ site, share: 1 / regions.length }));

/**
 * What a place is granted of a limit when it is opened: its site's share, in lane 0; other lanes live on loans. The
 * first site with a share rounds up, the others round down: so all together never have more than the limit, and a
 * higher limit gives no site less. That holds the higher of two limits even while an edit has reached some sites only,
 * which "all that is left over goes to the first" would not: of 110 it gives thirds of 38, 36 and 36, of 111 of 37 each.
 *
 * A site that joins has share 0; shares may grow a window after an earlier deployment has lowered others.
 */
export function grantOf(limit: number, place: Place, sites: readonly Site[]): number {
  const own = sites.find(({ site }) => site === place.site);
  if (own === undefined || place.lane !== 0) return 0;
  if (own !== sites.find(({ share }) => share > 0)) return Math.floor(own.share * limit);
  // Less what all products of decimals together can be too large by.
  return Math.max(0, Math.ceil(own.share * limit - 2 * tolerance * limit - 1e-9));
}

/** Every place of a ledger, in the order of the sites. */
export const placesOf = (lanes: number, sites: readonly Site[]): readonly Place[] =>
  sites.flatMap(({ site }) => Array.from({ length: lanes }, (_, lane) => ({ site, lane })));
