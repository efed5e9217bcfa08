import * as z from 'zod';
import { providerTypes } from '../domain/policy.ts';
import { isWholeMicroUsd } from '../domain/quota-entries.ts';
import { unknownFieldMessage } from './document-issues.ts';
import { zones } from './zones.ts';

/** The shape of the gateway document, field by field; what fields demand of one another is in provider-checks.ts, quota-checks.ts, reference-checks.ts, rights-checks.ts and rules/problems.ts. */

/** A strict object whose message for an unknown field also says which one it probably was. */
const strict = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownFieldMessage(issue.keys, Object.keys(shape)) : undefined,
  });

const text = (pattern: RegExp, rule: string) => z.string().regex(pattern, { error: rule });

const id = text(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  'must be 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit',
);
const displayName = text(/^[^\p{Cc}]{1,128}$/u, 'must be 1 to 128 characters without control characters');
const modelName = text(/^[!-)+-~]{1,256}$/, 'must be 1 to 256 visible ASCII characters without "*"');
const modelGlob = text(
  /^[!-~]{1,256}$/,
  'must be 1 to 256 visible ASCII characters; "*" stands for anything',
);
const keyGlob = text(
  /^[A-Za-z0-9._*-]{1,64}$/,
  'must be a key id of 1 to 64 characters; "*" stands for anything',
);
const aliasName = text(
  /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/,
  'must be 1 to 128 letters, digits, ".", "_", ":" or "-", beginning with a letter or digit',
);
const certification = text(
  /^[a-z0-9][a-z0-9._-]{0,63}$/,
  'must be 1 to 64 lower-case letters, digits, ".", "_" or "-"',
);
const zone = z.enum(Object.keys(zones), { error: `must be one of ${Object.keys(zones).join(', ')}` });
const strategy = z.enum(['weighted', 'adaptive', 'cheapest']);
const weight = z.number().min(0, { error: 'must be 0 or more' }).max(1_000_000);
const milliseconds = (longest: number) => z.int().min(10).max(longest);
const usd = z.number().min(0).max(1_000_000);
/** Prices are kept as whole pico-dollars a token, so a millionth of a dollar per million tokens is the finest. */
const usdPerMTok = usd.refine(isWholeMicroUsd, { error: 'must have at most six decimals' });

const window = z.enum(['1m', '1h', '1d', '1w', '1M'], {
  error: 'must be one of 1m (a minute), 1h, 1d, 1w, 1M (a month)',
});
/** Kept as whole micro-dollars. */
const limitUsd = z
  .number()
  .positive({ error: 'must be above 0' })
  .max(1_000_000_000)
  .refine(isWholeMicroUsd, { error: 'must have at most six decimals' });
const limit = z.int().positive({ error: 'must be above 0' });
const enforcement = z.enum(['soft', 'hard']);
const lanes = z.int().min(1).max(16);
const budget = strict({
  id: id.optional(),
  limitUsd,
  every: window,
  calendar: z.boolean().optional(),
  enforcement: enforcement.optional(),
  reserveUsd: limitUsd.optional(),
  lanes: lanes.optional(),
});
const rateLimit = strict({
  id: id.optional(),
  requests: limit.optional(),
  tokens: limit.optional(),
  every: window,
  calendar: z.boolean().optional(),
  enforcement: enforcement.optional(),
  lanes: lanes.optional(),
});
const quotas = { budgets: z.array(budget).optional(), rateLimits: z.array(rateLimit).optional() };

const executionSettings = strict({
  maxRetries: z.int().min(0).max(10).optional(),
  hedgeAfterMs: milliseconds(600_000).optional(),
  firstContentTimeoutMs: milliseconds(840_000).optional(),
  // API Gateway cuts a connection that is silent for five minutes.
  idleTimeoutMs: milliseconds(300_000).optional(),
  // A Lambda invocation lasts 900 s; 30 s of it belong to the settlement.
  deadlineMs: milliseconds(870_000).optional(),
});

const quirks = strict({
  developerRole: z.enum(['developer', 'system']).optional(),
  maxTokensField: z.enum(['max_completion_tokens', 'max_tokens']).optional(),
  streamOptions: z.boolean().optional(),
  refusedParameters: z.array(z.string().min(1).max(128)).optional(),
  droppedMessageFields: z.array(z.string().min(1).max(128)).optional(),
  reasoningDetails: z.boolean().optional(),
  toolCallIds: strict({
    alphabet: z.enum(['alphanumeric', 'urlsafe']),
    maxLength: z.int().min(1).max(1_024),
    exactLength: z.boolean().optional(),
  }).optional(),
  omitsFinishReason: z.boolean().optional(),
});

