import { createHash } from 'node:crypto';

/**
 * A tool call's id in Bedrock's alphabet (`toolUseId`, API reference: 1-64 of `[a-zA-Z0-9_-]`). A fitting id stays;
 * any other becomes the same hash for the call and its result.
 */
export function toolUseId(id: string): string {
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(id)) return id;
  return `call_${createHash('sha256').update(id).digest('hex').slice(0, 40)}`;
}
