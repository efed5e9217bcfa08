import type { Place, Site } from '../../domain/quota.ts';

/** What sums of decimals are off by. */
const tolerance = 1e-9;

/** A deployment whose shares hand out more than there is, or that names a site twice. */
export class InvalidShares extends Error {
  override readonly name = 'InvalidShares';
}

const together = (sites: readonly Site[]): number => sites.reduce((sum, { share }) => sum + share, 0);

/** @throws InvalidShares naming the site or the sum */
export function checkSites(sites: readonly Site[]): void {
  const seen = new Set<string>();
  for (const { site, share } of sites) {
    if (seen.has(site)) throw new InvalidShares(`site ${site} is there twice`);
    if (!(share >= 0 && share <= 1)) throw new InvalidShares(`the share of ${site} is ${share}, not 0 to 1`);
    seen.add(site);
  }
  const sum = together(sites);
  if (sum > 1 + tolerance) throw new InvalidShares(`the shares of all sites sum to ${sum}, more than 1`);
}

/** Equal parts, for regions that were all there from the start. */
export const equalShares = (regions: readonly string[]): readonly Site[] =>
  regions.map((site) => ({ site, share: 1 / regions.length }));

/**
 * What a place is granted of a limit when it is opened: its site's share, in lane 0; other lanes live on loans. Parts
 * are rounded down, and the first site with a share has the rest of what the shares hand out together, so that all
 * sites together never have more than the limit. A site that joins has share 0; shares may grow a window after an
 * earlier deployment has lowered others.
 */
export function grantOf(limit: number, place: Place, sites: readonly Site[]): number {
  const own = sites.find(({ site }) => site === place.site);
  if (own === undefined || place.lane !== 0) return 0;
  const part = ({ share }: Site): number => Math.floor(share * limit);
  if (own !== sites.find(({ share }) => share > 0)) return part(own);
  const sum = together(sites);
  const handedOut = sum > 1 - tolerance ? limit : Math.floor(sum * limit);
  return sites.reduce((left, site) => (site === own ? left : Math.max(0, left - part(site))), handedOut);
}

/** Every place of a ledger, in the order of the sites. */
export const placesOf = (lanes: number, sites: readonly Site[]): readonly Place[] =>
  sites.flatMap(({ site }) => Array.from({ length: lanes }, (_, lane) => ({ site, lane })));
