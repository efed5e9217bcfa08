/** Why the gateway document could not be stored. */

/** Somebody else has stored a document since this one was read. */
export class StaleVersion extends Error {
  override readonly name = 'StaleVersion';
  readonly expected: number;
  readonly current: number;
  constructor(expected: number, current: number) {
    super(
      `the document was edited from version ${expected}, but version ${current} is in force; read it again`,
    );
    this.expected = expected;
    this.current = current;
  }
}

/** Somebody else is storing a document right now, or stopped half-way less than a minute ago. */
export class WriteInProgress extends Error {
  override readonly name = 'WriteInProgress';
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super(`another document is being stored; try again in ${Math.ceil(retryAfterMs / 1000)} s`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** One customer, team or virtual key is larger than the store takes. */
export class EntryTooLarge extends Error {
  override readonly name = 'EntryTooLarge';
  constructor(kind: string, bytes: number, limit: number) {
    super(`a ${kind} of the document has ${bytes} bytes, the limit is ${limit}`);
  }
}
