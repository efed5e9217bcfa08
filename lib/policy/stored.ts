import { providerTypes, type Caller, type Policy } from '../domain/policy.ts';
import { compileCaller } from './caller.ts';
import { compilePolicy, type HostProfiles } from './compile.ts';
import type { CustomerEntry, PolicyDocument, TeamEntry, VirtualKeyEntry } from './document-schema.ts';
import { isFlag, isNumber, isText, listOf, objectOf, oneOf, recordOf, type Guard } from './guards.ts';
import { loadRules } from './rules/load.ts';
import { storedRule } from './rules/stored-rule.ts';

/**
 * The compiled policy of a stored one. Rejects where the shape is not one this version carries out whole, or a rule does
 * not compile: a stored limit it does not know must not be ignored.
 */
export async function compileStoredPolicy(
  stored: unknown,
  pointer: { readonly version: number; readonly digest: string },
  hostProfile: HostProfiles,
): Promise<Policy> {
  if (!isPolicyDocument(stored)) throw new Error('the stored policy has a shape this version does not know');
  return compilePolicy(stored, pointer, hostProfile, await loadRules(stored.rules ?? []));
}

/** The caller a stored virtual key makes, with its team's and its customer's items. Throws where compileStoredPolicy rejects. */
export function compileStoredCaller(key: unknown, team: unknown, customer: unknown): Caller {
  if (!isVirtualKey(key)) throw new Error('the stored virtual key has a shape this version does not know');
  if (team !== undefined && !isTeam(team)) {
    throw new Error('the stored team has a shape this version does not know');
  }
  if (customer !== undefined && !isCustomer(customer)) {
    throw new Error('the stored customer has a shape this version does not know');
  }
  return compileCaller(key, team, customer);
}

const texts = listOf(isText);
const every = oneOf(['1m', '1h', '1d', '1w', '1M']);
const window = { id: isText, calendar: isFlag, enforcement: oneOf(['soft', 'hard']), lanes: isNumber };
const topUp = objectOf({ window: isText, amount: isNumber }, {});
const quotas = {
  budgets: listOf(objectOf({ limitUsd: isNumber, every }, { ...window, reserveUsd: isNumber })),
  rateLimits: listOf(objectOf({ every }, { ...window, requests: isNumber, tokens: isNumber })),
  quotaMarks: recordOf(
    objectOf(
      { limit: isNumber, edition: isNumber, createdAtS: isNumber },
      { topUp, earlier: objectOf({ version: isNumber }, { topUp }) },
    ),
  ),
};

const settings = objectOf(
  {},
  {
    maxRetries: isNumber,
    hedgeAfterMs: isNumber,
    firstContentTimeoutMs: isNumber,
    idleTimeoutMs: isNumber,
    deadlineMs: isNumber,
  },
);

const quirks = objectOf(
  {},
  {
    developerRole: oneOf(['developer', 'system']),
    maxTokensField: oneOf(['max_completion_tokens', 'max_tokens']),
    streamOptions: isFlag,
    refusedParameters: texts,
    droppedMessageFields: texts,
    reasoningDetails: isFlag,
    toolCallIds: objectOf(
      { alphabet: oneOf(['alphanumeric', 'urlsafe']), maxLength: isNumber },
      { exactLength: isFlag },
    ),
    omitsFinishReason: isFlag,
  },
);

const providerKey = objectOf(
  { id: isText },
  { secret: isText, env: isText, weight: isNumber, models: texts, denyModels: texts, ...quotas },
);

const provider = objectOf(
  { type: oneOf(providerTypes) },
  {
    baseUrl: isText,
    region: isText,
    project: isText,
    zones: texts,
    certifications: texts,
    keys: listOf(providerKey),
    catalog: isText,
    modelIds: recordOf(isText),
    operations: listOf(oneOf(['chat', 'responses', 'embeddings'])),
    quirks,
    dropUnsupported: isFlag,
    settings,
    models: recordOf(settings),
    ...quotas,
  },
);

const prices = objectOf(
  {},
  {
    inputPerMTok: isNumber,
    outputPerMTok: isNumber,
    cachedInputPerMTok: isNumber,
    cacheWritePerMTok: isNumber,
    cacheWrite1hPerMTok: isNumber,
    inputAudioPerMTok: isNumber,
    cachedInputAudioPerMTok: isNumber,
    outputAudioPerMTok: isNumber,
    inputImagePerMTok: isNumber,
    outputImagePerMTok: isNumber,
    webSearchUsd: isNumber,
    requestUsd: isNumber,
  },
);

const models = objectOf(
  {},
  {
    aliases: recordOf(texts),
    add: listOf(
      objectOf({ model: isText }, { family: isText, contextTokens: isNumber, maxOutputTokens: isNumber }),
    ),
    prices: recordOf(prices),
  },
);

const isPolicyDocument: Guard<PolicyDocument> = objectOf(
  { providers: recordOf(provider) },
  {
    rules: listOf(storedRule),
    models,
    defaults: settings,
    decisionRecords: oneOf(['all', 'failures', 'none']),
    ...quotas,
  },
);

const grant = objectOf(
  { provider: isText },
  { weight: isNumber, models: texts, denyModels: texts, keys: texts, ...quotas },
);

const scope = {
  name: isText,
  providers: listOf(grant),
  zones: texts,
  certifications: texts,
  strategy: oneOf(['weighted', 'adaptive', 'cheapest']),
  maxOutputTokens: isNumber,
  ...quotas,
};

const isCustomer: Guard<CustomerEntry> = objectOf({ id: isText }, scope);
const isTeam: Guard<TeamEntry> = objectOf({ id: isText }, { customer: isText, ...scope });
const isVirtualKey: Guard<VirtualKeyEntry> = objectOf(
  { id: isText, hash: isText },
  {
    team: isText,
    customer: isText,
    enabled: isFlag,
    expiresAt: isText,
    retiresAt: isText,
    retiring: listOf(objectOf({ hash: isText, until: isText }, {})),
    ...scope,
  },
);

/** Whichever of the three it is, as far as quotas go. */
export const isStoredScope = (stored: unknown): stored is CustomerEntry | TeamEntry | VirtualKeyEntry =>
  isCustomer(stored) || isTeam(stored) || isVirtualKey(stored);
