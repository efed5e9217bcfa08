import type { Price, TokenPrices } from '../../domain/prices.ts';
import type { Bound, Bounds, Unbounded } from '../../domain/quota.ts';
import { tierMultiplier } from '../service-tier.ts';

/** What decides how much an attempt can consume at most. */
export interface Attempt {
  /** UTF-8 bytes of the request's body as the caller sent it: no byte-pair token is shorter than a byte. */
  readonly bodyBytes: number;
  /** Images, sounds, documents, files and URLs: their tokens do not follow from their bytes. */
  readonly hasMedia: boolean;
  /** Tools the provider defines or runs (searches, code, computer use): their tokens and calls are not in the body. */
  readonly hasServerTools: boolean;
  /** Answers asked for (`n`). */
  readonly choices: number;
  /** 0 for embeddings. Absent: the provider decides. */
  readonly maxOutputTokens?: number;
  readonly contextTokens?: number;
  readonly prices?: TokenPrices;
  /** As for the cost: they decide what a service tier makes of the prices. */
  readonly catalogId?: string;
  readonly family?: string;
  readonly serviceTier?: string;
}

/**
 * Chat templates, and the instructions providers put before a prompt with tools: 530 tokens is the longest published
 * (docs.anthropic.com, tool use pricing).
 */
const templateTokens = 1_024;

const inputPrices = [
  'input',
  'cachedInput',
  'cacheWrite',
  'cacheWrite1h',
  'inputAudio',
  'cachedInputAudio',
  'inputImage',
] as const satisfies readonly (keyof TokenPrices)[];
const outputPrices = [
  'output',
  'outputReasoning',
  'outputAudio',
  'outputImage',
] as const satisfies readonly (keyof TokenPrices)[];

const dearest = (prices: readonly (Price | undefined)[]): number =>
  Math.max(
    0,
    ...prices.flatMap((price) =>
      price === undefined
        ? []
        : [price.picoUsdPerToken, ...(price.tiers ?? []).map(({ picoUsdPerToken }) => picoUsdPerToken)],
    ),
  );

type Tokens = { readonly most: number } | { readonly why: Unbounded };

function inputTokens({ bodyBytes, hasMedia, contextTokens }: Attempt): Tokens {
  if (hasMedia) return contextTokens === undefined ? { why: 'no_context_window' } : { most: contextTokens };
  return { most: Math.min(bodyBytes + templateTokens, contextTokens ?? Infinity) };
}

function outputTokens({ maxOutputTokens, choices, hasServerTools }: Attempt): Tokens {
  if (hasServerTools) return { why: 'server_tools' };
  return maxOutputTokens === undefined
    ? { why: 'no_output_limit' }
    : { most: maxOutputTokens * Math.max(1, choices) };
}

/** Pico-dollars per token and per request, at the dearest tariff this attempt can meet; undefined: unknown. */
function tariff(attempt: Attempt) {
  const { prices, catalogId, serviceTier, family } = attempt;
  const multiplier = tierMultiplier(catalogId, serviceTier, family);
  if (prices?.input === undefined || multiplier === undefined) return undefined;
  if (prices.output === undefined && attempt.maxOutputTokens !== 0) return undefined;
  const scaled = (picoUsd: number) => Math.ceil((picoUsd * multiplier.times) / multiplier.over);
  return {
    input: scaled(dearest(inputPrices.map((name) => prices[name]))),
    output: scaled(dearest(outputPrices.map((name) => prices[name]))),
    request: prices.requestPicoUsd ?? 0,
  };
}

/**
 * The most an attempt can consume: the bytes of its body as tokens, or the context window where it brings more than
 * text, at the dearest input tariff (cache write, long context), plus the output limit at the dearest output tariff.
 * Money is rounded up to micro-dollars.
 */
export function boundsOf(attempt: Attempt): Bounds {
  const [input, output] = [inputTokens(attempt), outputTokens(attempt)];
  const requests: Bound = { known: true, most: 1 };
  const tokens = both(input, output, (ofInput, ofOutput) => ofInput + ofOutput);
  const pico = tariff(attempt);
  if (pico === undefined)
    return { requests, tokens, microUsd: { known: false, why: 'price_unknown', knownPart: 0 } };
  const microUsd = both(input, output, (ofInput, ofOutput) =>
    Math.ceil((ofInput * pico.input + ofOutput * pico.output + pico.request) / 1e6),
  );
  return { requests, tokens, microUsd };
}

function both(input: Tokens, output: Tokens, amount: (input: number, output: number) => number): Bound {
  const most = (tokens: Tokens): number => ('most' in tokens ? tokens.most : 0);
  const figure = amount(most(input), most(output));
  if ('why' in input) return { known: false, why: input.why, knownPart: figure };
  return 'why' in output
    ? { known: false, why: output.why, knownPart: figure }
    : { known: true, most: figure };
}
