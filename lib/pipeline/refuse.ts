import { openAiClient } from '../dialects/index.ts';
import { explanationOf } from '../domain/explanation.ts';
import { GatewayError } from '../domain/failure.ts';
import { responseHeaders } from '../execution/response-headers.ts';
import { NoTarget } from '../routing/no-target.ts';
import type { Trace } from '../telemetry.ts';
import { logDefect } from './defect.ts';
import type { Gateway, GatewayResponse } from './gateway.ts';
import type { Served } from './served.ts';
import { settle } from './settle.ts';

/** Whatever went wrong, as a response in the client's dialect. */
export function refuse(gateway: Gateway, trace: Trace, served: Served, thrown: unknown): GatewayResponse {
  const known = thrown instanceof GatewayError;
  const error = known
    ? thrown
    : new GatewayError('internal_error', 'the gateway failed; the log has the request id');
  if (!known) logDefect(gateway, trace.requestId, thrown);
  if (thrown instanceof NoTarget) served.undecided = explanationOf(thrown);
  return {
    status: error.status,
    headers: responseHeaders({
      requestId: trace.requestId,
      region: gateway.region.name,
      contentType: 'application/json',
      attempts: trace.attempts.length,
      decision: served.decision,
      rateLimits: served.quotas?.headers(),
      error,
    }),
    body: openAiClient.writeError(error),
    // A request that crossed its border is refused unlogged.
    settled:
      error.code === 'residency_violation'
        ? gateway.settleStores()
        : settle(gateway, trace, served, error.status, error),
  };
}
