import type { OutputBody } from '../../../lib/domain/ports.ts';

/** A reader that notes what it gets and takes at most `room` writes before it asks for a break. */
export class Reader implements OutputBody {
  text = '';
  ended = false;
  aborted = false;
  room = Infinity;
  #drain: () => void = () => {};
  #gone: () => void = () => {};

  write(chunk: Uint8Array | string): boolean {
    if (this.ended || this.aborted) throw new Error('written after the end');
    this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    this.room -= 1;
    return this.room > 0;
  }
  end(): void {
    if (this.ended) throw new Error('ended twice');
    this.ended = true;
  }
  abort(): void {
    this.aborted = true;
  }
  onDrain(listener: () => void): void {
    this.#drain = listener;
  }
  onGone(listener: () => void): void {
    this.#gone = listener;
  }
  drain(room = Infinity): void {
    this.room = room;
    this.#drain();
  }
  leave(): void {
    this.#gone();
  }
}
