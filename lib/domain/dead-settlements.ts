/** The settlements of one region that the ledger could not take when they were due, as operations see them. */
export interface SettlementsStanding {
  /** Tried again and again; those tried at this moment are among them. */
  readonly waiting: number;
  /** Given up after about four hours, and deleted 14 days later unless they are replayed. */
  readonly dead: number;
  /** When the oldest of some of them was given up, milliseconds since the Unix epoch; absent: nobody knows. */
  readonly deadSinceMs?: number;
  /** The latest replay. */
  readonly replay?: SettlementReplay;
}

export interface SettlementReplay {
  readonly state: 'running' | 'completed' | 'cancelled' | 'failed';
  readonly moved: number;
  readonly startedMs: number;
}

/** Both reject with SettlementsUnavailable. */
export interface DeadSettlements {
  standing(): Promise<SettlementsStanding>;
  /** Begins to put dead settlements back into the queue. Carrying one out twice does no harm. */
  replay(): Promise<void>;
}

/** The queue cannot be asked; whether it has done what was asked is not known. */
export class SettlementsUnavailable extends Error {
  override readonly name = 'SettlementsUnavailable';
}
