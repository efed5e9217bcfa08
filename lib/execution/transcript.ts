/** About sixteen thousand chunks of a few words: an answer longer than this is not gone on with. */
const mostBytes = 4 * 1024 * 1024;

/** What a client has been sent of an answer, kept as it was sent: it is read only if the answer breaks off. */
export class Transcript {
  #pieces: (Uint8Array | string)[] | undefined = [];
  #bytes = 0;

  add(piece: Uint8Array | string): void {
    this.#bytes += piece.length;
    if (this.#bytes > mostBytes) this.#pieces = undefined;
    this.#pieces?.push(piece);
  }

  /** Undefined: it has become too long. */
  get pieces(): readonly (Uint8Array | string)[] | undefined {
    return this.#pieces;
  }
}
