import * as z from 'zod';
import { queryNumber, queryOf, strict } from './asked.ts';
import { AdminError } from './errors.ts';
import type { Handle } from './ports.ts';

/** What has been written down: changes and who made them, and why requests went where they went. Nothing changes it. */

const auditQuery = strict({
  month: z
    .string()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, { error: 'must be a month such as 2026-11' })
    .optional(),
  after: z
    .string()
    .regex(/^\d{12}(?:\.\d{13}\.[\w-]{1,64})?$/, { error: 'must be what an earlier page gave as "next"' })
    .optional(),
  limit: queryNumber(100).optional(),
});

export const readAudit: Handle = async (admin, call) => {
  const { month, after, limit } = queryOf(call, auditQuery);
  const asked = month ?? new Date(admin.clock.nowMs()).toISOString().slice(0, 7);
  const page = await admin.home.audit(asked, {
    ...(after !== undefined && { after }),
    ...(limit !== undefined && { limit }),
  });
  return { body: page };
};

export const readDecision: Handle = async (admin, call) => {
  queryOf(call, strict({}));
  const requestId = call.names['requestId'] ?? '';
  const record = await admin.decision(requestId);
  if (record !== undefined) return { body: record };
  throw new AdminError(
    'unknown_request',
    `region ${admin.region} has no decision record of request "${requestId.slice(0, 128)}": they are kept for 7 days, in the region that served it (x-fairlead-region of its response)`,
  );
};
