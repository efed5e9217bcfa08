import type {
  Caller,
  Catalog,
  ModelFacts,
  Policy,
  Provider,
  ProviderGrant,
  ProviderKey,
} from '../../lib/domain/policy.ts';
import type { RoutingContext } from '../../lib/routing/candidate.ts';
import { testProvider, testSettings } from './target.ts';

const matcher = (names: readonly string[]) => (name: string) =>
  names.some(
    (each) => each === '*' || each === name || (each.endsWith('*') && name.startsWith(each.slice(0, -1))),
  );

export function grant(
  provider: string,
  options: {
    weight?: number;
    models?: readonly string[];
    deny?: readonly string[];
    keys?: readonly string[];
  } = {},
): ProviderGrant {
  const models = options.models ?? ['*'];
  return {
    provider,
    ...(options.weight === undefined ? {} : { weight: options.weight }),
    allowsModel: matcher(models),
    deniesModel: matcher(options.deny ?? []),
    quotas: [],
    namesModel: matcher(models.filter((name) => name !== '*')),
    allowsKey: matcher(options.keys ?? ['*']),
  };
}

export function key(
  id: string,
  options: { weight?: number; models?: readonly string[]; deny?: readonly string[] } = {},
): ProviderKey {
  return {
    id,
    secret: { kind: 'env', name: id },
    ...(options.weight === undefined ? {} : { weight: options.weight }),
    allowsModel: matcher(options.models ?? ['*']),
    deniesModel: matcher(options.deny ?? []),
    quotas: [],
  };
}

export const provider = (id: string, overrides: Partial<Provider> = {}): Provider =>
  testProvider('openai', { id, catalogId: id, servesAnyModel: false, ...overrides });

export const caller = (grants: readonly ProviderGrant[], overrides: Partial<Caller> = {}): Caller => ({
  virtualKeyId: 'vk',
  virtualKeyName: 'vk',
  quotas: [],
  grants,
  strategy: 'weighted',
  zones: [],
  certifications: [],
  enabled: true,
  ...overrides,
});

/** A catalog from `catalogId -> (asked name -> facts)`. */
export const catalog = (models: Readonly<Record<string, readonly ModelFacts[]>>): Catalog => ({
  asOfS: 0,
  find: (id, name) => models[id]?.find((facts) => facts.model === name || facts.family === name),
  list: (id) => models[id] ?? [],
});

export function routing(
  options: Partial<RoutingContext> & {
    providers?: readonly Provider[];
    aliases?: Readonly<Record<string, readonly string[]>>;
  } = {},
): RoutingContext {
  const { providers = [], aliases = {}, ...context } = options;
  const policy: Policy = {
    version: 1,
    digest: 'd',
    providers: new Map(providers.map((each) => [each.id, each])),
    aliases: new Map(Object.entries(aliases)),
    addedModels: new Map(),
    prices: new Map(),
    rules: new Map(),
    defaults: testSettings,
    quotas: [],
    decisionRecords: 'all',
  };
  return {
    policy,
    caller: caller([]),
    catalog: catalog({}),
    operation: 'chat',
    keyUsable: () => true,
    overQuota: () => undefined,
    cannotCarry: () => undefined,
    orderKeys: (_provider, keys) => keys,
    ...context,
  };
}
