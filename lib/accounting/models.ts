import type { ModelFacts } from '../domain/policy.ts';
import type { Price, TokenPrices } from '../domain/prices.ts';

/** A model a caller may use, at one of the document's providers. */
export interface UsableModel {
  readonly provider: string;
  readonly facts: ModelFacts;
}

/**
 * One entry of the list: OpenAI's fields (platform.openai.com/docs/api-reference/models), and beyond them what
 * OpenRouter publishes (openrouter.ai/docs/api-reference/list-available-models), where it is known.
 */
export interface ListedModel {
  /** `provider/model`, as a request may name it, or an alias. */
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  /** The document's provider; `fairlead` for an alias. */
  readonly owned_by: string;
  readonly context_length?: number;
  readonly max_output_tokens?: number;
  /** USD per token (per search, per request) as decimal strings, below any long-context threshold. */
  readonly pricing?: Readonly<Record<string, string>>;
}

export interface ModelList {
  readonly object: 'list';
  readonly data: readonly ListedModel[];
}

const tokenPricing = [
  ['prompt', 'input'],
  ['completion', 'output'],
  ['internal_reasoning', 'outputReasoning'],
  ['input_cache_read', 'cachedInput'],
  ['input_cache_write', 'cacheWrite'],
  ['audio', 'inputAudio'],
] as const satisfies readonly (readonly [string, keyof TokenPrices])[];

const eventPricing = [
  ['web_search', 'webSearchPicoUsd'],
  ['request', 'requestPicoUsd'],
] as const satisfies readonly (readonly [string, keyof TokenPrices])[];

/** Whole pico-dollars as dollars, exactly: 37,500 -> "0.0000000375". */
function dollars(picoUsd: number): string {
  const digits = String(Math.round(picoUsd)).padStart(13, '0');
  const fraction = digits.slice(-12).replace(/0+$/, '');
  return digits.slice(0, -12) + (fraction && `.${fraction}`);
}

function pricing(prices: TokenPrices): Readonly<Record<string, string>> {
  const listed: Record<string, string> = {};
  for (const [label, name] of tokenPricing) {
    const price: Price | undefined = prices[name];
    if (price) listed[label] = dollars(price.picoUsdPerToken);
  }
  for (const [label, name] of eventPricing) {
    const price = prices[name];
    if (price !== undefined) listed[label] = dollars(price);
  }
  return listed;
}

const describe = (id: string, ownedBy: string, createdS: number, facts: ModelFacts): ListedModel => ({
  id,
  object: 'model',
  created: createdS,
  owned_by: ownedBy,
  ...(facts.contextTokens !== undefined && { context_length: facts.contextTokens }),
  ...(facts.maxOutputTokens !== undefined && { max_output_tokens: facts.maxOutputTokens }),
  ...(facts.prices && { pricing: pricing(facts.prices) }),
});

const idOf = ({ provider, facts }: UsableModel): string => `${provider}/${facts.model}`;

/** Whether an entry of an alias's chain (`provider/model`, or a bare name) leads to this model. */
const leadsTo = (entry: string, usable: UsableModel): boolean =>
  entry === idOf(usable) ||
  entry === usable.facts.model ||
  entry === usable.facts.family ||
  entry === `${usable.provider}/${usable.facts.family}`;

const byId = (a: ListedModel, b: ListedModel): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * The body of `GET /v1/models`: every model the caller may use as `provider/model`, and the aliases that lead to one
 * of them, with the facts of the first that is usable; sorted by id. Bare names are understood in requests but not
 * listed: the same model would stand there twice, at prices that depend on the provider.
 *
 * @param usable what the caller's grants leave of the catalog and the document's own models
 * @param aliases of the document: name -> chain
 * @param createdS for `created`, which nobody publishes for all models: the day of the catalog, seconds since the epoch
 */
export function listModels(
  usable: readonly UsableModel[],
  aliases: ReadonlyMap<string, readonly string[]>,
  createdS: number,
): ModelList {
  const models = new Map(
    usable.map((each) => [idOf(each), describe(idOf(each), each.provider, createdS, each.facts)]),
  );
  for (const [alias, chain] of aliases) {
    const first = chain
      .map((entry) => usable.find((each) => leadsTo(entry, each)))
      .find((each) => each !== undefined);
    if (first) models.set(alias, describe(alias, 'fairlead', createdS, first.facts));
  }
  return { object: 'list', data: [...models.values()].toSorted(byId) };
}

/**
 * The body of `GET /v1/models/{id}`: by listed id, else by the bare name of a model (its first provider by id), which
 * keeps that name as its id; undefined where the caller may use nothing of that name.
 */
export function findModel(list: ModelList, id: string): ListedModel | undefined {
  const exact = list.data.find((each) => each.id === id);
  if (exact) return exact;
  const bare = list.data.find((each) => each.id === `${each.owned_by}/${id}`);
  return bare && { ...bare, id };
}
