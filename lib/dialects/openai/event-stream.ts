import type { ProviderFault } from '../../domain/chat.ts';
import type { StreamStep } from '../contract.ts';
import { maxEventChars } from '../sse.ts';

/**
 * Passes server-sent events through: bytes in, the same bytes out, but only whole events, and without those the
 * inspector keeps back. Where text is looked at it is read as Latin-1, one byte a character, so that places in the text
 * are places in the bytes.
 */
export interface EventInspector {
  /**
   * Recognises a plain continuation at `from` without parsing it: where the event ends (after its blank line), or -1
   * to have it read.
   */
  skim(bytes: Uint8Array, from: number): number;
  /** One event: what is to become of it. `bytes` are its own, with its blank line. */
  read(event: string, data: string, bytes: Uint8Array): 'forward' | 'drop' | ProviderFault;
}

const noBytes = new Uint8Array(0);
const nothing: StreamStep = { output: noBytes };

export class EventStream {
  readonly #inspector: EventInspector;
  /** The beginning of an event whose end has not come yet. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** The last bytes of it: a blank line may be cut between two chunks. */
  #tail = '';
  #over = false;
  #begun = false;

  constructor(inspector: EventInspector) {
    this.#inspector = inspector;
  }

  push(chunk: Uint8Array): StreamStep {
    if (this.#over || chunk.length === 0) return nothing;
    let bytes = chunk;
    if (this.#pendingBytes > 0) {
      if (eventEnd(this.#tail + latin1(chunk), 0, true, false) === -1) {
        this.#keep(chunk);
        return this.#pendingBytes > maxEventChars
          ? this.#fail('An event of the stream is too large.')
          : nothing;
      }
      this.#pending.push(chunk);
      bytes = Buffer.concat(this.#pending);
      this.#forget();
    }
    return this.#take(bytes, false);
  }

  /** Reads what is left without its blank line. */
  end(): StreamStep {
    if (this.#over || this.#pendingBytes === 0) return nothing;
    const bytes = Buffer.concat(this.#pending);
    this.#forget();
    return this.#take(bytes, true);
  }

  #take(bytes: Uint8Array, last: boolean): StreamStep {
    let from = 0;
    if (!this.#begun) {
      this.#begun = true;
      if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) from = 3;
    }
    let text: string | undefined;
    let hasCr = false;
    const kept: Uint8Array[] = [];
    let keepFrom = from;
    while (from < bytes.length) {
      const skimmed = this.#inspector.skim(bytes, from);
      if (skimmed > from) {
        from = skimmed;
        continue;
      }
      if (text === undefined) {
        text = latin1(bytes);
        hasCr = text.includes('\r');
      }
      const end = eventEnd(text, from, hasCr, last);
      if (end === -1) break;
      const verdict = this.#readEvent(text.slice(from, end), bytes.subarray(from, end));
      if (verdict !== 'forward') {
        if (from > keepFrom) kept.push(bytes.subarray(keepFrom, from));
        keepFrom = end;
        if (verdict !== 'drop') {
          this.#over = true;
          return { output: joined(kept), fault: verdict };
        }
      }
      from = end;
    }
    if (from < bytes.length) this.#keep(bytes.subarray(from));
    if (keepFrom === 0 && from === bytes.length) return { output: last ? closed(bytes) : bytes };
    if (from > keepFrom) kept.push(bytes.subarray(keepFrom, from));
    return { output: joined(kept) };
  }

  #readEvent(raw: string, bytes: Uint8Array): 'forward' | 'drop' | ProviderFault {
    let event = '';
    let data = '';
    let some = false;
    const ascii = !/[\x80-\xff]/.test(raw);
    for (const line of (ascii ? raw : utf8(bytes)).split(/\r\n|\n|\r/)) {
      if (line.startsWith('data:')) {
        const value = line.slice(line.charCodeAt(5) === 32 ? 6 : 5);
        data = some ? `${data}\n${value}` : value;
        some = true;
      } else if (line.startsWith('event:')) {
        event = line.slice(6).trim();
      }
    }
    // A comment, an id, a bare event name: nothing that says anything.
    return some ? this.#inspector.read(event, data, bytes) : 'forward';
  }

  #keep(bytes: Uint8Array): void {
    // Copied: the caller may reuse its buffer.
    this.#pending.push(Uint8Array.from(bytes));
    this.#pendingBytes += bytes.length;
    this.#tail = (this.#tail + latin1(bytes.subarray(-3))).slice(-3);
  }

  #forget(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#tail = '';
  }

  #fail(message: string): StreamStep {
    this.#over = true;
    this.#forget();
    return { output: noBytes, fault: { status: 0, message } };
  }
}

const buffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const latin1 = (bytes: Uint8Array): string => buffer(bytes).toString('latin1');
const utf8 = (bytes: Uint8Array): string => buffer(bytes).toString('utf8');

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first, ...more] = pieces;
  return first === undefined ? noBytes : more.length === 0 ? first : Buffer.concat(pieces);
}

/** The last event of a stream that ended without its blank line gets one. */
function closed(bytes: Uint8Array): Uint8Array {
  return blankLine.test(latin1(bytes.subarray(-4))) ? bytes : Buffer.concat([bytes, Buffer.from('\n\n')]);
}

/** Two line ends in a row. A CR at the very end may be half of a CRLF, so it ends nothing yet. */
const blankLine = /(?:\r\n|\n|\r(?!\n|$))(?:\r\n|\n|\r(?!\n|$))/;
const blankLines = new RegExp(blankLine, 'g');

/** Just after the first event from `from` on, or -1; with `last`, the end of the text ends it too. */
function eventEnd(text: string, from: number, hasCr: boolean, last: boolean): number {
  let end = -1;
  if (hasCr) {
    blankLines.lastIndex = from;
    if (blankLines.test(text)) end = blankLines.lastIndex;
  } else {
    const blank = text.indexOf('\n\n', from);
    if (blank !== -1) end = blank + 2;
  }
  return end === -1 && last ? text.length : end;
}
