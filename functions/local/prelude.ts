/**
 * The head of a streamed Lambda response: JSON, then eight NUL bytes, then the body. API Gateway waits for it and takes
 * status and headers from it (AWS Lambda Developer Guide, "Response streaming"; aws-lambda-ric `HttpResponseStream`).
 */
export interface Prelude {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  /** One `set-cookie` header each. */
  readonly cookies?: readonly string[];
}

const delimiterBytes = 8;

/** API Gateway gives up when the delimiter is not within the first 16 KB. */
export const maxPreludeBytes = 16 * 1024;

/** The bytes that open a response. */
export const encodePrelude = (prelude: Prelude): Uint8Array =>
  Buffer.concat([Buffer.from(JSON.stringify(prelude), 'utf8'), Buffer.alloc(delimiterBytes)]);

/**
 * Names and values in turn, as `writeHead` of node:http takes them. A body whose length is known is sent with it
 * (RFC 9110, section 8.6), unless the handler says how its body ends.
 */
export function wireHeaders(prelude: Prelude, bodyBytes?: number): (string | number)[] {
  const { headers, multiValueHeaders, cookies = [] } = prelude;
  const repeated =
    multiValueHeaders && new Set(Object.keys(multiValueHeaders).map((name) => name.toLowerCase()));
  const lines: (string | number)[] = [];
  let framed = false;
  // Keys, not entries: this runs for every response, and pairs made for it would be most of its cost.
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || repeated?.has(name.toLowerCase())) continue;
    framed ||= framing.test(name);
    lines.push(name, value);
  }
  for (const name in multiValueHeaders) {
    framed ||= framing.test(name);
    for (const value of multiValueHeaders[name] ?? []) lines.push(name, value);
  }
  for (const cookie of cookies) lines.push('set-cookie', cookie);
  if (bodyBytes !== undefined && !framed) lines.push('content-length', bodyBytes);
  return lines;
}

const framing = /^(?:content-length|transfer-encoding)$/i;

/** Finds the prelude at the start of a byte stream, cut anywhere. Holds back nothing of the body. */
export class PreludeReader {
  #head: Buffer = Buffer.alloc(0);

  /** The prelude and the body bytes after it, once the delimiter is there. Throws on what is no prelude. */
  push(chunk: Uint8Array): { readonly prelude: Prelude; readonly rest: Uint8Array } | undefined {
    this.#head = this.#head.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(delimiter);
    if (end > maxPreludeBytes || (end === -1 && this.#head.length > maxPreludeBytes)) {
      throw new Error('The response has no prelude within its first 16 KB');
    }
    if (end === -1) return undefined;
    return {
      prelude: readPrelude(this.#head.toString('utf8', 0, end)),
      rest: this.#head.subarray(end + delimiterBytes),
    };
  }
}

const delimiter = Buffer.alloc(delimiterBytes);

function readPrelude(text: string): Prelude {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Reported below: the parser's own message would quote the response.
  }
  throw new Error('The response does not begin with a JSON prelude');
}
