import { StringReader } from './string-reader.ts';

/** What may stand in a gap of a template: the piece of text itself, any string, any digits; `end` is no gap. */
type Gap = 'piece' | 'string' | 'digits' | 'end';

interface Segment {
  readonly literal: Uint8Array;
  readonly gap: Gap;
}

/** Members of an event that say nothing to the gateway and may differ from one to the next. */
const idle: readonly (readonly [key: string, gap: Gap])[] = [
  ['id', 'string'],
  ['created', 'digits'],
  ['sequence_number', 'digits'],
  ['obfuscation', 'string'],
];

/** A stream whose events keep changing in other places is not worth learning from. */
const maxVainLessons = 16;

/**
 * The events of one stream differ in little but the piece of text they carry. After one of them has been parsed, its
 * bytes around that piece are a template: an event that is the same around another piece says the same with other
 * words and needs no parsing. What fits no template is parsed, so a template never decides anything by itself.
 */
export class Skimmer {
  readonly #piece = new StringReader();
  readonly #other = new StringReader();
  #template: readonly Segment[] | undefined;
  #vainLessons = 0;

  /** The length of the piece of the event that fitted last. */
  get chars(): number {
    return this.#piece.chars;
  }

  /** Where the event at `from` ends if it fits the template, otherwise -1. */
  fit(bytes: Uint8Array, from: number): number {
    if (this.#template === undefined) return -1;
    let at = from;
    for (const { literal, gap } of this.#template) {
      const next = at + literal.length;
      if (next > bytes.length) return -1;
      for (let index = literal.length - 1; index >= 0; index -= 1) {
        if (bytes[at + index] !== literal[index]) return -1;
      }
      at = gap === 'end' ? next : this.#gapEnd(bytes, next, gap);
      if (at === -1) return -1;
    }
    this.#vainLessons = 0;
    return at;
  }

  /**
   * Takes an event that has been parsed as the template, if its piece can be told without doubt: `key` is the member
   * that holds `value`, and must stand in the event exactly once.
   */
  learn(event: Uint8Array, key: string, value: string): void {
    if (this.#vainLessons >= maxVainLessons) return;
    this.#vainLessons += 1;
    this.#template = this.#templateOf(event, key, value);
  }

  forget(): void {
    this.#template = undefined;
  }

  #gapEnd(bytes: Uint8Array, from: number, gap: Gap): number {
    if (gap === 'piece') return this.#piece.closingQuote(bytes, from);
    if (gap === 'string') return this.#other.closingQuote(bytes, from);
    let at = from;
    while (isDigit(bytes[at])) at += 1;
    return at;
  }

  #templateOf(event: Uint8Array, key: string, value: string): readonly Segment[] | undefined {
    const raw = Buffer.from(event).toString('latin1');
    if (!raw.endsWith('\n\n')) return undefined;
    const piece = this.#gapAt(raw, event, key, 'piece');
    if (piece === undefined || this.#piece.chars !== value.length) return undefined;
    const gaps = [piece, ...idle.flatMap(([name, gap]) => this.#gapAt(raw, event, name, gap) ?? [])];
    const segments: Segment[] = [];
    let from = 0;
    for (const { start, end, gap } of gaps.sort((a, b) => a.start - b.start)) {
      segments.push({ literal: Uint8Array.from(event.subarray(from, start)), gap });
      from = end;
    }
    return [...segments, { literal: Uint8Array.from(event.subarray(from)), gap: 'end' }];
  }

  /** Where the value of the one member called `key` stands; undefined where there is none of that kind, or several. */
  #gapAt(
    raw: string,
    event: Uint8Array,
    key: string,
    gap: Gap,
  ): { start: number; end: number; gap: Gap } | undefined {
    const name = `"${key}"`;
    const at = raw.indexOf(name);
    if (at === -1 || raw.indexOf(name, at + 1) !== -1) return undefined;
    const [lead] = (gap === 'digits' ? beforeDigits : beforeString).exec(raw.slice(at + name.length)) ?? [];
    if (lead === undefined) return undefined;
    const start = at + name.length + lead.length;
    const end = this.#gapEnd(event, start, gap);
    return end === -1 ? undefined : { start, end, gap };
  }
}

const beforeString = /^\s*:\s*"/;
const beforeDigits = /^\s*:\s*(?=\d)/;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