const providerKey = strict({
  id,
  secret: text(
    /^[A-Za-z0-9/_+=.@-]{1,512}$/,
    'must be the name of a secret in Secrets Manager (letters, digits and /_+=.@-, at most 512)',
  ).optional(),
  env: text(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of an environment variable').optional(),
  weight: weight.optional(),
  models: z.array(modelGlob).optional(),
  denyModels: z.array(modelGlob).optional(),
  ...quotas,
});

const provider = strict({
  type: z.enum(providerTypes),
  baseUrl: z.string().max(2_048).optional(),
  region: text(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be the name of a region, such as eu-central-1').optional(),
  project: text(/^[a-z0-9][a-z0-9.:-]{0,62}$/, 'must be the id of a Google Cloud project').optional(),
  zones: z.array(zone).optional(),
  certifications: z.array(certification).optional(),
  keys: z.array(providerKey).optional(),
  catalog: id.optional(),
  modelIds: z.record(modelName, modelName).optional(),
  operations: z
    .array(z.enum(['chat', 'responses', 'embeddings']))
    .min(1)
    .optional(),
  quirks: quirks.optional(),
  dropUnsupported: z.boolean().optional(),
  settings: executionSettings.optional(),
  models: z.record(modelGlob, executionSettings).optional(),
  ...quotas,
});

const grant = strict({
  provider: id,
  weight: weight.optional(),
  models: z.array(modelGlob).optional(),
  denyModels: z.array(modelGlob).optional(),
  keys: z.array(keyGlob).optional(),
  ...quotas,
});

const scope = {
  name: displayName.optional(),
  providers: z.array(grant).optional(),
  zones: z.array(zone).optional(),
  certifications: z.array(certification).optional(),
  strategy: strategy.optional(),
  maxOutputTokens: z.int().min(1).max(10_000_000).optional(),
  ...quotas,
};

const keyHash = text(/^sha256:[0-9a-f]{64}$/, 'must be "sha256:" and 64 lower-case hex digits');

const customer = strict({ id, ...scope });
const team = strict({ id, customer: id.optional(), ...scope });
const virtualKey = strict({
  id,
  team: id.optional(),
  customer: id.optional(),
  hash: keyHash.optional(),
  key: text(/^[!-~]{6,256}$/, 'must be 6 to 256 visible ASCII characters').optional(),
  /** Earlier hashes of a rotated key, each good until its time. */
  retiring: z
    .array(strict({ hash: keyHash, until: z.iso.datetime({ offset: true }) }))
    .max(4)
    .optional(),
  enabled: z.boolean().optional(),
  expiresAt: z
    .union([z.iso.datetime({ offset: true }), z.iso.date()], {
      error: 'must be a date and time with its offset, such as "2027-01-01T00:00:00Z"',
    })
    .optional(),
  ...scope,
});

const ruleTarget = strict({
  provider: id.optional(),
  model: modelName.optional(),
  weight: weight.optional(),
  keys: z.array(keyGlob).min(1).optional(),
});
const rule = strict({
  id,
  scope: strict({ virtualKey: id.optional(), team: id.optional(), customer: id.optional() }).optional(),
  priority: z.int().optional(),
  when: z.string().min(1).max(4_096),
  targets: z.array(ruleTarget).min(1).max(32).optional(),
  fallbacks: z.array(modelName).max(32).optional(),
  deny: displayName.optional(),
  chain: z.boolean().optional(),
  fallbackOn: z
    .array(z.enum(['content_policy']))
    .min(1)
    .optional(),
});

const prices = strict({
  inputPerMTok: usdPerMTok.optional(),
  outputPerMTok: usdPerMTok.optional(),
  cachedInputPerMTok: usdPerMTok.optional(),
  cacheWritePerMTok: usdPerMTok.optional(),
  cacheWrite1hPerMTok: usdPerMTok.optional(),
  inputAudioPerMTok: usdPerMTok.optional(),
  cachedInputAudioPerMTok: usdPerMTok.optional(),
  outputAudioPerMTok: usdPerMTok.optional(),
  inputImagePerMTok: usdPerMTok.optional(),
  outputImagePerMTok: usdPerMTok.optional(),
  webSearchUsd: usdPerMTok.optional(),
  requestUsd: usdPerMTok.optional(),
});

const models = strict({
  aliases: z
    .record(aliasName, z.array(modelName).min(1, { error: 'must name at least one model' }).max(32))
    .refine((aliases) => Object.keys(aliases).length <= 1_000, { error: 'must be at most 1,000 aliases' })
    .optional(),
  add: z
    .array(
      strict({
        model: modelName,
        family: modelName.optional(),
        contextTokens: z.int().min(1).max(100_000_000).optional(),
        maxOutputTokens: z.int().min(1).max(100_000_000).optional(),
      }),
    )
    .optional(),
  prices: z.record(modelName, prices).optional(),
});

export const documentSchema = strict({
  providers: z.record(id, provider),
  customers: z.array(customer).optional(),
  teams: z.array(team).optional(),
  virtualKeys: z.array(virtualKey).optional(),
  rules: z.array(rule).max(1_000).optional(),
  models: models.optional(),
  defaults: executionSettings.optional(),
  /** Of which requests the decision is kept for a week, so that it can be explained. */
  decisionRecords: z.enum(['all', 'failures', 'none']).optional(),
  ...quotas,
});

/** The gateway document as it is written; `key` in clear is gone once it is parsed (see parseDocument). */
export type GatewayDocument = z.infer<typeof documentSchema>;
export type ProviderEntry = z.infer<typeof provider>;
export type ProviderKeyEntry = z.infer<typeof providerKey>;
export type GrantEntry = z.infer<typeof grant>;
export type CustomerEntry = z.infer<typeof customer>;
export type TeamEntry = z.infer<typeof team>;
export type VirtualKeyEntry = z.infer<typeof virtualKey>;
export type RuleEntry = z.infer<typeof rule>;
export type RuleTargetEntry = z.infer<typeof ruleTarget>;
export type PricesEntry = z.infer<typeof prices>;
export type SettingsEntry = z.infer<typeof executionSettings>;
export type ModelsEntry = z.infer<typeof models>;
/** What compiles to the policy: the document without the items stored one by one. */
export type PolicyDocument = Omit<GatewayDocument, 'customers' | 'teams' | 'virtualKeys'>;
