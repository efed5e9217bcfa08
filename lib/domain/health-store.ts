import type { KeyRest } from './key-rest.ts';

/** Where the functions of a region leave what they saw, and find what all of them make of it together. */

/** What was added to one subject (a route, or a key route) in one window; the counters' names are the adder's. */
export interface WindowCounts {
  /** Milliseconds since the Unix epoch; a multiple of the window's length. */
  readonly startMs: number;
  readonly subject: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** The health of everything as of the end of one window, as one text. */
export interface StoredSnapshot {
  /** The end of the last window it has seen, in milliseconds since the Unix epoch; it only grows. */
  readonly untilMs: number;
  readonly body: string;
  /** The provider keys that rested when it was stored. */
  readonly rests: readonly KeyRest[];
}

export interface HealthStore {
  /** Adds in the background. What cannot be written is lost, and that is said. Never throws. */
  add(window: WindowCounts): void;
  /** One of the copies. Undefined: there is none. Rejects with what the SDK throws. */
  read(): Promise<StoredSnapshot | undefined>;
  /** The copy the next snapshot is computed from, read consistently. */
  latest(): Promise<StoredSnapshot | undefined>;
  /** Whether this function is to compute the snapshot as of `untilMs`; nobody else is, for `lapsesAfterMs`. */
  claim(untilMs: number, nowMs: number, lapsesAfterMs: number): Promise<boolean>;
  /** All windows that start at `fromMs` or later and before `untilMs`, read consistently. */
  windows(fromMs: number, untilMs: number): Promise<readonly WindowCounts[]>;
  /** Stores all copies, each unless it is as new already, with the keys that rest. */
  publish(snapshot: Omit<StoredSnapshot, 'rests'>): Promise<void>;
  /** Waits for what runs in the background. Never rejects. */
  settle(): Promise<void>;
}
