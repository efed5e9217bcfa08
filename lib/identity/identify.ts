import { timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../domain/failure.ts';
import type { Caller } from '../domain/policy.ts';
import { refusal } from './virtual-key.ts';

/** A stored virtual key, as found under the hash of the presented one. */
export interface KnownKey {
  /** As stored. */
  readonly hash: string;
  readonly caller: Caller;
}

/**
 * Who presents a key of this hash, or why nobody does. An unknown key and one whose stored hash differs look the
 * same. A key is expired from its `expiresAt` on.
 */
export function identify(
  presentedHash: string,
  known: KnownKey | undefined,
  nowMs: number,
): Caller | GatewayError {
  if (known === undefined || !sameHash(known.hash, presentedHash)) {
    return refusal('the virtual key in header "Authorization" is not valid');
  }
  const { caller } = known;
  if (!caller.enabled) {
    return refusal(`virtual key "${caller.virtualKeyId}" is disabled ("enabled": false)`);
  }
  const { expiresAtMs } = caller;
  // Written so that a date that is none (NaN) counts as past.
  if (expiresAtMs !== undefined && !(nowMs < expiresAtMs)) {
    return refusal(`virtual key "${caller.virtualKeyId}" has expired ("expiresAt")`);
  }
  return caller;
}

/** Takes the same time wherever the two differ. */
function sameHash(a: string, b: string): boolean {
  const [bytesA, bytesB] = [Buffer.from(a), Buffer.from(b)];
  return bytesA.length === bytesB.length && timingSafeEqual(bytesA, bytesB);
}
