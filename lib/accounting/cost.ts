import type { Price, TokenPrices } from '../domain/prices.ts';
import type { Usage, UsageIteration } from '../domain/usage.ts';
import { billedUnits, count, pricedAs } from './billed-units.ts';
import type { TokenPriceName } from './catalog/format.ts';
import { familyOf } from './family.ts';
import { type Multiplier, tierMultiplier } from './service-tier.ts';

/** What an answer cost. Unknown is never 0: `atLeastMicroUsd` is what is certain, `missing` names what has no price. */
export type Cost =
  | { readonly known: true; readonly microUsd: number }
  | { readonly known: false; readonly missing: string; readonly atLeastMicroUsd: number };

/** Where an answer came from, as far as it decides the price. */
export interface CostContext {
  /** The provider's catalog id: whose service tiers count. */
  readonly catalogId?: string;
  /** The model asked for, in the provider's words; `prices` are its. */
  readonly model?: string;
  /** The tier asked for; the answer's own word counts where it gives one. */
  readonly serviceTier?: string;
  /** Prices of another model of the same provider: the one that served, or one of several in an answer. */
  readonly pricesOf?: (model: string) => TokenPrices | undefined;
}

/** An exact sum in pico-dollars, with what could not be priced. */
interface Sum {
  readonly picoUsd: number;
  readonly missing?: string;
}

const nothing: Sum = { picoUsd: 0 };
const plus = (a: Sum, b: Sum): Sum => {
  const missing = a.missing ?? b.missing;
  return { picoUsd: a.picoUsd + b.picoUsd, ...(missing !== undefined && { missing }) };
};

/** The price of all tokens of a kind in a request of this size: the last tier the input exceeds. */
function picoUsdAt(price: Price, inputTokens: number): number {
  const tier = price.tiers?.findLast(({ aboveInputTokens }) => inputTokens > aboveInputTokens);
  return tier?.picoUsdPerToken ?? price.picoUsdPerToken;
}

const priceOf = (prices: TokenPrices, name: TokenPriceName): Price | undefined =>
  [name, ...(pricedAs[name] ?? [])].map((each) => prices[each]).find((price) => price !== undefined);

/** A price of a service tier, rounded up to a whole pico-dollar (a millionth of a micro-dollar per token). */
const scaled = (picoUsd: number, { times, over }: Multiplier): number => Math.ceil((picoUsd * times) / over);

function tokensCost(usage: UsageIteration, prices: TokenPrices, multiplier: Multiplier): Sum {
  const inputTokens = count(usage.inputTokens);
  return billedUnits(usage)
    .map(({ price: name, tokens }): Sum => {
      const price = priceOf(prices, name);
      if (!price) return { picoUsd: 0, missing: `${name} price` };
      return { picoUsd: tokens * scaled(picoUsdAt(price, inputTokens), multiplier) };
    })
    .reduce(plus, nothing);
}

function searchesCost(searches: number, prices: TokenPrices): Sum {
  if (searches === 0) return nothing;
  if (prices.webSearchPicoUsd === undefined) return { picoUsd: 0, missing: 'webSearch price' };
  return { picoUsd: searches * prices.webSearchPicoUsd };
}

/** The provider's own figure in pico-dollars, where it is one. Dollars carry 15 digits: up to 9,007 USD to the pico. */
const reportedPicoUsd = ({ providerCostUsd: usd }: UsageIteration): number | undefined =>
  usd !== undefined && Number.isFinite(usd) && usd >= 0 ? Math.round(usd * 1e12) : undefined;

