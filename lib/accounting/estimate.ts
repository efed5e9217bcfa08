/**
 * A token estimate without a tokenizer, for admission and for streams cut before their usage came. Bills are settled
 * from the provider's own count; this decides whether a request fits, and what a cut one is taken to have used.
 *
 * Text is cut into runs as byte-pair vocabularies cut it (words with the space before them, groups of digits,
 * punctuation, white space), and a run costs its length over what one token of its class covers, rounded up.
 */

interface CharacterClass {
  /** UTF-16 units that one token of the class covers. */
  readonly unitsPerToken: number;
  /** Bytes of UTF-8 per unit (a surrogate is half of four). */
  readonly bytesPerUnit: number;
}

const lower: CharacterClass = { unitsPerToken: 7, bytesPerUnit: 1 };
const upper: CharacterClass = { unitsPerToken: 3, bytesPerUnit: 1 };
const digit: CharacterClass = { unitsPerToken: 3, bytesPerUnit: 1 };
const space: CharacterClass = { unitsPerToken: 32, bytesPerUnit: 1 };
const newline: CharacterClass = { unitsPerToken: 4, bytesPerUnit: 1 };
const mark: CharacterClass = { unitsPerToken: 2.5, bytesPerUnit: 1 };
const accented: CharacterClass = { unitsPerToken: 2, bytesPerUnit: 2 };
const alphabet: CharacterClass = { unitsPerToken: 4, bytesPerUnit: 2 };
const unvowelled: CharacterClass = { unitsPerToken: 3, bytesPerUnit: 2 };
const syllables: CharacterClass = { unitsPerToken: 3, bytesPerUnit: 3 };
const hangul: CharacterClass = { unitsPerToken: 1.5, bytesPerUnit: 3 };
const ideographs: CharacterClass = { unitsPerToken: 1.25, bytesPerUnit: 3 };
const surrogate: CharacterClass = { unitsPerToken: 1, bytesPerUnit: 2 };
const rare: CharacterClass = { unitsPerToken: 1, bytesPerUnit: 3 };

const blockUnits = 0x80;

/** First code unit of each range beyond ASCII (whole blocks), ascending; its class holds until the next. */
const ranges: readonly (readonly [from: number, CharacterClass])[] = [
  [0x80, accented], // Latin-1 and extended Latin
  [0x280, alphabet], // IPA, Greek, Cyrillic, Armenian
  [0x580, unvowelled], // Hebrew, Arabic, Syriac
  [0x800, rare],
  [0x900, syllables], // Devanagari and the other scripts of India, Thai
  [0xe80, rare],
  [0x3000, ideographs], // CJK punctuation, kana, Han
  [0xa000, rare],
  [0xac00, hangul],
  [0xd780, rare],
  [0xd800, surrogate],
  [0xe000, rare],
  [0xff00, ideographs], // full-width forms
];

function asciiClass(unit: number): CharacterClass {
  if (unit >= 0x61 && unit <= 0x7a) return lower;
  if (unit >= 0x41 && unit <= 0x5a) return upper;
  if (unit >= 0x30 && unit <= 0x39) return digit;
  if (unit === 0x0a || unit === 0x0d) return newline;
  if (unit === 0x20 || unit === 0x09) return space;
  return mark;
}

const ascii: readonly CharacterClass[] = Array.from({ length: 128 }, (_, unit) => asciiClass(unit));

const blocks: readonly CharacterClass[] = Array.from(
  { length: 0x10000 / blockUnits },
  (_, block) => ranges.findLast(([from]) => block * blockUnits >= from)?.[1] ?? rare,
);

const classOf = (unit: number): CharacterClass =>
  ascii[unit] ?? blocks[Math.trunc(unit / blockUnits)] ?? rare;

/** A single space belongs to the word after it, but to no number. */
const cost = (kind: CharacterClass, units: number, next: CharacterClass): number =>
  kind === space && units === 1 && next !== digit ? 0 : Math.ceil(units / kind.unitsPerToken);

/** A capital letter belongs to the word it begins. */
const beginsWord = (kind: CharacterClass, units: number, next: CharacterClass): boolean =>
  kind === upper && units === 1 && next === lower;

/**
 * Estimated tokens of a text, in time linear in its length whatever it holds, and never less than an eighth of its
 * UTF-8 bytes (rounded up): a million spaces are few tokens, but not none.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  let bytes = 0;
  let kind = space;
  let units = 0;
  for (let index = 0; index < text.length; index += 1) {
    const next = classOf(text.charCodeAt(index));
    bytes += next.bytesPerUnit;
    if (next !== kind) {
      if (beginsWord(kind, units, next)) kind = next;
      else {
        tokens += cost(kind, units, next);
        kind = next;
        units = 0;
      }
    }
    units += 1;
  }
  if (units > 0) tokens += cost(kind, units, kind);
  return Math.max(tokens, Math.ceil(bytes / 8));
}

/**
 * Estimated tokens of an answer of which only the number of characters is known (a stream that was cut): four
 * characters a token, rounded up.
 */
export const estimateOutputTokens = (characters: number): number => Math.ceil(Math.max(0, characters) / 4);
