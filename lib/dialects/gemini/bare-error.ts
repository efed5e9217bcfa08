import type { ProviderFault } from '../../domain/chat.ts';
import { parseJson } from '../../domain/json.ts';
import { readErrorJson } from './faults.ts';

/** How much of a stream's end is kept for an error that is written without `data:`. */
const tailBytes = 4096;

/** The end of a stream, kept as the chunks it came in: nothing is copied while the stream runs. */
export class StreamTail {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (;;) {
      const first = this.#chunks[0];
      if (first === undefined || this.#size - first.length < tailBytes) return;
      this.#chunks.shift();
      this.#size -= first.length;
    }
  }

  /** The last 4096 bytes, or all there are. */
  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks).subarray(-tailBytes);
  }
}

/**
 * Google's front end writes an error into a running stream as bare JSON, without `data:`, at times as an element of
 * an array. The tail may begin inside an event, so every line that could open the error is tried.
 */
export function readBareError(tail: Uint8Array): ProviderFault | undefined {
  const text = Buffer.from(tail).toString('utf8');
  if (!text.includes('"error"')) return undefined;
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (!'{[,'.includes(line.trimStart().charAt(0) || ' ')) continue;
    const fault = readErrorJson(parseJson(element(lines.slice(index).join('\n'))));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The text without what would make it an element of an array. */
function element(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && ',[ \t\r\n'.includes(text.charAt(from))) from += 1;
  while (to > from && '] \t\r\n'.includes(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}
