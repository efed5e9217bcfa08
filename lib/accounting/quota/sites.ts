import { regionOfSite, type Site } from '../../domain/quota.ts';
import { checkSites } from './shares.ts';

/** The sites of a deployment, and which of them this function runs at. */
export interface Sites {
  readonly sites: readonly Site[];
  readonly site: string;
}

/**
 * Reads `site=share,site=left` and the own site, as the deployment has set them.
 * @param unreachableRegions regions to whose replicas there is no way from here
 * @throws Error naming what is wrong, InvalidShares where shares hand out more than there is
 */
export function readSites(list: string, site: string, unreachableRegions: readonly string[] = []): Sites {
  const sites = list
    .split(',')
    .map(readSite)
    .map((each) =>
      unreachableRegions.includes(regionOfSite(each.site)) ? { ...each, unreachable: true } : each,
    );
  checkSites(sites);
  if (!sites.some((each) => each.site === site && each.left !== true)) {
    throw new Error(`"${site}" is no site of this deployment, whose sites are "${list}"`);
  }
  return { sites, site };
}

/** The regions that are part of the deployment now: those of sites that have not left. */
export const regionsOf = (sites: readonly Site[]): readonly string[] =>
  sites.filter(({ left }) => left !== true).map(({ site }) => regionOfSite(site));

function readSite(pair: string): Site {
  const [, site, share] = /^([a-z0-9.-]+)=(left|\d+(?:\.\d+)?)$/.exec(pair) ?? [];
  if (site === undefined || share === undefined) {
    throw new Error(`sites must be site=share pairs (or site=left), separated by commas, not "${pair}"`);
  }
  return share === 'left' ? { site, share: 0, left: true } : { site, share: Number(share) };
}
