import type { QuotaNotice, Target } from '../domain/decision.ts';
import type { HealthView, RequestSize } from '../domain/health.ts';
import type { Caller, Catalog, Operation, Policy, Provider, ProviderKey } from '../domain/policy.ts';
import type { Quota } from '../domain/quota.ts';
import type { Rule } from '../domain/rules.ts';

/** What the filters need to know, gathered by the pipeline. */
export interface CandidateContext {
  readonly policy: Policy;
  readonly caller: Caller;
  readonly catalog: Catalog;
  readonly operation: Operation;
  /** Whether a provider key's secret can be had in this region and is not resting. */
  readonly keyUsable: (provider: Provider, key: ProviderKey, model: string) => boolean;
  /** Which of these limits has nothing left, told as an error tells it. */
  readonly overQuota: (quotas: readonly Quota[]) => QuotaNotice | undefined;
  /** The first parameter the target cannot carry and must not lose; absent: it can carry the request. */
  readonly cannotCarry: (
    target: Target,
  ) => { readonly parameter: string; readonly reason: string } | undefined;
  /** Whether the target's model has the prices this request needs. */
  readonly isPriced: (target: Target) => boolean;
}

/** What a decision needs to know beside them. */
export interface RoutingContext extends CandidateContext {
  readonly health: HealthView;
  readonly size: RequestSize;
  /** How far the limits of the document are used, the highest of them: 0 to 1. */
  readonly utilisation: (quotas: readonly Quota[]) => number;
  /** Micro-dollars this request would cost there, estimated; undefined: nobody knows. */
  readonly estimateMicroUsd: (target: Target) => number | undefined;
  /** For how long every key of the target has been asked to be left alone; 0: one may be asked. */
  readonly pausedMs: (target: Target) => number;
  /** Whether the prompt is estimated to be longer than the target's context window. */
  readonly looksTooLong: (target: Target) => boolean;
  /** The first rule that matches a request for this model, with this provider pinned ("": none); absent: there are no rules. */
  readonly ruleFor?: (model: string, provider: string) => Rule | undefined;
}
