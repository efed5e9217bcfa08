const maxNameChars = 200;
/** Room for the number of a name that is taken. */
const maxStemChars = maxNameChars - ' (999999)'.length;

/**
 * Names for the documents of one request, in Bedrock's alphabet (API reference, `DocumentBlock.name`: letters, digits,
 * single spaces, hyphens, parentheses, square brackets; 1-200 characters) and never twice, in the order asked for.
 */
export class DocumentNames {
  readonly #taken = new Set<string>();
  /** The number tried last, per stem: a request may name thousands of documents alike. */
  readonly #numbers = new Map<string, number>();
  #count = 0;

  take(wanted: string | undefined): string {
    this.#count += 1;
    const base = sanitise(wanted ?? '') || `Document ${this.#count}`;
    const stem = base.slice(0, maxStemChars).trimEnd();
    let name = base;
    while (this.#taken.has(name)) {
      const number = (this.#numbers.get(stem) ?? 1) + 1;
      this.#numbers.set(stem, number);
      name = `${stem} (${number})`;
    }
    this.#taken.add(name);
    return name;
  }
}

const sanitise = (name: string): string =>
  name
    .replace(/[^a-zA-Z0-9\s()[\]-]+/g, '-')
    .replace(/\s+/g, ' ')
    .slice(0, maxNameChars)
    .trim();
