import type { Price, TokenPrices } from '../domain/prices.ts';
import type { PricesEntry } from './document-schema.ts';

/** The document's prices (USD per million tokens, USD per search and request) in pico-dollars per unit. */
export function compilePrices(entry: PricesEntry): TokenPrices {
  const prices: { -readonly [K in keyof TokenPrices]: TokenPrices[K] } = {};
  for (const [field, kind] of tokenKinds) {
    const usdPerMTok = entry[field];
    if (usdPerMTok !== undefined) prices[kind] = perToken(usdPerMTok);
  }
  if (entry.webSearchUsd !== undefined) prices.webSearchPicoUsd = Math.round(entry.webSearchUsd * 1e12);
  if (entry.requestUsd !== undefined) prices.requestPicoUsd = Math.round(entry.requestUsd * 1e12);
  return prices;
}

const perToken = (usdPerMTok: number): Price => ({ picoUsdPerToken: Math.round(usdPerMTok * 1e6) });

const tokenKinds = [
  ['inputPerMTok', 'input'],
  ['outputPerMTok', 'output'],
  ['cachedInputPerMTok', 'cachedInput'],
  ['cacheWritePerMTok', 'cacheWrite'],
  ['cacheWrite1hPerMTok', 'cacheWrite1h'],
  ['inputAudioPerMTok', 'inputAudio'],
  ['cachedInputAudioPerMTok', 'cachedInputAudio'],
  ['outputAudioPerMTok', 'outputAudio'],
  ['inputImagePerMTok', 'inputImage'],
  ['outputImagePerMTok', 'outputImage'],
] as const;