/** One model call at the prices of the model and tier that served it. */
function callCost(
  call: UsageIteration,
  prices: TokenPrices | undefined,
  model: string,
  context: CostContext,
): Sum {
  const reported = reportedPicoUsd(call);
  if (reported !== undefined) return { picoUsd: reported };
  if (!prices) return { picoUsd: 0, missing: `price of ${model || 'the model'}` };
  const searches = searchesCost(count(call.webSearches), prices);
  const tier = call.serviceTier ?? context.serviceTier;
  const family = tier === undefined || model === '' ? undefined : familyOf(model);
  const multiplier = tierMultiplier(context.catalogId, tier, family);
  if (multiplier) return plus(tokensCost(call, prices, multiplier), searches);
  const atList = tokensCost(call, prices, { times: 1, over: 1 });
  return plus(plus(atList, searches), { picoUsd: 0, missing: `price of tier ${tier}` });
}

function sumOf(usage: Usage, prices: TokenPrices | undefined, context: CostContext): Sum {
  const pricesFor = (model: string | undefined): TokenPrices | undefined =>
    model === undefined || model === context.model ? prices : context.pricesOf?.(model);
  const served = usage.servedModel ?? context.model;
  // A snapshot the catalog does not know is still the model that was asked for.
  const servedPrices = pricesFor(served) ?? prices;
  const request: Sum = { picoUsd: servedPrices?.requestPicoUsd ?? 0 };

  if (usage.iterations === undefined || usage.iterations.length === 0)
    return plus(callCost(usage, servedPrices, served ?? '', context), request);

  const calls = usage.iterations.map((iteration) => {
    const model = iteration.model ?? iteration.servedModel ?? served;
    const call =
      iteration.serviceTier === undefined && usage.serviceTier !== undefined
        ? { ...iteration, serviceTier: usage.serviceTier }
        : iteration;
    return callCost(call, model === served ? servedPrices : pricesFor(model), model ?? '', context);
  });
  // Searches are counted once for the whole answer; iterations may repeat their share of them.
  const counted = usage.iterations.reduce((sum, { webSearches }) => sum + count(webSearches), 0);
  const uncounted = Math.max(0, count(usage.webSearches) - counted);
  return [...calls, searchesCost(uncounted, servedPrices ?? {}), request].reduce(plus, nothing);
}

/** Micro-dollars, rounded up: the only rounding of a request. */
const roundUp = (picoUsd: number): number => Math.min(Math.ceil(picoUsd / 1e6), Number.MAX_SAFE_INTEGER);

/**
 * The cost of one attempt in micro-dollars: the provider's own figure where it gives one, else its billed units at the
 * prices of the model and service tier that served, every iteration with its own model, parts at their own prices and
 * never twice, the unexplained rest of a total as output, searches per call. Long-context prices apply to all tokens
 * of a call by its input.
 *
 * Sums are integers of pico-dollars in a Number: exact up to 9,007 USD for one attempt (2^53 pico-dollars), and beyond
 * that within one part in 10^15.
 *
 * @param prices of the model asked for; undefined where nobody knows them
 */
export function costMicroUsd(usage: Usage, prices: TokenPrices | undefined, context: CostContext = {}): Cost {
  const whole = reportedPicoUsd(usage);
  const { picoUsd, missing }: Sum = whole === undefined ? sumOf(usage, prices, context) : { picoUsd: whole };
  const microUsd = roundUp(picoUsd);
  return missing === undefined
    ? { known: true, microUsd }
    : { known: false, missing, atLeastMicroUsd: microUsd };
}

/**
 * What so many tokens would cost at list prices, in micro-dollars, not rounded: for comparing models, never for bills.
 * Undefined: a price it takes is not known.
 */
export function estimatedMicroUsd(
  prices: TokenPrices,
  inputTokens: number,
  outputTokens: number,
): number | undefined {
  const { input, output, requestPicoUsd = 0 } = prices;
  if (input === undefined || (output === undefined && outputTokens > 0)) return undefined;
  const outputPicoUsd = output === undefined ? 0 : outputTokens * picoUsdAt(output, inputTokens);
  return (inputTokens * picoUsdAt(input, inputTokens) + outputPicoUsd + requestPicoUsd) / 1e6;
}
