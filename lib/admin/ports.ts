import type { Actor, StoredDocument } from '../domain/administration.ts';
import type { ConsumptionRow } from '../domain/consumption.ts';
import type { DeadSettlements } from '../domain/dead-settlements.ts';
import type { JsonObject } from '../domain/json.ts';
import type { KeyRest } from '../domain/key-rest.ts';
import type { SecretRef } from '../domain/policy.ts';
import type { Clock } from '../domain/ports.ts';
import type { Owner, Site } from '../domain/quota.ts';
import type { LedgerStore } from '../domain/quota-ledger.ts';
import type { LeavingStore } from '../accounting/quota/hand-over.ts';
import type { DocumentRules } from '../policy/document.ts';
import type { GovernanceWriter } from '../stores/governance-writer.ts';
import type { SecretState } from '../stores/secret-states.ts';
import type { StoredGovernance } from '../stores/stored-governance.ts';
import type { ScopePage } from '../stores/stored-scopes.ts';

/** What is in force at one replica, with what the ledger needs to know of its quotas. */
export type StoredParts = Pick<StoredGovernance, 'policy' | 'scope'>;

/** The home region's replica, the only one governance is written at. */
export interface HomeGovernance extends StoredParts, Pick<GovernanceWriter, 'put' | 'record' | 'audit'> {
  read(): Promise<StoredDocument | undefined>;
  /** Some customers, teams and virtual keys; rejects with UnknownPage too. */
  scopes(after?: string): Promise<ScopePage>;
}

/** What administration needs of the outside. Stores reject with what their SDK throws, or with LedgerUnavailable. */
export interface Administration {
  readonly region: string;
  readonly clock: Clock;
  /** What a document may say where this gateway runs. */
  readonly rules: DocumentRules;
  /** A virtual key in clear that nobody has seen before. */
  readonly newKey: () => string;
  readonly home: HomeGovernance;
  /** As this region's replica has it. */
  readonly stored: StoredParts;
  readonly sites: readonly Site[];
  /** This region's own. */
  readonly site: string;
  readonly balances: Pick<LedgerStore, 'readLocal'>;
  /** The own site's items, where they are written. */
  readonly ownItems: LeavingStore;
  /** From day to day (`yyyy-mm-dd`, UTC), both included. */
  readonly consumption: (owner: Owner, from: string, to: string) => Promise<readonly ConsumptionRow[]>;
  /** Never rejects. */
  readonly secretState: (secret: SecretRef) => Promise<SecretState>;
  /** The provider keys that rest in this region. */
  readonly rests: () => Promise<readonly KeyRest[]>;
  /** Of this region. */
  readonly settlements: DeadSettlements;
  readonly decision: (requestId: string) => Promise<JsonObject | undefined>;
  /** One JSON line of the log. */
  readonly log: (record: object) => void;
}

/** A call as it reaches the administration. */
export interface AdminRequest {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** A parameter that is there twice holds its last value. */
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
  /** As IAM has named them, never as a header says; absent: the call is not signed. */
  readonly actor: Actor | undefined;
}

export interface AdminResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A call with its route found. */
export interface Call {
  readonly requestId: string;
  readonly actor: Actor;
  readonly action: string;
  readonly names: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a route answers: a status where it is not 200. */
export interface Answer {
  readonly status?: number;
  readonly body: object;
}

export type Handle = (admin: Administration, call: Call) => Promise<Answer>;
