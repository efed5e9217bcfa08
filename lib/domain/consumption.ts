import type { Owner } from './quota.ts';

/** What requests have consumed, by owner, model and day: told to people, decided by nobody. */

/** One settled attempt. */
export interface ConsumedAttempt {
  /** Virtual key, team, customer: each keeps its own sum. */
  readonly owners: readonly Owner[];
  readonly provider: string;
  /** A name the catalog or the document knows; "other" for any other. */
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
}

/** Takes attempts in and writes them down in the background. */
export interface ConsumptionLog {
  record(attempt: ConsumedAttempt): void;
  /** Waits until everything recorded is written, or reported. Never rejects. */
  settle(): Promise<void>;
}

/** The sum over the sites of a deployment. */
export interface ConsumptionRow {
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number;
}
