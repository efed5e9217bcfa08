const quote = 0x22;
const backslash = 0x5c;

/** Reads the body of a JSON string in UTF-8: its length as JavaScript counts, and where its closing quote is. */
export class StringReader {
  /** Of the string read last. */
  chars = 0;

  /** The place of the closing quote, or -1 where the bytes are no such body, or end before it. */
  closingQuote(bytes: Uint8Array, from: number): number {
    let chars = 0;
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) {
        this.chars = chars;
        return at;
      }
      if (byte < 0x20) return -1;
      if (byte === backslash) {
        at = escapeEnd(bytes, at + 1);
        if (at === -1) return -1;
        chars += 1;
      } else if (byte < 0x80 || byte >= 0xc0) {
        // Beyond the basic plane a character is a pair.
        chars += byte >= 0xf0 ? 2 : 1;
      }
    }
    return -1;
  }
}

const simpleEscapes = new Set(Buffer.from('"\\/bfnrt'));

/** The last byte of the escape whose letter is at `at`, or -1. */
function escapeEnd(bytes: Uint8Array, at: number): number {
  const letter = bytes[at] ?? 0;
  if (simpleEscapes.has(letter)) return at;
  if (letter !== 0x75 || at + 4 >= bytes.length) return -1;
  for (let digit = at + 1; digit <= at + 4; digit += 1) if (!isHex(bytes[digit] ?? 0)) return -1;
  return at + 4;
}

const isHex = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
