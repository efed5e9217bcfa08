import { familyOf } from '../family.ts';
import type { EventUnit, SourceModel, SourcePrice, SourceProvider, TokenUnit } from './extract.ts';
import { SourceChanged } from './extract.ts';
import type { CatalogData, EventPriceName, ProviderData, TokenPriceName } from './format.ts';
import { eventPriceLetters, fieldEnd, radix, recordEnd, tokenPriceLetters, unknown } from './format.ts';
import { pricesInForce } from './in-force.ts';
import { maxOutputTokens } from './limits.ts';
import { namesOf } from './names.ts';

const tokenUnitOf: Readonly<Record<TokenPriceName, TokenUnit>> = {
  input: 'input_mtok',
  output: 'output_mtok',
  outputReasoning: 'output_reasoning_mtok',
  cachedInput: 'cache_read_mtok',
  cacheWrite: 'cache_write_mtok',
  cacheWrite1h: 'cache_write_1h_mtok',
  inputAudio: 'input_audio_mtok',
  cachedInputAudio: 'cache_audio_read_mtok',
  outputAudio: 'output_audio_mtok',
  inputImage: 'input_image_mtok',
  outputImage: 'output_image_mtok',
};

const eventUnitOf: Readonly<Record<EventPriceName, EventUnit>> = {
  webSearchPicoUsd: 'web_searches_kcount',
  requestPicoUsd: 'requests_kcount',
};

/**
 * Models the source lists without any price because they cost nothing; without a price and not named here, a model's
 * price is unknown. The `:free` offers of OpenRouter are recognised by their name.
 */
const free: readonly RegExp[] = [
  /^[^/]+\/.*:free$/,
  /^openai\/moderation$/, // platform.openai.com/docs/guides/moderation
  /^google\/gemma-/, // ai.google.dev/gemini-api/docs/pricing
  /^github-copilot\//, // included in the subscription
];
const freeList = 'i0 o0';

/** USD with at most six decimals: whole pico-dollars per token once divided by a million. */
const usd = (amount: number): string => String(Math.round(amount * 1e6) / 1e6);

/** One price list as text; "" where nothing in it can be counted. */
function priceList(prices: SourcePrice, where: string): string {
  const fields: string[] = [];
  for (const [letter, name] of Object.entries(tokenPriceLetters)) {
    const price = prices[tokenUnitOf[name]];
    if (price === undefined) continue;
    if (typeof price === 'number') fields.push(letter + usd(price));
    else {
      const tiers = price.tiers.toSorted((a, b) => a.start - b.start);
      fields.push(letter + [usd(price.base), ...tiers.map((t) => `${t.start}:${usd(t.price)}`)].join('>'));
    }
  }
  for (const [letter, name] of Object.entries(eventPriceLetters)) {
    const price = prices[eventUnitOf[name]];
    if (price === undefined) continue;
    if (typeof price !== 'number') throw new SourceChanged(`${where}.prices.${eventUnitOf[name]}: tiers`);
    fields.push(letter + usd(price));
  }
  return fields.join(fieldEnd);
}

class PriceTable {
  readonly #positions = new Map<string, number>();

  /** Where the list stands in the table, which it joins if it is new. */
  positionOf(list: string): string {
    const position = this.#positions.get(list) ?? this.#positions.size;
    this.#positions.set(list, position);
    return position.toString(radix);
  }

  toString(): string {
    return [...this.#positions.keys()].join(recordEnd);
  }
}

const printable = /^[\x21-\x7b\x7d\x7e]+$/;

function checked(name: string, where: string): string {
  if (printable.test(name) && name !== unknown) return name;
  throw new SourceChanged(`${where}: the name ${JSON.stringify(name)} cannot be stored`);
}

function compactProvider(provider: SourceProvider, asOf: string, table: PriceTable): ProviderData {
  const models: string[] = [];
  const rules: string[] = [];
  const names = namesOf(provider);
  const listOf = (model: SourceModel): string => {
    const prices = pricesInForce(model.prices, asOf);
    const isFree = Object.keys(prices).length === 0 && free.some((p) => p.test(`${provider.id}/${model.id}`));
    return isFree ? freeList : priceList(prices, `providers[${provider.id}].models[${model.id}]`);
  };
  provider.models.forEach((model, index) => {
    const where = `providers[${provider.id}].models[${model.id}]`;
    const own = names[index] ?? { aliases: [], rules: [] };
    const list = listOf(model);
    models.push(
      [
        own.name === undefined ? unknown : checked(own.name, where),
        model.context_window ?? unknown,
        list === '' ? unknown : table.positionOf(list),
        (own.name !== undefined && maxOutputTokens[familyOf(own.name)]) || unknown,
        ...own.aliases.map((alias) => checked(alias, where)),
      ].join(fieldEnd),
    );
    for (const { kind, text } of own.rules)
      rules.push(kind + checked(text, where) + fieldEnd + index.toString(radix));
  });
  return {
    models: models.join(recordEnd),
    rules: rules.join(recordEnd),
    fallbacks: (provider.fallback_model_providers ?? []).join(fieldEnd),
  };
}

const isVertexOnly = (model: SourceModel): boolean => /claude|-maas$/.test(model.id);

/**
 * The source has one "google" for two APIs. Here `google` is what the Gemini API serves, and `vertex` is what only
 * Vertex AI serves, with the Gemini models (and Anthropic's newest) behind it.
 */
function splitGoogle(provider: SourceProvider): readonly SourceProvider[] {
  if (provider.id !== 'google') return [provider];
  const { fallback_model_providers: fallbacks = [], ...google } = provider;
  return [
    { ...google, models: google.models.filter((model) => !isVertexOnly(model)) },
    {
      ...google,
      id: 'vertex',
      models: google.models.filter(isVertexOnly),
      fallback_model_providers: ['google', ...fallbacks],
    },
  ];
}

/** How many (provider, model) pairs the data holds. */
export const countPairs = (data: CatalogData): number =>
  Object.values(data.providers).reduce((sum, provider) => sum + provider.models.split(recordEnd).length, 0);

/** A source with fewer has lost something. */
export const minimumPairs = 1600;

/**
 * The source as compact data: the same input gives the same output, byte for byte. Throws SourceChanged.
 *
 * @param asOf the UTC day whose prices are taken, YYYY-MM-DD
 */
export function compact(source: string, providers: readonly SourceProvider[], asOf: string): CatalogData {
  const table = new PriceTable();
  const sorted = providers.toSorted((a, b) => (a.id < b.id ? -1 : 1)).flatMap(splitGoogle);
  const entries = sorted.map((provider) => [provider.id, compactProvider(provider, asOf, table)] as const);
  const data = { source, asOf, prices: table.toString(), providers: Object.fromEntries(entries) };
  const pairs = countPairs(data);
  if (pairs < minimumPairs)
    throw new SourceChanged(
      `providers: only ${pairs} (provider, model) pairs, expected at least ${minimumPairs}`,
    );
  return data;
}
