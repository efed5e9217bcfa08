/**
 * List prices of one model, in pico-dollars (1e-12 USD) per token: USD per million tokens x 1,000,000, so every
 * published price (0.0375 USD per million = 37,500) is an integer and sums are exact. Rounding happens once, up to
 * micro-dollars, when a request is settled.
 */
export interface TokenPrices {
  readonly input?: Price;
  readonly output?: Price;
  /** Of reasoning tokens, where they are not priced as the output they are part of. */
  readonly outputReasoning?: Price;
  readonly cachedInput?: Price;
  readonly cacheWrite?: Price;
  readonly cacheWrite1h?: Price;
  readonly inputAudio?: Price;
  readonly cachedInputAudio?: Price;
  readonly outputAudio?: Price;
  readonly inputImage?: Price;
  readonly outputImage?: Price;
  /** Pico-dollars per server-side web search. */
  readonly webSearchPicoUsd?: number;
  /** Pico-dollars per request, on top of tokens. */
  readonly requestPicoUsd?: number;
}

export interface Price {
  readonly picoUsdPerToken: number;
  /** Ascending. The last one whose threshold the request's input exceeds is the price of ALL its tokens of this kind ("long context"). */
  readonly tiers?: readonly { readonly aboveInputTokens: number; readonly picoUsdPerToken: number }[];
}
