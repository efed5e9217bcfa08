import type { Price, TokenPrices } from '../../domain/prices.ts';
import type { ProviderData } from './format.ts';
import { eventPriceLetters, fieldEnd, radix, recordEnd, tokenPriceLetters, unknown } from './format.ts';
import { isRuleKind, type Rule } from './rules.ts';

/** One model as stored. */
export interface StoredModel {
  /** Absent where the source gives only a pattern (fine-tunes). */
  readonly name?: string;
  readonly aliases: readonly string[];
  /** Its limits and the position of its price list, still as text. */
  readonly fields: readonly [contextTokens?: string, price?: string, maxOutputTokens?: string];
}

const records = (table: string): readonly string[] => (table === '' ? [] : table.split(recordEnd));
const known = (field: string | undefined): string | undefined =>
  field === undefined || field === unknown ? undefined : field;

/** A number as stored: undefined where it is not known. */
export function integer(field: string | undefined, base = 10): number | undefined {
  const text = known(field);
  return text === undefined ? undefined : Number.parseInt(text, base);
}

export function decodeModels(data: ProviderData): readonly StoredModel[] {
  return records(data.models).map((record) => {
    const [nameField = '', context = '', price = '', maxOutput = '', ...aliases] = record.split(fieldEnd);
    const fields = [context, price, maxOutput] as const;
    return nameField === unknown ? { aliases, fields } : { name: nameField, aliases, fields };
  });
}

export function decodeRules(data: ProviderData): readonly Rule[] {
  return records(data.rules).flatMap((record) => {
    const [pattern = '', position] = record.split(fieldEnd);
    const kind = pattern.slice(0, 1);
    const model = integer(position, radix);
    return isRuleKind(kind) && model !== undefined ? [{ kind, text: pattern.slice(1), model }] : [];
  });
}

/** USD per million tokens -> pico-dollars per token; the stored figures have at most six decimals. */
const perToken = (usdPerMTok: string): number => Math.round(Number(usdPerMTok) * 1e6);
/** USD per thousand -> pico-dollars each. */
const perEvent = (usdPerThousand: string): number => Math.round(Number(usdPerThousand) * 1e9);

function decodePrice(text: string): Price {
  const [base = '', ...tiers] = text.split('>');
  if (tiers.length === 0) return { picoUsdPerToken: perToken(base) };
  return {
    picoUsdPerToken: perToken(base),
    tiers: tiers.map((tier) => {
      const [above = '', price = ''] = tier.split(':');
      return { aboveInputTokens: Number(above), picoUsdPerToken: perToken(price) };
    }),
  };
}

const has = <T extends object>(table: T, key: string): key is Extract<keyof T, string> =>
  Object.hasOwn(table, key);

/** One price list (`i3 o15 c0.3`). */
export function decodePrices(record: string): TokenPrices {
  const prices: { -readonly [Name in keyof TokenPrices]: TokenPrices[Name] } = {};
  for (const field of record.split(fieldEnd)) {
    const letter = field.slice(0, 1);
    if (has(tokenPriceLetters, letter)) prices[tokenPriceLetters[letter]] = decodePrice(field.slice(1));
    else if (has(eventPriceLetters, letter)) prices[eventPriceLetters[letter]] = perEvent(field.slice(1));
  }
  return prices;
}
