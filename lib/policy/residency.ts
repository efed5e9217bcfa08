import { GatewayError } from '../domain/failure.ts';
import type { Caller } from '../domain/policy.ts';

/**
 * Refuses a request that reached a region outside its virtual key's zones, before its body is looked at: 421 with the
 * endpoint of a region inside, where the deployment has one.
 */
export function requireZone(
  caller: Caller,
  region: { readonly name: string; readonly zones: readonly string[] },
  zoneEndpoints: ReadonlyMap<string, string>,
): void {
  if (caller.zones.length === 0 || caller.zones.some((zone) => region.zones.includes(zone))) return;
  const endpoint = caller.zones.map((zone) => zoneEndpoints.get(zone)).find((each) => each !== undefined);
  const zones = caller.zones.map((zone) => `"${zone}"`).join(', ');
  throw new GatewayError(
    'residency_violation',
    `virtual key "${caller.virtualKeyId}" is bound to ${zones}, and region ${region.name} lies outside` +
      (endpoint === undefined ? '' : `: use ${endpoint}`),
    { shouldRetry: false },
  );
}
