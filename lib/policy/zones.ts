/**
 * Residency zones: which AWS regions process data inside each. Data only; `cdk` imports it. A deployment may narrow a
 * zone, never widen it.
 */
export const zones = {
  eu: ['eu-central-1', 'eu-west-1', 'eu-west-3', 'eu-north-1', 'eu-south-1', 'eu-south-2'],
  uk: ['eu-west-2'],
  ch: ['eu-central-2'],
  us: ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'],
  ca: ['ca-central-1', 'ca-west-1'],
  jp: ['ap-northeast-1', 'ap-northeast-3'],
  kr: ['ap-northeast-2'],
  in: ['ap-south-1', 'ap-south-2'],
  au: ['ap-southeast-2', 'ap-southeast-4'],
  sg: ['ap-southeast-1'],
  br: ['sa-east-1'],
} as const satisfies Record<string, readonly string[]>;

/** The zones a region lies in. */
export const zonesOfRegion = (region: string): readonly string[] =>
  Object.entries(zones)
    .filter(([, regions]) => (regions as readonly string[]).includes(region))
    .map(([zone]) => zone);
