import type { ErrorCode } from './failure.ts';
import type { Usage } from './usage.ts';

/** What an attempt is allowed to spend, as execution sees it: asked for before it is sent, accounted for after it. */

/** What an attempt has consumed, as far as anybody knows. */
export type Spent =
  /** It was not sent, or the provider refused it. */
  | { readonly kind: 'nothing' }
  /** It was sent. */
  | {
      readonly kind: 'used';
      /** The provider's last report; absent: it made none. */
      readonly usage?: Usage;
      /** Characters of the answer seen. */
      readonly outputChars: number;
      /** False: it broke off, so the provider may bill more than it has reported. */
      readonly complete: boolean;
    };

export const nothingSpent: Spent = { kind: 'nothing' };

/** Sent, and never heard of again. */
export const unheardOf: Extract<Spent, { kind: 'used' }> = { kind: 'used', outputChars: 0, complete: false };

/** What became of an attempt's bill. */
export interface Bill {
  readonly usage?: Usage;
  /** Absent: the price is not known. */
  readonly costMicroUsd?: number;
}

/** An attempt that may be made. Whoever holds it settles it, whatever happens. */
export interface Permit {
  /** Settles in the background; a second call changes nothing. Never throws. */
  settle(spent: Spent): Bill;
}

/** An attempt that may not be made, since a limit leaves too little. */
export interface Denial {
  readonly code: ErrorCode;
  /** Names owner, quota, used, limit and reset. */
  readonly message: string;
  readonly retryAfterMs?: number;
  /** Whose limit: of this provider key, of this target, or of the request wherever it goes. */
  readonly whose: 'key' | 'target' | 'request';
  /** True: no other target would fit either. */
  readonly final: boolean;
}

export type Admittance = Permit | Denial;

export const isDenied = (admittance: Admittance): admittance is Denial => 'whose' in admittance;
