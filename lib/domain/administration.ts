import type { JsonObject } from './json.ts';

/** The vocabulary of administration: who changes what, and what is written down of it. */

/** Who made a change, as IAM has named them. */
export interface Actor {
  /** The ARN of the user or role session. */
  readonly arn: string;
  readonly sourceIp?: string;
}

/** One place where two documents differ. Absent `before`: added; absent `after`: removed. */
export interface DocumentChange {
  /** Dotted, entries of lists by their id: `virtualKeys.research-app.budgets[0].limitUsd`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What a change, or a deed that changes no document, is to be recorded with. */
export interface ChangeNote {
  /** In a closed set of words: `document.replace`, `key.create`, `quota.reset`, ... */
  readonly action: string;
  readonly actor: Actor;
  readonly requestId: string;
  readonly changes: readonly DocumentChange[];
}

/** One change of what is in force, or what was done without one; written once and never again. */
export interface AuditRecord extends ChangeNote {
  /** The version the change made, or that was in force. */
  readonly version: number;
  readonly atMs: number;
  /** Digests of the policies before and after; the same where only owners changed. */
  readonly digestBefore?: string;
  readonly digestAfter: string;
}

/** A document as it is in force. */
export interface StoredDocument {
  readonly version: number;
  readonly document: JsonObject;
}
