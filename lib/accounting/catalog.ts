import type { Catalog, ModelFacts } from '../domain/policy.ts';
import type { TokenPrices } from '../domain/prices.ts';
import { decodeModels, decodePrices, decodeRules, integer, type StoredModel } from './catalog/decode.ts';
import type { CatalogData, ProviderData } from './catalog/format.ts';
import { fieldEnd, radix, recordEnd } from './catalog/format.ts';
import { matches, type Rule } from './catalog/rules.ts';
import { familyOf, maxNameLength, spellingOf } from './family.ts';

export type { CatalogData } from './catalog/format.ts';

/** The generated data, in a chunk of its own that is read when the first request needs it. */
export async function catalogData(): Promise<CatalogData> {
  const module = await import('./catalog/data.json', { with: { type: 'json' } });
  return module.default;
}

/** A model under one of its names. */
interface Named {
  readonly name: string;
  readonly model: StoredModel;
}

/** A provider as lookups need it. */
interface Provider {
  /** Models that have a name of their own. */
  readonly named: readonly Named[];
  /** Own names and aliases, lower case. */
  readonly byName: ReadonlyMap<string, Named>;
  readonly byFamily: () => ReadonlyMap<string, Named>;
  readonly models: readonly StoredModel[];
  readonly rules: () => readonly Rule[];
  readonly fallbacks: readonly string[];
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

/**
 * Which of a provider's names stands for a family: rather this region's than one that crosses borders (`global.`),
 * rather a full path than a bare leftover, rather the plain name than a dated or altered one, rather the later date.
 */
function standsBefore(a: string, b: string): boolean {
  const penalty = (name: string): number =>
    (name.startsWith('global.') ? 2 : 0) + (name.includes('/') ? 0 : 1);
  const order = penalty(a) - penalty(b) || a.length - b.length;
  return order < 0 || (order === 0 && a > b);
}

function indexFamilies(owned: readonly Named[], aliases: readonly Named[]): ReadonlyMap<string, Named> {
  const families = new Map<string, Named>();
  for (const candidate of owned) {
    const family = familyOf(candidate.name);
    const current = families.get(family);
    if (!current || standsBefore(candidate.name, current.name)) families.set(family, candidate);
  }
  for (const candidate of aliases) {
    const family = familyOf(candidate.name);
    if (!families.has(family)) families.set(family, candidate);
  }
  return families;
}

function decodeProvider(data: ProviderData): Provider {
  const models = decodeModels(data);
  const named = models.flatMap((model) => (model.name === undefined ? [] : [{ name: model.name, model }]));
  const aliases = models.flatMap((model) => model.aliases.map((name) => ({ name, model })));
  const byName = new Map<string, Named>();
  for (const each of [...named, ...aliases]) {
    const key = each.name.toLowerCase();
    if (!byName.has(key)) byName.set(key, each);
  }
  return {
    named,
    byName,
    byFamily: once(() => indexFamilies(named, aliases)),
    models,
    rules: once(() => decodeRules(data)),
    fallbacks: data.fallbacks === '' ? [] : data.fallbacks.split(fieldEnd),
  };
}

/** `arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic...` names the model after its last slash. */
const modelOfArn = (name: string): string =>
  name.startsWith('arn:') ? name.slice(name.lastIndexOf('/') + 1) : name;

/**
 * Answers what the generated data knows. Nothing is decoded before it is asked for: the first question to a provider
 * decodes that provider, the first by family its families. Names the source spells out, and families, take one
 * look-up; others are compared with the provider's rules, linear in their number and in the (bounded) length.
 *
 * `ModelFacts.model` is what to send: the name asked for where it is the provider's own (an alias, a dated snapshot,
 * an inference profile), the provider's plain name where it was asked for by family. `list` leaves snapshots out.
 */
export function loadCatalog(data: CatalogData): Catalog {
  const priceLists = once(() => data.prices.split(recordEnd));
  const prices = new Map<number, TokenPrices>();
  // Names the catalog spells out are found again and again; those made for a caller's name are forgotten with it.
  const factsOf = new WeakMap<Named, ModelFacts>();
  const providers = new Map<string, Provider>();

  const provider = (id: string): Provider | undefined => {
    const known = providers.get(id);
    if (known || !Object.hasOwn(data.providers, id)) return known;
    const stored = data.providers[id];
    if (!stored) return undefined;
    const decoded = decodeProvider(stored);
    providers.set(id, decoded);
    return decoded;
  };

  const pricesAt = (position: number): TokenPrices => {
    const known = prices.get(position);
    if (known) return known;
    const decoded = decodePrices(priceLists()[position] ?? '');
    prices.set(position, decoded);
    return decoded;
  };

  const facts = (named: Named): ModelFacts => {
    const { name, model } = named;
    const known = factsOf.get(named);
    if (known) return known;
    const [contextField, priceField, maxOutputField] = model.fields;
    const contextTokens = integer(contextField);
    const maxOutputTokens = integer(maxOutputField);
    const price = integer(priceField, radix);
    const made: ModelFacts = {
      model: name,
      family: familyOf(name),
      ...(contextTokens !== undefined && { contextTokens }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...(price !== undefined && { prices: pricesAt(price) }),
    };
    factsOf.set(named, made);
    return made;
  };

  const byRule = (from: Provider, asked: string, key: string): Named | undefined => {
    const rule = from.rules().find((each) => matches(each, key));
    const model = rule && from.models[rule.model];
    return model && { name: asked, model };
  };

  const findIn = (from: Provider, asked: string): Named | undefined => {
    const lower = asked.toLowerCase();
    const key = modelOfArn(lower);
    const exact = from.byName.get(key);
    if (exact) return key === lower ? exact : { ...exact, name: asked };
    return (key === lower ? from.byFamily().get(spellingOf(key)) : undefined) ?? byRule(from, asked, key);
  };

  /** The provider itself, then those the source says to ask next. */
  const chain = (id: string): readonly Provider[] => {
    const first = provider(id);
    return first ? [first, ...first.fallbacks.flatMap((next) => provider(next) ?? [])] : [];
  };

  const find = (catalogId: string, model: string): ModelFacts | undefined => {
    const asked = model.trim();
    if (asked === '' || asked.length > maxNameLength) return undefined;
    for (const from of chain(catalogId)) {
      const found = findIn(from, asked);
      if (found) return facts(found);
    }
    return undefined;
  };

  return {
    asOfS: Date.parse(data.asOf) / 1000,
    find,
    list(catalogId) {
      const names = chain(catalogId).flatMap((from) => from.named.map(({ name }) => name));
      return [...new Set(names)].flatMap((name) => find(catalogId, name) ?? []);
    },
  };
}
