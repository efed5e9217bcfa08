import type { JsonObject } from '../domain/json.ts';
import type { Usage } from '../domain/usage.ts';
import type { ClientRequest } from './contract.ts';

/** How an answer that broke off is gone on with by another one, told from what the client has read of it. */
export interface ClientContinuation {
  /** False: its answer may hold more than one plain text, or must have a shape that two answers cannot have together. */
  mayContinue(request: ClientRequest): boolean;
  /** What the client has read, given all of it as it was sent; undefined: nothing yet, more than text, or its end. */
  readSoFar(sent: readonly (Uint8Array | string)[]): AnswerSoFar | undefined;
  /** `from` is where the other answer begins; `consumed` is added to the usage it reports. */
  openSequel(soFar: AnswerSoFar, from: 'start' | 'break', consumed: Usage | undefined): SequelWriter;
}

/** The beginning of an answer, as its client knows it. */
export interface AnswerSoFar {
  readonly text: string;
  /** What names the answer in every event (`id`, `created`, `model`), as it was told. */
  readonly envelope: JsonObject;
}

/** Writes another answer to the same request as the rest of the first. */
export interface SequelWriter {
  /** Complete wire events of the other answer in, those of the rest out; undefined: it is not the same answer. */
  write(output: Uint8Array | string): string | undefined;
  /** False: it still repeats what has been sent. */
  readonly caughtUp: boolean;
}
