/**
 * Server-sent events, read incrementally (WHATWG HTML, "Server-sent events", section 9.2.6), with what providers
 * really send: LF, CRLF or CR line ends, comments, several data lines, a byte order mark, a last event without its
 * blank line.
 */
export interface SseEvent {
  /** The `event:` field; "" when absent. */
  readonly event: string;
  /** The `data:` lines joined by LF. */
  readonly data: string;
}

/** An event larger than this is no event: the stream is treated as malformed rather than held in memory. */
export const maxEventChars = 32 * 1024 * 1024;

export class SseDecoder {
  readonly #decoder = new TextDecoder('utf-8');
  #line = '';
  #afterCr = false;
  #event = '';
  #data: string[] = [];
  #chars = 0;
  /** An event outgrew `maxEventChars`; nothing more is read. */
  overflowed = false;

  /** The events completed by these bytes. Bytes may be cut anywhere, inside a character too. */
  push(chunk: Uint8Array): SseEvent[] {
    return this.#read(this.#decoder.decode(chunk, { stream: true }));
  }

  /** The event left without its blank line, if any (providers do close streams like that). */
  end(): SseEvent[] {
    const events = this.#read(this.#decoder.decode());
    if (this.#line !== '') this.#takeLine(this.#line, events);
    this.#line = '';
    this.#dispatch(events);
    return events;
  }

  #read(text: string): SseEvent[] {
    const events: SseEvent[] = [];
    if (this.overflowed) return events;
    let from = 0;
    if (this.#afterCr && text.length > 0) {
      if (text.charCodeAt(0) === 10) from = 1;
      this.#afterCr = false;
    }
    // Looked for once each, not once a line: most streams have no CR at all.
    let lf = text.indexOf('\n', from);
    let cr = text.indexOf('\r', from);
    for (;;) {
      if (lf !== -1 && lf < from) lf = text.indexOf('\n', from);
      if (cr !== -1 && cr < from) cr = text.indexOf('\r', from);
      const end = lf === -1 || (cr !== -1 && cr < lf) ? cr : lf;
      if (end === -1) break;
      const rest = text.slice(from, end);
      this.#takeLine(this.#line === '' ? rest : this.#line + rest, events);
      this.#line = '';
      from = end + 1;
      if (text.charCodeAt(end) === 13) {
        if (from === text.length) this.#afterCr = true;
        else if (text.charCodeAt(from) === 10) from += 1;
      }
    }
    this.#line += text.slice(from);
    if (this.#line.length + this.#chars > maxEventChars) {
      this.overflowed = true;
      this.#line = '';
      this.#data = [];
    }
    return events;
  }

  #takeLine(line: string, events: SseEvent[]): void {
    if (line === '') return this.#dispatch(events);
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    let value = colon === -1 ? '' : line.slice(colon + 1);
    if (value.charCodeAt(0) === 32) value = value.slice(1);
    if (field === 'data') {
      this.#data.push(value);
      this.#chars += value.length;
    } else if (field === 'event') this.#event = value;
  }

  #dispatch(events: SseEvent[]): void {
    if (this.#data.length > 0) events.push({ event: this.#event, data: this.#data.join('\n') });
    this.#event = '';
    this.#data = [];
    this.#chars = 0;
  }
}
