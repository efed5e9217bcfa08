import { timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../domain/failure.ts';
import type { Caller } from '../domain/policy.ts';
import { refusal } from './virtual-key.ts';

/** A stored virtual key, as found under the hash of the presented one. */
export interface KnownKey {
  /** As stored. */
  readonly hash: string;
  readonly caller: Caller;
  /** From when on an earlier hash of a rotated key is none any more; absent for the key's own. */
  readonly retiresAtMs?: number;
}

/**
 * Who presents a key of this hash, or why nobody does. An unknown key and one whose stored hash differs look the
 * same, and so does an earlier hash of a rotated key once its grace is over. A key is expired from its `expiresAt` on.
 */
export function identify(
  presentedHash: string,
  known: KnownKey | undefined,
  nowMs: number,
): Caller | GatewayError {
  if (known === undefined || !sameHash(known.hash, presentedHash) || isPast(known.retiresAtMs, nowMs)) {
    return refusal('the virtual key in header "Authorization" is not valid');
  }
  const { caller } = known;
  if (!caller.enabled) {
    return refusal(`virtual key "${caller.virtualKeyId}" is disabled ("enabled": false)`);
  }
  if (isPast(caller.expiresAtMs, nowMs)) {
    return refusal(`virtual key "${caller.virtualKeyId}" has expired ("expiresAt")`);
  }
  return caller;
}

/** A date that is none (NaN) counts as past. */
const isPast = (atMs: number | undefined, nowMs: number): boolean => atMs !== undefined && !(nowMs < atMs);

/** Takes the same time wherever the two differ. */
function sameHash(a: string, b: string): boolean {
  const [bytesA, bytesB] = [Buffer.from(a), Buffer.from(b)];
  return bytesA.length === bytesB.length && timingSafeEqual(bytesA, bytesB);
}
