/** What is wrong with a gateway document, and where: `virtualKeys[0].providers[1].weight`. */
export interface DocumentProblem {
  readonly path: string;
  readonly message: string;
}

/** From the document's root: field names and array positions. */
export type Path = readonly PropertyKey[];

/** The path as a person would write it; the document itself is "(document)". */
export function pathText(path: Path): string {
  let written = '';
  for (const part of path) {
    if (typeof part === 'number') written += `[${part}]`;
    else if (/^[\w-]+$/.test(String(part))) written += written === '' ? String(part) : `.${String(part)}`;
    else written += `[${JSON.stringify(shortened(String(part)))}]`;
  }
  return written === '' ? '(document)' : written;
}

/** The value as a message may show it: short, on one line. */
export function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(shortened(value)) : String(value);
}

/** Fields that hold a secret, or where one is easily pasted by mistake: their values never reach a message. */
const silentFields = new Set<PropertyKey | undefined>(['key', 'keys', 'hash', 'secret', 'env', 'baseUrl']);

/** A problem that needs no received value. */
export const problemAt = (path: Path, message: string): DocumentProblem => ({
  path: pathText(path),
  message,
});

/** The message with the value received; without it where it may be a secret. */
export function withReceived(message: string, path: Path, value: unknown): string {
  const last = path.at(-1);
  const field = typeof last === 'number' ? path.at(-2) : last;
  return silentFields.has(field) && typeof value === 'string'
    ? `${message} (the value is not shown)`
    : `${message}, received ${valueText(value)}`;
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
