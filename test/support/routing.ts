import type {
  Caller,
  Catalog,
  ModelFacts,
  Policy,
  Provider,
  ProviderGrant,
  ProviderKey,
} from '../../lib/domain/policy.ts';
import type { HealthView, RouteHealth } from '../../lib/domain/health.ts';
import type { Rule } from '../../lib/domain/rules.ts';
import type { RoutingContext } from '../../lib/routing/context.ts';
import { testProvider, testSettings } from './target.ts';
import { unknownHealth } from './unknown-health.ts';

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
    namesKey: matcher((options.keys ?? []).filter((name) => !name.includes('*'))),
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
    health: unknownHealth,
    size: { inputTokens: 10, stream: false },
    utilisation: () => 0,
    isPriced: () => true,
    estimateMicroUsd: () => undefined,
    looksTooLong: () => false,
    pausedMs: () => 0,
    ...context,
  };
}

/** What is known of a route, by default that it is healthy, timed at a second and known well. */
export const routeHealth = (
  overrides: Partial<RouteHealth> & { readonly ms?: number; readonly p99?: number } = {},
): RouteHealth => {
  const { ms = 1_000, p99, ...rest } = overrides;
  return {
    state: 'healthy',
    share: 1,
    perSecond: 10,
    samples: 100,
    errorRate: 0,
    saturation: 0,
    typicalMs: () => ms,
    p99Ms: () => p99,
    ...rest,
  };
};

/** Health by "provider/model", and of keys by "provider/model/key". */
export const healthOf = (known: Readonly<Record<string, RouteHealth>>): HealthView => ({
  route: (provider, model) => known[`${provider}/${model}`],
  key: (provider, model, key) => known[`${provider}/${model}/${key}`],
});

/** A rule that matches as told, by default always. */
export const rule = (id: string, overrides: Partial<Rule> = {}): Rule => ({
  id,
  when: 'true',
  matches: () => true,
  chain: false,
  pastContentPolicy: false,
  ...overrides,
});
