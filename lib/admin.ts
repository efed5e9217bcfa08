import { AdminError } from './admin/errors.ts';
import { checkDocument, readDocument, replaceDocument } from './admin/documents.ts';
import { createKey, deleteKey, rotateKey, switchKey } from './admin/key-changes.ts';
import { listKeys } from './admin/key-views.ts';
import type { Administration, AdminRequest, AdminResponse, Handle } from './admin/ports.ts';
import { listProviderKeys } from './admin/provider-keys.ts';
import { resetQuota, topUpQuota } from './admin/quota-changes.ts';
import { readAudit, readDecision } from './admin/records.ts';
import { leaveRegion } from './admin/region-leave.ts';
import { adminErrorOf, refuse, respond } from './admin/respond.ts';
import { routeOf } from './admin/route-of.ts';
import type { AdminAction } from './admin/routes.ts';
import { readSettlements, replaySettlements } from './admin/settlements.ts';
import { readUsage } from './admin/usage.ts';
import type { Actor } from './domain/administration.ts';

export type { Administration, AdminRequest, AdminResponse } from './admin/ports.ts';

const handles: Readonly<Record<AdminAction, Handle>> = {
  'document.read': readDocument,
  'document.check': checkDocument,
  'document.replace': replaceDocument,
  'key.list': listKeys,
  'key.create': createKey,
  'key.rotate': rotateKey,
  'key.disable': switchKey(false),
  'key.enable': switchKey(true),
  'key.delete': deleteKey,
  'usage.read': readUsage,
  'quota.reset': resetQuota,
  'quota.top-up': topUpQuota,
  'provider-key.list': listProviderKeys,
  'settlement.read': readSettlements,
  'settlement.replay': replaySettlements,
  'region.leave': leaveRegion,
  'audit.read': readAudit,
  'decision.read': readDecision,
};

/** An administrator's call from top to bottom. Never rejects: what goes wrong becomes an answer. */
export async function administer(admin: Administration, request: AdminRequest): Promise<AdminResponse> {
  const startedMs = admin.clock.nowMs();
  const line = { event: 'admin', request_id: request.requestId };
  const seen: { action?: string; version?: number; error_code?: string; error?: string } = {};
  let response: AdminResponse;
  try {
    const actor = requireActor(request);
    const { action, names } = routeOf(request.method, request.path);
    seen.action = action;
    const { requestId, query, body } = request;
    const answer = await handles[action](admin, { requestId, actor, action, names, query, body });
    if ('version' in answer.body && typeof answer.body.version === 'number')
      seen.version = answer.body.version;
    response = respond(answer);
  } catch (thrown) {
    const error = adminErrorOf(thrown);
    seen.error_code = error.code;
    // Its name only: a message of the SDK may quote what was sent.
    if (error !== thrown && error.status >= 500)
      seen.error = thrown instanceof Error ? thrown.name : typeof thrown;
    response = refuse(error);
  }
  admin.log({
    ...line,
    actor: request.actor?.arn,
    source_ip: request.actor?.sourceIp,
    ...seen,
    status: response.status,
    duration_ms: admin.clock.nowMs() - startedMs,
  });
  return response;
}

/** Who calls, as IAM has named them: a call that nobody has signed never passes, however it got here. */
function requireActor({ actor }: AdminRequest): Actor {
  if (actor !== undefined) return actor;
  throw new AdminError('missing_authentication', 'this call is not signed (AWS Signature Version 4)');
}
