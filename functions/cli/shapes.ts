import * as z from 'zod';

/** What the admin API answers, as far as the command line shows it. */

const change = z.object({
  path: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type Change = z.infer<typeof change>;

export const storedDocument = z.object({ version: z.number(), document: z.record(z.string(), z.unknown()) });
export const checkedDocument = z.object({
  version: z.number(),
  changes: z.array(change),
  warnings: z.array(z.string()),
  changesOmitted: z.number().optional(),
});
export const keyList = z.object({
  keys: z.array(
    z.object({
      id: z.string(),
      name: z.string().optional(),
      team: z.string().optional(),
      customer: z.string().optional(),
      enabled: z.boolean(),
      expiresAt: z.string().optional(),
      fingerprint: z.string(),
      retiring: z.array(z.object({ fingerprint: z.string(), until: z.string() })),
    }),
  ),
  next: z.string().optional(),
});
export const madeKey = z.object({
  id: z.string(),
  key: z.string(),
  version: z.number(),
  previousUntil: z.string().optional(),
});
export const changedKey = z.object({ id: z.string(), version: z.number() });

const quota = z.object({
  id: z.string(),
  unit: z.string(),
  limit: z.number(),
  used: z.number(),
  every: z.string(),
  enforcement: z.string(),
  resetsAt: z.string(),
});
export type QuotaView = z.infer<typeof quota>;

const sums = {
  requests: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  costMicroUsd: z.number(),
};
export const usage = z.object({
  owner: z.string(),
  from: z.string(),
  to: z.string(),
  models: z.array(z.object({ provider: z.string(), model: z.string(), ...sums })),
  total: z.object(sums),
  quotas: z.array(quota),
});
export const changedQuota = z.object({
  version: z.number(),
  limit: z.number(),
  used: z.number(),
  unit: z.string(),
  resetsAt: z.string(),
});
export const providerKeys = z.object({
  region: z.string(),
  keys: z.array(
    z.object({
      provider: z.string(),
      key: z.string(),
      secret: z.object({ state: z.string(), changedAt: z.string().optional() }),
      rests: z.array(z.object({ model: z.string(), until: z.string() })),
      quotas: z.array(quota),
    }),
  ),
});
export const audit = z.object({
  records: z.array(
    z.object({
      version: z.number(),
      atMs: z.number(),
      action: z.string(),
      actor: z.object({ arn: z.string(), sourceIp: z.string().optional() }),
      changes: z.array(change),
      truncated: z.number().optional(),
    }),
  ),
  next: z.string().optional(),
});
export const decision = z.object({
  requestId: z.string(),
  region: z.string(),
  startedMs: z.number(),
  durationMs: z.number(),
  status: z.number(),
  virtualKeyId: z.string().optional(),
  requestedModel: z.string().optional(),
  provider: z.string().optional(),
  model: z.string().optional(),
  errorCode: z.string().optional(),
  decision: z.string().optional(),
  costMicroUsd: z.number().optional(),
  attempts: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      key: z.string().optional(),
      outcome: z.string(),
      status: z.number().optional(),
      durationMs: z.number(),
    }),
  ),
  candidates: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      kept: z.boolean(),
      via: z.string().optional(),
      health: z.string().optional(),
      lastResort: z.string().optional(),
      score: z
        .object({
          base: z.number(),
          reliability: z.number().optional(),
          latency: z.number().optional(),
          headroom: z.number().optional(),
          warmth: z.number().optional(),
          costMicroUsd: z.number().optional(),
          share: z.number(),
        })
        .optional(),
      reason: z.string().optional(),
      detail: z.string().optional(),
    }),
  ),
  order: z.array(z.string()),
  rules: z.array(z.string()).optional(),
});
export const anything = z.unknown();
