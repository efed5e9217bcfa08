const maxNameChars = 200;

/**
 * Names for the documents of one request, in Bedrock's alphabet (API reference, `DocumentBlock.name`: letters, digits,
 * single spaces, hyphens, parentheses, square brackets; 1-200 characters) and never twice, in the order asked for.
 */
export class DocumentNames {
  readonly #taken = new Set<string>();
  #count = 0;

  take(wanted: string | undefined): string {
    this.#count += 1;
    const base = sanitise(wanted ?? '') || `Document ${this.#count}`;
    let name = base;
    for (let n = 2; this.#taken.has(name); n += 1) {
      const suffix = ` (${n})`;
      name = base.slice(0, maxNameChars - suffix.length).trimEnd() + suffix;
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
