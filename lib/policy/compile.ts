import type {
  ExecutionSettings,
  ModelFacts,
  Operation,
  Policy,
  Provider,
  ProviderKey,
  Quirks,
  SecretRef,
} from '../domain/policy.ts';
import type { TokenPrices } from '../domain/prices.ts';
import type { RuleBook } from '../domain/rules.ts';
import { expandAliases } from './aliases.ts';
import type {
  ModelsEntry,
  PolicyDocument,
  PricesEntry,
  ProviderEntry,
  ProviderKeyEntry,
  SettingsEntry,
} from './document-schema.ts';
import { compileGlobs, everything } from './globs.ts';
import { documentOwner, providerKeyOwner, providerOwner } from '../domain/quota-owners.ts';
import { compilePrices } from './prices.ts';
import { compileSharedQuotas } from './quotas.ts';
import { defaultBaseUrl, providerTypeFacts } from './provider-types.ts';

/** What is known of a well-known OpenAI-compatible host. */
export interface HostProfile {
  readonly quirks: Quirks;
  readonly catalogId?: string;
  readonly operations: readonly Operation[] | ReadonlySet<Operation>;
}

/** Looks a host up by its name, lower-case, without port. */
export type HostProfiles = (hostname: string) => HostProfile | undefined;

export const defaultSettings: ExecutionSettings = {
  maxRetries: 2,
  hedgeAfterMs: 10_000,
  firstContentTimeoutMs: 120_000,
  idleTimeoutMs: 60_000,
  deadlineMs: 840_000,
};

/**
 * The document as the request path uses it: globs as matchers, defaults filled in, its rules as they are given. The
 * document has passed parseDocument; one that has not may throw (a provider without a base URL).
 */
export function compilePolicy(
  document: PolicyDocument,
  stored: { readonly version: number; readonly digest: string },
  hostProfile: HostProfiles,
  rules: RuleBook,
): Policy {
  const providers = Object.entries(document.providers).map(([id, entry]): [string, Provider] => [
    id,
    compileProvider(id, entry, hostProfile),
  ]);
  const prices = Object.entries(document.models?.prices ?? {}).map(
    ([model, entry]: [string, PricesEntry]): [string, TokenPrices] => [model, compilePrices(entry)],
  );
  return {
    version: stored.version,
    digest: stored.digest,
    providers: new Map(providers),
    aliases: expandAliases(document.models?.aliases ?? {}),
    addedModels: addedModels(document.models?.add ?? [], new Map(prices)),
    prices: new Map(prices),
    rules,
    defaults: { ...defaultSettings, ...definedSettings(document.defaults) },
    quotas: compileSharedQuotas(documentOwner, document),
    decisionRecords: document.decisionRecords ?? 'all',
  };
}

function compileProvider(id: string, entry: ProviderEntry, hostProfile: HostProfiles): Provider {
  const facts = providerTypeFacts[entry.type];
  const baseUrl = (entry.baseUrl ?? defaultBaseUrl(entry.type, entry.region))?.replace(/\/+$/, '');
  if (baseUrl === undefined) throw new Error(`provider ${id} has no base URL`);
  const profile = profileOf(entry, hostProfile);
  const catalogId = catalogIdOf(entry, hostProfile);
  return {
    id,
    type: entry.type,
    baseUrl,
    ...(entry.region !== undefined && { region: entry.region }),
    ...(entry.project !== undefined && { project: entry.project }),
    zones: entry.zones ?? [],
    quotas: compileSharedQuotas(providerOwner(id), entry),
    certifications: entry.certifications ?? [],
    keys: compileKeys(id, entry.keys ?? []),
    ...(catalogId !== undefined && { catalogId }),
    servesAnyModel: catalogId === undefined,
    modelIds: new Map(Object.entries(entry.modelIds ?? {})),
    operations: new Set(entry.operations ?? profile?.operations ?? facts.operations),
    quirks: { ...profile?.quirks, ...compileQuirks(entry.quirks) },
    dropUnsupported: entry.dropUnsupported ?? false,
    settings: definedSettings(entry.settings),
    modelSettings: Object.entries(entry.models ?? {}).map(([pattern, settings]) => ({
      matches: compileGlobs([pattern]),
      settings: definedSettings(settings),
    })),
  };
}

/** Whose models and prices in the catalog are this provider's; undefined: none. The base URL has been checked. */
export const catalogIdOf = (entry: ProviderEntry, hostProfile: HostProfiles): string | undefined =>
  entry.catalog ?? profileOf(entry, hostProfile)?.catalogId ?? providerTypeFacts[entry.type].catalogId;

const profileOf = ({ type, baseUrl }: ProviderEntry, hostProfile: HostProfiles): HostProfile | undefined =>
  type === 'openai-compatible' && baseUrl !== undefined
    ? hostProfile(new URL(baseUrl).hostname.toLowerCase())
    : undefined;

/** If no key has a weight, all count 1. */
function compileKeys(provider: string, entries: readonly ProviderKeyEntry[]): readonly ProviderKey[] {
  const weighs = entries.some((entry) => entry.weight !== undefined);
  return entries.map((entry) => {
    const weight = weighs ? entry.weight : 1;
    return {
      id: entry.id,
      secret: secretRef(entry),
      ...(weight !== undefined && { weight }),
      allowsModel: entry.models === undefined ? everything : compileGlobs(entry.models),
      deniesModel: compileGlobs(entry.denyModels ?? []),
      quotas: compileSharedQuotas(providerKeyOwner(provider, entry.id), entry),
    };
  });
}

function secretRef(entry: ProviderKeyEntry): SecretRef {
  if (entry.secret !== undefined) return { kind: 'secret', name: entry.secret };
  if (entry.env !== undefined) return { kind: 'env', name: entry.env };
  throw new Error(`provider key ${entry.id} names no secret`);
}

function compileQuirks(entry: ProviderEntry['quirks']): Quirks {
  if (entry === undefined) return {};
  const { toolCallIds, ...flat } = entry;
  return {
    ...defined(flat),
    ...(toolCallIds !== undefined && {
      toolCallIds: {
        ...defined(toolCallIds),
        alphabet: toolCallIds.alphabet,
        maxLength: toolCallIds.maxLength,
      },
    }),
  };
}

const definedSettings = (entry: SettingsEntry | undefined): Partial<ExecutionSettings> =>
  defined(entry ?? {});

/** The same object without the fields that are undefined, so that it can be spread over defaults. */
function defined<T extends object>(entry: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const field in entry) {
    const value = entry[field];
    if (isDefined(value)) present[field] = value;
  }
  return present;
}

const isDefined = <T>(value: T): value is Exclude<T, undefined> => value !== undefined;

/** `provider/model` entries by provider; without a family of its own a model is its own family. */
function addedModels(
  entries: NonNullable<ModelsEntry['add']>,
  prices: ReadonlyMap<string, TokenPrices>,
): ReadonlyMap<string, readonly ModelFacts[]> {
  const byProvider = new Map<string, ModelFacts[]>();
  for (const entry of entries) {
    const slash = entry.model.indexOf('/');
    const provider = entry.model.slice(0, slash);
    const model = entry.model.slice(slash + 1);
    const price = prices.get(entry.model);
    const facts: ModelFacts = {
      model,
      family: entry.family ?? model,
      ...(entry.contextTokens !== undefined && { contextTokens: entry.contextTokens }),
      ...(entry.maxOutputTokens !== undefined && { maxOutputTokens: entry.maxOutputTokens }),
      ...(price !== undefined && { prices: price }),
    };
    byProvider.set(provider, [...(byProvider.get(provider) ?? []), facts]);
  }
  return byProvider;
}
