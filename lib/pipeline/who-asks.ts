import { GatewayError } from '../domain/failure.ts';
import type { Caller, Policy } from '../domain/policy.ts';
import type { Headers } from '../domain/ports.ts';
import { identify } from '../identity/identify.ts';
import { hashVirtualKey, presentedKey } from '../identity/virtual-key.ts';
import type { Gateway } from './gateway.ts';

/** Virtual key -> owners. On a warm function nothing is awaited. */
export async function whoAsks(
  gateway: Gateway,
  headers: Headers,
): Promise<{ policy: Policy; caller: Caller }> {
  const key = presentedKey(headers);
  if (key instanceof GatewayError) throw key;
  const hash = hashVirtualKey(key);
  const { policy, known } = gateway.governance.peek(hash) ?? (await gateway.governance.view(hash));
  const caller = identify(hash, known, gateway.clock.nowMs());
  if (caller instanceof GatewayError) throw caller;
  return { policy, caller };
}
