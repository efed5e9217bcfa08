/**
 * Edits JSON text in place: everything that is not edited keeps its bytes (big integers, duplicate keys, escapes,
 * whitespace), which parsing and writing again would not give. The text must be valid JSON; who calls has parsed it.
 */
export interface Member {
  /** The key with its escapes resolved. */
  readonly key: string;
  readonly start: number;
  readonly valueStart: number;
  /** Just after the value. */
  readonly end: number;
}

/** What to do with every member of one key: new JSON text for its value, a new key, or away with it. */
export type Edit =
  | { readonly kind: 'set'; readonly json: string }
  /** As `set`, and added at the end where the object has no such member. */
  | { readonly kind: 'put'; readonly json: string }
  | { readonly kind: 'map'; readonly map: (json: string) => string }
  | { readonly kind: 'rename'; readonly to: string }
  | { readonly kind: 'remove' };

export type Edits = ReadonlyMap<string, Edit>;

const quote = 0x22;
const backslash = 0x5c;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** The members of the object that `text` is, in order, duplicates too. */
export function members(text: string): Member[] {
  const found: Member[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (at < text.length && text.charCodeAt(at) === quote) {
    const keyEnd = stringEnd(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = valueEnd(text, valueStart);
    found.push({ key: keyOf(text.slice(at, keyEnd)), start: at, valueStart, end });
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return found;
}

/** Where the elements of the array that `text` is begin and end. */
export function elements(text: string): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (at < text.length && text.charCodeAt(at) !== 0x5d) {
    const end = valueEnd(text, at);
    found.push({ start: at, end });
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return found;
}

/** The object with every edit applied to all members of its key. */
export function editObject(text: string, edits: Edits): string {
  if (edits.size === 0) return text;
  const all = members(text);
  const kept = all.filter((member) => edits.get(member.key)?.kind !== 'remove');
  let result = '';
  let from = 0;
  let previous: Member | undefined;
  let keptCount = 0;
  for (const [index, member] of all.entries()) {
    const edit = edits.get(member.key);
    if (edit?.kind === 'remove') {
      // With a member kept before it, the comma before it goes; else everything up to the next member.
      const cutFrom = keptCount > 0 && previous !== undefined ? previous.end : member.start;
      const cutTo = keptCount > 0 ? member.end : (all[index + 1]?.start ?? member.end);
      if (cutFrom > from) result += text.slice(from, cutFrom);
      from = Math.max(from, cutTo);
    } else {
      keptCount += 1;
      if (edit?.kind === 'rename') {
        result += text.slice(from, member.start) + JSON.stringify(edit.to);
        from = stringEnd(text, member.start);
      } else if (edit !== undefined) {
        result += text.slice(from, member.valueStart);
        result += edit.kind === 'map' ? edit.map(text.slice(member.valueStart, member.end)) : edit.json;
        from = member.end;
      }
    }
    previous = member;
  }
  const close = text.lastIndexOf('}');
  const added = [...edits].filter(([key, edit]) => edit.kind === 'put' && !all.some((m) => m.key === key));
  const additions = added.map(([key, edit]) =>
    edit.kind === 'put' ? `${JSON.stringify(key)}:${edit.json}` : '',
  );
  if (additions.length === 0) return result + text.slice(from);
  return `${result}${text.slice(from, close)}${kept.length > 0 ? ',' : ''}${additions.join(',')}${text.slice(close)}`;
}

/** The array with every element put through `map`. */
export function mapArray(text: string, map: (json: string, index: number) => string): string {
  let result = '';
  let from = 0;
  for (const [index, element] of elements(text).entries()) {
    result += text.slice(from, element.start) + map(text.slice(element.start, element.end), index);
    from = element.end;
  }
  return result + text.slice(from);
}

function keyOf(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** Strings shorter than this are walked through: a search costs more to begin than they do to read. */
const walkedChars = 100;

/** Just after the closing quote of the string that opens at `open`. */
function stringEnd(text: string, open: number): number {
  const walkTo = Math.min(text.length, open + walkedChars);
  let at = open + 1;
  for (; at < walkTo; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) at += 1;
  }
  for (;;) {
    at = text.indexOf('"', at);
    if (at === -1) return text.length;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes += 1;
    at += 1;
    if (slashes % 2 === 0) return at;
  }
}

function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return stringEnd(text, start);
  if (first !== 0x7b && first !== 0x5b) return scalarEnd(text, start);
  let depth = 0;
  for (let at = start; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = stringEnd(text, at);
      continue;
    }
    if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return text.length;
}

function scalarEnd(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x2c || code === 0x7d || code === 0x5d || isSpace(code)) return at;
  }
  return at;
}
