import type { Deployment, DeploymentRegion } from '../../deployment.ts';

/** A name callers know the gateway by. */
export interface Host {
  /** Construct id, and part of others. */
  readonly id: string;
  readonly name: string;
  /** Whether other regions may have it too: the nearest healthy one of them answers. */
  readonly shared: boolean;
}

/**
 * The hosts one region answers under: its own; those of the residency zones it serves, which no region outside them has;
 * and the global one, where there is one.
 */
export function hostNames(
  { name, globalHost }: NonNullable<Deployment['domain']>,
  { region, zones }: DeploymentRegion,
): readonly [own: Host, ...others: Host[]] {
  return [
    { id: 'Region', name: `${region}.${name}`, shared: false },
    ...zones.map((zone) => ({ id: `Zone${zone.toUpperCase()}`, name: `${zone}.${name}`, shared: true })),
    ...(globalHost ? [{ id: 'Global', name, shared: true }] : []),
  ];
}
