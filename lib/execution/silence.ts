import type { StreamState } from '../dialects/contract.ts';

/** A tool call's arguments come in bursts; a model that only pings is still thinking. */
const silenceInsideToolCallMs = 240_000;
const pingsAloneMs = 300_000;
/** A finish reason has been seen: only usage and a terminator can follow. */
const afterFinishMs = 5_000;

/** How much longer a stream may be silent, in milliseconds; 0 or less: it has been too long. */
export function patienceMs(
  state: StreamState | undefined,
  since: { readonly byteMs: number; readonly contentMs: number },
  idleTimeoutMs: number,
  nowMs: number,
): number {
  const allowedMs = state?.finished
    ? Math.min(afterFinishMs, idleTimeoutMs)
    : state?.insideToolCall
      ? Math.max(silenceInsideToolCallMs, idleTimeoutMs)
      : idleTimeoutMs;
  const bytes = since.byteMs + allowedMs - nowMs;
  const content = since.contentMs + Math.max(pingsAloneMs, idleTimeoutMs) - nowMs;
  return Math.min(bytes, content);
}
