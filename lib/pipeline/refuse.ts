import { openAiClient } from '../dialects/index.ts';
import { GatewayError } from '../domain/failure.ts';
import { responseHeaders } from '../execution/response-headers.ts';
import type { Trace } from '../telemetry.ts';
import type { Gateway, GatewayResponse } from './gateway.ts';
import { settle } from './settle.ts';

/** Whatever went wrong, as a response in the client's dialect. */
export function refuse(gateway: Gateway, trace: Trace, thrown: unknown): GatewayResponse {
  const known = thrown instanceof GatewayError;
  const error = known
    ? thrown
    : new GatewayError('internal_error', 'the gateway failed; the log has the request id');
  if (!known) gateway.log({ event: 'internal_error', request_id: trace.requestId, ...whereItBroke(thrown) });
  return {
    status: error.status,
    headers: responseHeaders({
      requestId: trace.requestId,
      region: gateway.region.name,
      contentType: 'application/json',
      attempts: trace.attempts.length,
      error,
    }),
    body: openAiClient.writeError(error),
    // A request that crossed its border is refused unlogged.
    settled:
      error.code === 'residency_violation'
        ? gateway.settleStores()
        : settle(gateway, trace, error.status, error),
  };
}

/** Name and place of a defect, for the log; its message may quote the request and is left out. */
function whereItBroke(thrown: unknown): object {
  if (!(thrown instanceof Error)) return { error: typeof thrown };
  const frames = (thrown.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { error: thrown.name, at: frames.slice(0, 6).map((line) => line.trim()) };
}
