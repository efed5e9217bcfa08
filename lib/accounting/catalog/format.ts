import type { TokenPrices } from '../../domain/prices.ts';

/**
 * The catalog as it is stored: text tables inside JSON. Parsing the JSON then only scans strings, and a provider is
 * decoded when it is first asked for. Records end with "|", fields with " "; a catalog whose names contain either
 * does not pass the generator.
 */
export interface CatalogData {
  /** The package and version the data was generated from. */
  readonly source: string;
  /** The UTC day whose prices these are, YYYY-MM-DD. */
  readonly asOf: string;
  /** Distinct price lists; models refer to them by position, in base 36. */
  readonly prices: string;
  readonly providers: Readonly<Record<string, ProviderData>>;
}

export interface ProviderData {
  /** `name contextTokens price maxOutputTokens alias...`; "-" stands for what is not known, and for no name. */
  readonly models: string;
  /** `kind+text model`, in the order they are tried; `model` is a position in `models`, in base 36. */
  readonly rules: string;
  /** Ids of the providers asked next, separated by spaces. */
  readonly fallbacks: string;
}

export const recordEnd = '|';
export const fieldEnd = ' ';
export const unknown = '-';
/** Positions are written in this base. */
export const radix = 36;

/** Prices per token: the letter that stands for each, followed by USD per million tokens (`i3`, `i3>200000:6`). */
export const tokenPriceLetters = {
  i: 'input',
  o: 'output',
  r: 'outputReasoning',
  c: 'cachedInput',
  w: 'cacheWrite',
  h: 'cacheWrite1h',
  a: 'inputAudio',
  d: 'cachedInputAudio',
  b: 'outputAudio',
  m: 'inputImage',
  n: 'outputImage',
} as const satisfies Record<string, keyof TokenPrices>;

/** Prices per event: the letter, followed by USD per thousand. */
export const eventPriceLetters = {
  s: 'webSearchPicoUsd',
  q: 'requestPicoUsd',
} as const satisfies Record<string, keyof TokenPrices>;

export type TokenPriceName = (typeof tokenPriceLetters)[keyof typeof tokenPriceLetters];
export type EventPriceName = (typeof eventPriceLetters)[keyof typeof eventPriceLetters];
