import type { CacheMarkerBlock } from '../../domain/chat.ts';
import type { WireObject } from './wire.ts';

/** docs: "Prompt caching". More breakpoints than this are an error. */
export const maxBreakpoints = 4;

/** Blocks that cannot be a breakpoint. */
const notCacheable = new Set(['thinking', 'redacted_thinking']);

export const cacheControl = (marker: CacheMarkerBlock): WireObject => ({
  type: 'ephemeral',
  ...(marker.ttl !== undefined && { ttl: marker.ttl }),
});

export const isCacheable = ({ type }: WireObject): boolean =>
  typeof type !== 'string' || !notCacheable.has(type);

/** Keeps the last `room` breakpoints of a prompt in its order: the longest prefixes are worth most. */
export function limitBreakpoints(prompt: readonly WireObject[], room: number): void {
  const marked = prompt.filter((block) => block['cache_control'] !== undefined);
  for (const block of marked.slice(0, Math.max(0, marked.length - room))) delete block['cache_control'];
}
