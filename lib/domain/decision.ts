import type { Denial } from './admission.ts';
import type { HealthState } from './health.ts';
import type { ExecutionSettings, ModelFacts, Operation, Provider, ProviderKey } from './policy.ts';

/** One place a request could go: a provider with the model under that provider's own name. */
export interface Target {
  readonly provider: Provider;
  /** The provider's own name of the model, as sent to it. */
  readonly model: string;
  /** What is known of the model; absent for a name the catalog does not know. */
  readonly facts?: ModelFacts;
  /** The provider's keys this request may use, in the order they are tried; empty where the provider needs none. */
  readonly keys: readonly ProviderKey[];
  /** Absent: usable when named, never picked. 0: fallback only. */
  readonly weight?: number;
  readonly settings: ExecutionSettings;
}

/** Why a candidate left, in a closed set of words; `detail` says it to a person. */
export type DropReason =
  | 'provider_not_allowed'
  | 'model_not_allowed'
  | 'model_not_served'
  | 'operation_not_served'
  | 'zone'
  | 'certification'
  | 'no_key'
  | 'quota'
  | 'capability'
  | 'price'
  | 'rule'
  | 'zero_weight';

/**
 * Why a candidate is asked only after all others: its route has failed, or is not let in yet; its rate limit asked to be left
 * alone; the prompt looks too long for it.
 */
export type LastResort = 'failed' | 'recovering' | 'rate_limited' | 'window';

/** How a strategy came to a candidate's share: what its weight in the choice is the product of, and what came of it. */
export interface Score {
  /** The weight of the document. */
  readonly base: number;
  /** Only `adaptive`; see lib/routing/score.ts. */
  readonly reliability?: number;
  readonly latency?: number;
  readonly headroom?: number;
  readonly warmth?: number;
  /** What this request would cost there, estimated; only `cheapest`, absent where nobody knows. */
  readonly costMicroUsd?: number;
  /** The probability of being asked first, were none of the others put last. */
  readonly share: number;
}

/** Tells which limit refuses, and why. */
export type QuotaNotice = Pick<Denial, 'code' | 'message' | 'retryAfterMs'>;

/** How a candidate came in: by name, out of an alias, a rule or a fallback list, or by the weights. */
export type Via = 'request' | 'alias' | 'rule' | 'fallback' | 'weights';

export type Candidate =
  | {
      readonly kept: true;
      readonly target: Target;
      readonly via: Via;
      /** Absent: nothing is known of its route yet. */
      readonly health?: HealthState;
      readonly lastResort?: LastResort;
      /** Where a strategy chose among several. */
      readonly score?: Score;
    }
  | {
      readonly kept: false;
      readonly provider: string;
      readonly model: string;
      readonly reason: DropReason;
      readonly detail: string;
      /** For `capability`: the parameter the target cannot carry. */
      readonly parameter?: string;
      /** For `quota`: the error it would make. */
      readonly quota?: QuotaNotice;
    };

/** The whole route of one request as a value: it feeds headers, log line and dry run alike. */
export interface Decision {
  readonly requestedModel: string;
  readonly operation: Operation;
  readonly candidates: readonly Candidate[];
  /** The targets in the order they are tried. */
  readonly order: readonly Target[];
  /** One short sentence: what decided the first target. */
  readonly reason: string;
  /** The rules that matched, in the order they did; a chain has several. */
  readonly rules: readonly string[];
  /** True: a rule lets a refusal by a provider's safety system go on to the next target. */
  readonly pastContentPolicy: boolean;
}
